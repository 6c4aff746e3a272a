package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.PeSynth;
import dev.mortem.testkit.synth.PeTables;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Stacks through the unwind tables of small images that lie in memory at 0x180000000; code at rva 0x1000,
 * in functions of 0x40 bytes, each with its call at 0x20 and an epilog at 0x30; the stack at 0x7000.
 */
class WindowsUnwindTest {
    private static final long BASE = 0x1_8000_0000L;
    private static final long STACK = 0x7000;
    private static final int FUNCTION = 0x40;
    private static final int BEHIND_CALL = 0x25;
    private static final int TABLES = 0x2000;
    private static final int TABLES_BYTES = 0x90;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private FakeSnapshot snapshot = windows(Cpu.X86_64);

    /** push rbx (2 bytes); sub rsp, 32 (4 bytes). */
    private static final String PUSH_AND_SUB = "01 06 02 00 06 32 02 30";

    @Test
    void codesCountAsFarAsThePrologWasExecuted() {
        image(PUSH_AND_SUB, PUSH_AND_SUB);
        snapshot.memory().pointers(STACK, at(1, BEHIND_CALL), 0, 0, 0, 0x3b, 0x31);
        snapshot.memory().pointers(STACK + 0x30, 0, 0, 0, 0, 0, 0);

        assertThat(caller(at(0, 0), STACK)).isEqualTo(frame(1, STACK + 8));
        snapshot.memory().pointers(STACK, 0x3b, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 2), STACK)).isEqualTo(frame(1, STACK + 16));
        snapshot.memory().pointers(STACK, 0, 0, 0, 0, 0x3b, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 6), STACK)).isEqualTo(frame(1, STACK + 0x30));
        assertThat(caller(at(0, BEHIND_CALL), STACK)).isEqualTo(frame(1, STACK + 0x30));
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aCallerIsLookedUpInFrontOfItsReturnAddress() {
        // The second function's call is its last instruction: the address behind it is the third's.
        image(PUSH_AND_SUB, "01 00 01 00 00 02 00 00", PUSH_AND_SUB);
        snapshot.memory().put(at(2, -5), hex("e8 00 00 00 00"));
        snapshot.memory().pointers(STACK, at(2, 0), 0x77, at(0, BEHIND_CALL));

        CallStack stack = unwind(at(0, 0), STACK);

        // sub rsp, 8 of the second, and no prolog of the third, at whose start it seems to stand
        assertThat(Cores.pcs(stack).subList(0, 3))
                .containsExactly(at(0, 0), at(2, 0), at(0, BEHIND_CALL));
        assertThat(stack.frames().get(1).lookupAddress()).isEqualTo(at(2, -1));
    }

    @Test
    void aReturnOfZeroEndsTheStack() {
        image(PUSH_AND_SUB);
        snapshot.memory().pointers(STACK, 0);

        CallStack stack = unwind(at(0, 0), STACK);

        assertThat(stack.frames()).hasSize(1);
        assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
    }

    @Test
    void anEpilogIsUndoneByItsInstructions() {
        image(PUSH_AND_SUB, PUSH_AND_SUB);
        // add rsp, 32; pop rbx; ret
        snapshot.memory().put(at(0, 0x30), hex("48 83 c4 20 5b c3"));
        snapshot.memory().pointers(STACK, 0, 0, 0, 0, 0x3b, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 0x30), STACK)).isEqualTo(frame(1, STACK + 0x30));
        snapshot.memory().pointers(STACK, 0x3b, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 0x34), STACK)).isEqualTo(frame(1, STACK + 16));
        snapshot.memory().pointers(STACK, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 0x35), STACK)).isEqualTo(frame(1, STACK + 8));
    }

    @Test
    void aJumpEndsAFunctionOnlyWhereItLeavesIt() {
        image(PUSH_AND_SUB, PUSH_AND_SUB);
        snapshot.memory().put(at(0, 0x30), hex("eb 20")); // to the second function's 0x12
        snapshot.memory().pointers(STACK, at(1, BEHIND_CALL), 0, 0, 0, 0, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 0x30), STACK)).isEqualTo(frame(1, STACK + 8));
        snapshot.memory().put(at(0, 0x30), hex("eb f0")); // back to 0x22
        assertThat(caller(at(0, 0x30), STACK)).isEqualTo(frame(1, STACK + 0x30));
        // Out of the function, but the frame is still there: no return address on top.
        snapshot.memory().put(at(0, 0x30), hex("eb 20"));
        snapshot.memory().pointers(STACK, 0x1234);
        assertThat(caller(at(0, 0x30), STACK)).isEqualTo(frame(1, STACK + 0x30));
    }

    /** sub rsp, 8; push rbx: popped in the listed epilog of 2 bytes, 0x10 before the end. */
    @Test
    void versionTwoSaysWhereItsEpilogsAre() {
        image("02 05 04 00 02 06 10 06 05 30 04 02", PUSH_AND_SUB);
        snapshot.memory().pointers(STACK, 0x3b, 0x77, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 0x22), STACK)).isEqualTo(frame(1, STACK + 24));
        // Without the code's bytes the codes of the pushes tell, once at the start and once past
        // it.
        snapshot.memory().put(at(0, 0x30), hex("90 90"));
        snapshot.memory().pointers(STACK, 0x3b, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 0x30), STACK)).isEqualTo(frame(1, STACK + 16));
        snapshot.memory().pointers(STACK, at(1, BEHIND_CALL));
        assertThat(caller(at(0, 0x31), STACK)).isEqualTo(frame(1, STACK + 8));
    }

    /** The second is a part of the first, which pushed rbp and allocated 16. */
    @Test
    void aPartOfAFunctionHasTheWholePrologOfTheFirst() {
        image("01 05 02 00 05 12 01 50", "21 00 02 00 00 54 01 00 chain", PUSH_AND_SUB);
        snapshot.memory().pointers(STACK, 0, 0x55, 0x66, at(2, BEHIND_CALL));

        assertThat(caller(at(1, 0x10), STACK)).isEqualTo(frame(2, STACK + 0x20));
        assertThat(caller(at(1, 0), STACK)).isEqualTo(frame(2, STACK + 0x20));
    }

    @Test
    void theInterruptedStandsWhereItsPcSays() {
        image("01 00 01 00 00 0a 00 00", PUSH_AND_SUB, PUSH_AND_SUB);
        snapshot.memory().pointers(STACK, at(1, 0), 0x33, 0x202, STACK + 0x100, 0x2b);
        snapshot.memory().pointers(STACK + 0x100, at(2, BEHIND_CALL));

        CallStack stack = unwind(at(0, BEHIND_CALL), STACK);

        // at(1, 0) is the first instruction of its function, not behind a call of the one before
        assertThat(Cores.pcs(stack).subList(0, 3))
                .containsExactly(at(0, BEHIND_CALL), at(1, 0), at(2, BEHIND_CALL));
        assertThat(stack.frames().get(1).lookupAddress()).isEqualTo(at(1, 0));
    }

    @Test
    void aLeafHasItsCallerOnTop() {
        image(PUSH_AND_SUB);
        snapshot.memory().put(at(8, 0), new byte[16]);
        snapshot.memory().pointers(STACK, at(0, BEHIND_CALL));

        CallStack stack = unwind(at(8, 4), STACK);

        assertThat(Cores.pcs(stack).getFirst()).isEqualTo(at(8, 4));
        assertThat(Cores.pcs(stack).get(1)).isEqualTo(at(0, BEHIND_CALL));
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.UNWIND_INFO);
    }

    @Test
    void aLeafIsNotBelievedWhereItReturnsBehindNoCall() {
        image(PUSH_AND_SUB);
        snapshot.memory().put(at(8, 0), new byte[16]);
        snapshot.memory().pointers(STACK, at(0, 0x10), 0, at(0, BEHIND_CALL));

        CallStack stack = unwind(at(8, 4), STACK);

        assertThat(Cores.pcs(stack).get(1)).isEqualTo(at(0, BEHIND_CALL));
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.SCAN);
    }

    /** stp x29, x30, [sp, -32]!; mov x29, sp. */
    @Test
    void arm64FramesAreUndoneByTheirCodes() {
        snapshot = windows(Cpu.ARM64);
        PeSynth image = new PeSynth(PeSynth.ARM64);
        Layout text = image.section(".text", PeSynth.CODE).zeros(0x100);
        Layout data = image.section(".rdata", PeSynth.DATA);
        Label xdata = data.here();
        data.u4(0x10 | 1 << 21 | 1 << 27).hex("e1 83 e4 e3");
        Label table = data.here();
        data.u4(text.start()).u4(xdata).u4(text.start().plus(0x40)).u4(xdata);
        image.directory(PeSynth.EXCEPTION, table, data.here());
        load(image.mapped());
        snapshot.memory().put(at(1, 0x20), hex("00 01 3f d6")); // blr x8
        long signed = 0x005a_0000_0000_0000L | at(1, 0x24);
        snapshot.memory().pointers(STACK, STACK + 0x40, signed, 0, 0);
        RegisterContext registers = RegisterContext.none(Cpu.ARM64)
                .with("pc", at(0, 0x20))
                .with("sp", STACK)
                .with("x29", STACK)
                .with("x30", 0x99);

        CallStack stack = unwind(registers);

        assertThat(stack.frames().get(1).pc()).isEqualTo(at(1, 0x24));
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.UNWIND_INFO);
        assertThat(stack.frames().get(1).registers().get("sp")).hasValue(STACK + 0x20);
        // At its first instruction nothing is stored yet.
        CallStack first = unwind(registers.with("pc", at(0, 0)).with("x30", signed));
        assertThat(first.frames().get(1).pc()).isEqualTo(at(1, 0x24));
        assertThat(first.frames().get(1).registers().get("sp")).hasValue(STACK);
    }

    /** 32-bit x86 has no tables: the record and the context that the dispatcher was entered with. */
    @Test
    void throughTheExceptionDispatcherOfX86() {
        snapshot = windows(Cpu.X86);
        PeSynth image = new PeSynth(PeSynth.I386);
        Layout text = image.section(".text", PeSynth.CODE).zeros(0x100);
        Layout data = image.section(".rdata", PeSynth.DATA);
        PeTables.exports(
                image,
                data,
                "ntdll.dll",
                1,
                List.of(new PeTables.Export("KiUserExceptionDispatcher", text.start(), "")));
        byte[] mapped = image.mapped();
        long base = 0x7700_0000L;
        snapshot.memory().put(base, mapped);
        snapshot.module(module(base, mapped.length, "C:\\Windows\\System32\\ntdll.dll"));
        snapshot.memory().put(base + 0x1090, hex("e8 00 00 00 00"));
        snapshot.memory().u4(STACK, 0x7100, 0x7200);
        snapshot.memory().u4(0x7200, 0x1_0007);
        // from 0x9c: edi, esi, ebx, edx, ecx, eax, ebp, eip, cs, eflags, esp, ss
        int pc = (int) base + 0x1080;
        snapshot.memory().u4(0x729c, 1, 2, 3, 4, 5, 6, 0x7400, pc, 0x23, 0x202, 0x7380, 0x2b);
        snapshot.memory().u4(0x7400, 0, 0);

        CallStack stack = unwind(RegisterContext.none(Cpu.X86)
                .with("eip", base + 0x1010)
                .with("esp", STACK)
                .with("ebp", 3));

        assertThat(stack.frames().get(1).pc()).isEqualTo(base + 0x1080);
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.CONTEXT);
        assertThat(stack.frames().get(1).lookupAddress()).isEqualTo(base + 0x1080);
        assertThat(stack.frames().get(1).registers().get("ebp")).hasValue(0x7400);
    }

    /** A frame register that leads back to where the frame already was. */
    @Test
    void codesThatLeadBackEndTheStack() {
        image("01 00 02 05 00 03 00 50"); // push rbp; mov rbp, rsp
        snapshot.memory().pointers(STACK, STACK, at(0, BEHIND_CALL), 0, 0);
        RegisterContext registers = RegisterContext.none(Cpu.X86_64)
                .with("rip", at(0, BEHIND_CALL))
                .with("rsp", STACK + 0x18)
                .with("rbp", STACK);

        CallStack stack = unwind(registers);

        assertThat(stack.frames().size()).isLessThan(4);
        assertThat(stack.end()).isNotEqualTo(new StackEnd.Complete());
    }

    @Test
    void aChainThatIsCircularIsReported() {
        image("21 00 00 00 chain");
        snapshot.memory().pointers(STACK, at(0, BEHIND_CALL));

        CallStack stack = unwind(at(0, 0x10), STACK);

        assertThat(stack.frames()).isNotEmpty();
        assertThat(diagnostics.entries())
                .extracting(Diagnostic::consequence)
                .contains("stacks through this function are guessed");
    }

    @Test
    void noUnwindDataAtAllBreaksIt() {
        byte[] mapped = build(List.of(
                PUSH_AND_SUB,
                "02 05 04 00 02 06 10 06 05 30 04 02",
                "01 05 03 05 05 03 05 12 01 50 00 00",
                "21 00 02 00 00 54 01 00 chain",
                "01 00 01 00 00 0a 00 00"));
        load(mapped);
        byte[] sound = Arrays.copyOfRange(mapped, TABLES, TABLES + TABLES_BYTES);
        SplittableRandom random = new SplittableRandom(5);
        long[] words = new long[64];
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = sound.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            snapshot.memory().put(BASE + TABLES, damaged);
            for (int word = 0; word < words.length; word++) {
                words[word] = random.nextBoolean()
                        ? at(random.nextInt(5), random.nextInt(FUNCTION))
                        : STACK + 8L * random.nextInt(70);
            }
            RegisterContext registers = RegisterContext.none(Cpu.X86_64);
            for (int register = 0; register < 16; register++) {
                registers = registers.with(register, words[register]);
            }
            snapshot.memory().pointers(STACK, words);
            CallStack stack = unwind(registers
                    .with("rsp", STACK + 8L * random.nextInt(16))
                    .with("rip", at(random.nextInt(5), random.nextInt(FUNCTION))));
            // each change of stack, of which there are 64 at most, may begin at the bottom again
            assertThat(stack.frames()).isNotEmpty().hasSizeLessThan(65 * words.length);
        }
    }

    private void image(String... unwindInfos) {
        load(build(List.of(unwindInfos)));
    }

    private void load(byte[] mapped) {
        // Without the rest of the pages, as a small dump has them.
        snapshot.memory().put(BASE, Arrays.copyOf(mapped, 0x400));
        snapshot.memory().put(BASE + 0x1000, Arrays.copyOfRange(mapped, 0x1000, 0x1400));
        snapshot.memory()
                .put(BASE + TABLES, Arrays.copyOfRange(mapped, TABLES, TABLES + TABLES_BYTES));
        snapshot.module(module(BASE, mapped.length, "C:\\small.dll"));
    }

    private static LoadedModule module(long base, long size, String path) {
        return new LoadedModule(
                AddressRange.ofSize(base, size), path, List.of(), Optional.empty(), false);
    }

    /** Functions in a row; "chain" continues the first. */
    private static byte[] build(List<String> unwindInfos) {
        PeSynth image = new PeSynth(PeSynth.AMD64);
        Layout text = image.section(".text", PeSynth.CODE);
        for (int function = 0; function < 16; function++) {
            text.zeros(BEHIND_CALL - 5).hex("e8 00 00 00 00").zeros(FUNCTION - BEHIND_CALL);
        }
        Layout data = image.section(".rdata", PeSynth.DATA);
        Label[] infos = new Label[unwindInfos.size()];
        for (int index = 0; index < infos.length; index++) {
            String info = unwindInfos.get(index);
            infos[index] = data.align(4).here();
            data.hex(info.replace("chain", "").strip());
            if (info.endsWith("chain")) {
                data.u4(text.start()).u4(text.start().plus(FUNCTION)).u4(infos[0]);
            }
        }
        Label table = data.align(4).here();
        for (int index = 0; index < infos.length; index++) {
            Label start = text.start().plus((long) FUNCTION * index);
            data.u4(start).u4(start.plus(FUNCTION)).u4(infos[index]);
        }
        image.directory(PeSynth.EXCEPTION, table, data.here());
        return image.mapped();
    }

    private record Place(long pc, long sp) {}

    private static Place frame(int function, long sp) {
        return new Place(at(function, BEHIND_CALL), sp);
    }

    private static long at(int function, int offset) {
        return BASE + 0x1000 + (long) FUNCTION * function + offset;
    }

    private Place caller(long pc, long sp) {
        UnwoundFrame caller = unwind(pc, sp).frames().get(1);
        assertThat(caller.trust()).isEqualTo(FrameTrust.UNWIND_INFO);
        return new Place(caller.pc(), caller.registers().get("rsp").orElseThrow());
    }

    private CallStack unwind(long pc, long sp) {
        return unwind(
                RegisterContext.none(Cpu.X86_64).with("rip", pc).with("rsp", sp).with("rbp", 3));
    }

    private CallStack unwind(RegisterContext registers) {
        return unwind(snapshot, registers, diagnostics);
    }

    private static CallStack unwind(
            FakeSnapshot snapshot, RegisterContext registers, DiagnosticLog diagnostics) {
        Limits limits = Limits.defaults();
        try (ModuleImages images =
                ModuleImages.of(snapshot, ModuleSearch.nowhere(), limits, diagnostics)) {
            return new StackUnwinder(snapshot, images, limits, diagnostics)
                    .unwind(ThreadSnapshot.of(1, Optional.of(registers), List.of()));
        }
    }

    private static FakeSnapshot windows(Cpu cpu) {
        return new FakeSnapshot(Machine.of(cpu))
                .facts(ProcessFacts.builder().os("Windows", "10.0").build());
    }

    private static byte[] hex(String text) {
        return HexFormat.ofDelimiter(" ").parseHex(text);
    }
}
