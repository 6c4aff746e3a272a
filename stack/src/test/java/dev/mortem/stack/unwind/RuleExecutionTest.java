package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.format.dwarf.cfi.Fde;
import dev.mortem.format.dwarf.cfi.FrameBases;
import dev.mortem.format.dwarf.cfi.FrameProgram;
import dev.mortem.format.dwarf.cfi.FrameSection;
import dev.mortem.format.dwarf.cfi.FrameTable;
import dev.mortem.testkit.fakes.FakeMemory;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Each rule against literal registers and literal memory. */
class RuleExecutionTest {
    private static final long ALL = -1L;

    private final FakeMemory memory =
            new FakeMemory(Machine.of(Cpu.X86_64)).pointers(0x7000, 0x11, 0x22, 0x33, 0x44);
    private final Registers callee = Registers.of(RegisterContext.none(Cpu.X86_64)
            .with("rip", 0x1000)
            .with("rsp", 0x7000)
            .with("rbp", 0x7010)
            .with("rbx", 0xb)
            .with("rax", 0xa));
    private final Registers caller = new Registers(Cpu.X86_64);

    @Test
    void outermost() {
        assertThat(run(new UnwindRule.Outermost())).isEqualTo(new RuleExecution.Outcome.NoCaller());
    }

    @Test
    void justReturn() {
        assertThat(run(new UnwindRule.JustReturn())).isEqualTo(new RuleExecution.Outcome.Done());
        assertCaller("rip", 0x11, "rsp", 0x7008, "rbp", 0x7010, "rbx", 0xb);
    }

    @Test
    void skipPushed() {
        run(new UnwindRule.SkipPushed(16));
        assertCaller("rip", 0x33, "rsp", 0x7018, "rbp", 0x7010, "rbx", 0xb);
    }

    @Test
    void popFramePointer() {
        run(new UnwindRule.PopFramePointer());
        assertCaller("rip", 0x22, "rsp", 0x7010, "rbp", 0x11, "rbx", 0xb);
    }

    @Test
    void useFramePointer() {
        run(new UnwindRule.UseFramePointer(8, 0, 16));
        assertCaller("rip", 0x44, "rsp", 0x7020, "rbp", 0x33);
    }

    @Test
    void takeFromStackKeepsAFramePointerThatPointsBeyond() {
        run(new UnwindRule.TakeFromStack(0));
        assertCaller("rip", 0x11, "rsp", 0x7008, "rbp", 0x7010);
        run(new UnwindRule.TakeFromStack(16));
        assertCaller("rip", 0x33, "rsp", 0x7018);
    }

    @Test
    void memoryThatIsAbsentIsNotZero() {
        assertThat(run(new UnwindRule.SkipPushed(32)))
                .isEqualTo(new RuleExecution.Outcome.NoMemory(0x7020));
    }

    @Test
    void useLinkRegisterWithoutItsAuthenticationCode() {
        RuleExecution arm64 = new RuleExecution(
                Arm64Convention.ofAddressBits(48),
                new FakeMemory(Machine.of(Cpu.ARM64)),
                Limits.defaults());
        Registers leaf = Registers.of(RegisterContext.none(Cpu.ARM64)
                .with("pc", 0x1000)
                .with("sp", 0x7000)
                .with("x30", 0x002a_0000_0000_2004L)
                .with("x19", 3));
        Registers out = new Registers(Cpu.ARM64);
        arm64.execute(new UnwindRule.UseLinkRegister(), leaf, out);
        assertThat(out.context(ALL))
                .isEqualTo(RegisterContext.none(Cpu.ARM64)
                        .with("pc", 0x2004)
                        .with("sp", 0x7000)
                        .with("x19", 3));
    }

    @Test
    void frameInformationOfEachKind() throws MalformedException {
        // cfa = rbp + 16; rbx at cfa - 24, r12 = cfa - 8, r13 in rax, r14 undefined, r15 same
        run(information("0c 06 10 83 03 14 0c 01 09 0d 00 07 0e 08 0f"));
        assertCaller(
                "rip", 0x44, "rsp", 0x7020, "rbp", 0x7010, "rbx", 0x22, "r12", 0x7018, "r13", 0xa);
    }

    @Test
    void frameInformationWithExpressions() throws MalformedException {
        // cfa = rsp + 8; rbx at *(cfa + 16), r12 = cfa + 1
        run(information("0f 02 77 08 10 03 02 23 10 16 0c 02 23 01"));
        assertCaller("rip", 0x11, "rsp", 0x7008, "rbp", 0x7010, "rbx", 0x44, "r12", 0x7009);
    }

    @Test
    void frameInformationOfTheOutermostFrame() throws MalformedException {
        assertThat(run(information("07 10"))).isEqualTo(new RuleExecution.Outcome.NoCaller());
    }

    @Test
    void frameInformationThatNeedsWhatIsNotKnown() throws MalformedException {
        assertThat(run(information("0c 0c 10")))
                .isInstanceOfSatisfying(
                        RuleExecution.Outcome.Failed.class,
                        failed -> assertThat(failed.why()).contains("r12"));
        assertThat(run(information("0e 80 01")))
                .isEqualTo(new RuleExecution.Outcome.NoMemory(0x7078));
        // A register that was saved where memory is absent is unknown; the frame is not lost.
        run(information("83 70"));
        assertCaller("rip", 0x11, "rsp", 0x7008, "rbp", 0x7010);
    }

    @Test
    void theKernelsContextGivesAllRegisters() {
        long[] words = new long[18];
        for (int word = 0; word < words.length; word++) {
            words[word] = 0x100L + word;
        }
        memory.pointers(0x7000 + 40, words);
        run(new UnwindRule.RestoreContext(SignalContext.at(40, SignalContext.Layout.X86_64)));
        assertThat(caller.value(8)).isEqualTo(0x100);
        assertThat(caller.context(ALL).get("rdi")).hasValue(0x108);
        assertThat(caller.context(ALL).get("rbp")).hasValue(0x10a);
        assertThat(caller.sp()).isEqualTo(0x10f);
        assertThat(caller.pc()).isEqualTo(0x110);
    }

    private RuleExecution.Outcome run(UnwindRule rule) {
        return new RuleExecution(new X86Convention(Cpu.X86_64), memory, Limits.defaults())
                .execute(rule, callee, caller);
    }

    private void assertCaller(Object... namesAndValues) {
        RegisterContext expected = RegisterContext.none(Cpu.X86_64);
        for (int index = 0; index < namesAndValues.length; index += 2) {
            long value = ((Number) namesAndValues[index + 1]).longValue();
            expected = expected.with((String) namesAndValues[index], value);
        }
        assertThat(caller.context(ALL)).isEqualTo(expected);
    }

    /** The first row of an FDE at 0x1000 behind the CIE of x86-64: cfa = rsp + 8, ra at cfa - 8. */
    private static UnwindRule information(String instructions) throws MalformedException {
        byte[] code = HexFormat.ofDelimiter(" ").parseHex(instructions);
        byte[] cie =
                HexFormat.ofDelimiter(" ").parseHex("01 7a 52 00 01 78 10 01 00 0c 07 08 90 01");
        byte[] section = new byte[22 + 25 + code.length];
        ByteBuffer target = ByteBuffer.wrap(section).order(ByteOrder.LITTLE_ENDIAN);
        target.putInt(18).putInt(0).put(cie);
        target.putInt(21 + code.length).putInt(26).putLong(0x1000).putLong(0x100);
        target.put((byte) 0).put(code);
        FrameSection frames = new FrameSection(
                FrameSection.Kind.EH_FRAME,
                ByteSource.ofBytes("frames", section, ByteOrder.LITTLE_ENDIAN),
                FrameBases.of(0x9000, 8));
        Fde fde = FrameTable.of(
                        Optional.empty(), List.of(frames), Limits.defaults(), new DiagnosticLog())
                .find(0x1000)
                .orElseThrow();
        return new UnwindRule.FrameInformation(
                FrameProgram.rowAt(fde, 0x1000, Limits.defaults()).orElseThrow(), 0, 16, false);
    }
}
