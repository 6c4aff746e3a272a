package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.symbol.SymbolizedStack;
import dev.mortem.stack.symbol.Symbolizer;
import dev.mortem.stack.unwind.RuleExecution.Outcome;
import dev.mortem.testkit.fakes.FakeMemory;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Rules of symbol files: each against literal registers and memory, then whole stacks by them. */
class SymbolFileUnwindTest {
    private static final long BASE = 0x40_0000;
    private static final long STACK = 0x7000;
    private static final String BUILD_ID = "00112233445566778899aabbccddeeff01234567";
    private static final String MODULE = "MODULE Linux x 33221100554477668899AABBCCDDEEFF0 shop\n";

    /** esp = locals 0x10, saved 8, ra. */
    private static final String EBP_PROGRAM =
            "$T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + = $L $T0 .cbSavedRegs - =";

    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final Registers x86 = Registers.of(RegisterContext.none(Cpu.X86)
            .with("eip", 0x1000)
            .with("esp", 0x7000)
            .with("ebp", 0x7020)
            .with("ebx", 0xb)
            .with("esi", 0x51));

    @Test
    void cfiOfX8664() {
        FakeMemory memory = new FakeMemory(Machine.of(Cpu.X86_64)).pointers(STACK, 1, 2, 3, 4);
        Registers callee = Registers.of(RegisterContext.none(Cpu.X86_64)
                .with("rip", 0x1000)
                .with("rsp", STACK)
                .with("rbp", 9)
                .with("rbx", 0xb)
                .with("rax", 0xa));
        RuleExecution execution = execution(Cpu.X86_64, memory);
        Registers caller = new Registers(Cpu.X86_64);
        String rules = ".cfa: $rsp 32 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^ $rbx: .undef";
        assertThat(execution.execute(cfi(rules), callee, caller)).isEqualTo(new Outcome.Done());
        assertThat(caller.context(-1L))
                .isEqualTo(RegisterContext.none(Cpu.X86_64)
                        .with("rip", 4)
                        .with("rsp", STACK + 32)
                        .with("rbp", 3));
        assertThat(execution.execute(cfi(".cfa: $rsp 40 + .ra: .cfa -8 + ^"), callee, caller))
                .isEqualTo(new Outcome.NoMemory(STACK + 32));
        assertThat(execution.execute(cfi(".cfa: $r12 8 + .ra: .cfa -8 + ^"), callee, caller))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, failed -> assertThat(failed.why()).contains("$r12"));
        assertThat(execution.execute(cfi(".cfa: $rsp 8 +"), callee, caller))
                .isInstanceOf(Outcome.Failed.class);
        assertThat(execution.execute(cfi(".cfa: $rsp 8 + .ra: .undef"), callee, caller))
                .isEqualTo(new Outcome.NoCaller());
        assertThat(execution.execute(cfi(".cfa: $rsp 8 + $rip: .cfa -8 + ^"), callee, caller))
                .isEqualTo(new Outcome.Done());
        assertThat(caller.pc()).isEqualTo(1);
    }

    @Test
    void cfiOfArm64HasPlainNames() {
        FakeMemory memory = new FakeMemory(Machine.of(Cpu.ARM64)).pointers(STACK, 0x7100, 0x2000);
        Registers callee = Registers.of(RegisterContext.none(Cpu.ARM64)
                .with("pc", 0x1000)
                .with("sp", STACK)
                .with("x29", STACK)
                .with("x30", 0x3000)
                .with("x19", 0x19));
        RuleExecution execution = execution(Cpu.ARM64, memory);
        Registers caller = new Registers(Cpu.ARM64);
        String stored = ".cfa: x29 16 + .ra: .cfa -8 + ^ x29: .cfa -16 + ^";
        assertThat(execution.execute(cfi(stored), callee, caller)).isEqualTo(new Outcome.Done());
        RegisterContext expected = RegisterContext.none(Cpu.ARM64)
                .with("pc", 0x2000)
                .with("sp", STACK + 16)
                .with("x29", 0x7100)
                .with("x19", 0x19);
        assertThat(caller.context(-1L)).isEqualTo(expected);
        for (String leaf :
                List.of(".cfa: sp 0 + .ra: x30", ".cfa: sp .ra: lr", ".cfa: sp .ra: .ra")) {
            assertThat(execution.execute(cfi(leaf), callee, caller)).isEqualTo(new Outcome.Done());
            assertThat(caller.pc()).as(leaf).isEqualTo(0x3000);
            assertThat(caller.sp()).isEqualTo(STACK);
        }
    }

    @Test
    void frameDataPrograms() {
        FakeMemory memory = new FakeMemory(Machine.of(Cpu.X86))
                .pointers(0x7020, 0x7100, 0x2005)
                .pointers(0x7018, 0x3005, 0x11);
        Registers caller = new Registers(Cpu.X86);
        assertThat(windows(memory, frameData(EBP_PROGRAM), 0, caller))
                .isEqualTo(new Outcome.Done());
        assertThat(caller.context(-1L))
                .isEqualTo(RegisterContext.none(Cpu.X86)
                        .with("eip", 0x2005)
                        .with("esp", 0x7028)
                        .with("ebp", 0x7100)
                        .with("ebx", 0xb));
        String search = "$T0 .raSearchStart = $eip $T0 ^ = $esp $T0 4 + =";
        assertThat(windows(memory, frameData(search), 0, caller)).isEqualTo(new Outcome.Done());
        assertThat(caller.pc()).as("locals 0x10 and saved 8").isEqualTo(0x3005);
        assertThat(caller.value(5)).as("ebp").isEqualTo(0x7020);
        assertThat(windows(memory, frameData(search), 4, caller)).isEqualTo(new Outcome.Done());
        assertThat(caller.pc()).as("and 4 bytes of the callee's parameters").isEqualTo(0x11);
    }

    @Test
    void hostileProgramsFailAndAreNotZero() {
        FakeMemory memory = new FakeMemory(Machine.of(Cpu.X86));
        Registers caller = new Registers(Cpu.X86);
        for (String program : List.of(
                "$eip 1 = ",
                "$esp 1 =",
                "$eip $T9 = $esp 1 =",
                "$eip 1 0 / = $esp 1 =",
                "$eip 8 6 @ = $esp 1 =",
                "$eip = = =",
                "^ ^ ^",
                "1 ".repeat(5000))) {
            assertThat(windows(memory, frameData(program), 0, caller))
                    .as(program)
                    .isInstanceOf(Outcome.Failed.class);
        }
        assertThat(windows(memory, frameData("$eip -4 ^ = $esp 1 ="), 0, caller))
                .isEqualTo(new Outcome.NoMemory(0xffff_fffcL));
    }

    @Test
    void framesWithoutAFramePointerGoBySizes() {
        FakeMemory memory = new FakeMemory(Machine.of(Cpu.X86))
                .pointers(0x7000, 0, 0x7300, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77);
        Registers caller = new Registers(Cpu.X86);
        String plain = "STACK WIN 0 1000 100 0 0 0 8 10 0 0 0";
        assertThat(windows(memory, plain, 0, caller)).isEqualTo(new Outcome.Done());
        assertThat(caller.pc()).isEqualTo(0x66);
        assertThat(caller.sp()).isEqualTo(0x701c);
        assertThat(caller.value(5)).as("ebp is kept").isEqualTo(0x7020);
        assertThat(windows(memory, plain.replaceFirst("0$", "1"), 4, caller))
                .isEqualTo(new Outcome.Done());
        assertThat(caller.pc()).isEqualTo(0x77);
        assertThat(caller.value(5)).as("*(esp + 4 + 8 - 8)").isEqualTo(0x7300);
        assertThat(windows(memory, plain, 0x100, caller)).isEqualTo(new Outcome.NoMemory(0x7118));
    }

    @Test
    void aStackByTheRulesOfASymbolFileAlone() throws IOException {
        FakeSnapshot snapshot = snapshot(Cpu.X86_64);
        call(snapshot, BASE + 0x1105);
        call(snapshot, BASE + 0x1205);
        snapshot.memory().pointers(STACK, 1, 2, BASE + 0x1105, 3, 0x5555, BASE + 0x1205, 0);
        symbols("""
                FILE 0 shop.c
                INLINE_ORIGIN 0 price
                FUNC 1000 40 0 total
                INLINE 0 21 0 0 1008 10
                1000 40 9 0
                FUNC 1100 80 0 serve
                1100 5 33 0
                PUBLIC 1200 0 start
                STACK CFI INIT 1000 40 .cfa: $rsp 24 + .ra: .cfa -8 + ^
                STACK CFI INIT 1100 80 .cfa: $rsp 8 + .ra: .cfa -8 + ^
                STACK CFI 1102 .cfa: $rsp 24 + $rbp: .cfa -16 + ^
                STACK CFI INIT 1200 10 .cfa: $rsp 8 + .ra: .undef
                """);
        RegisterContext start = RegisterContext.none(Cpu.X86_64)
                .with("rip", BASE + 0x1010)
                .with("rsp", STACK)
                .with("rbp", 3);

        SymbolizedStack stack = unwind(snapshot, start);

        assertThat(shown(stack))
                .containsExactly(
                        "price shop.c:9 inline",
                        "total shop.c:21 context",
                        "serve shop.c:33 cfi",
                        "start cfi");
        assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aStackOf32BitWindowsCode() throws IOException {
        FakeSnapshot snapshot = snapshot(Cpu.X86);
        for (long at : new long[] {0x1105, 0x1205, 0x1305}) {
            call(snapshot, BASE + at);
        }
        // total: 8 bytes of locals, then what it did not count; serve: ebp frame; main: sizes
        // alone.
        snapshot.memory().pointers(STACK, 1, 2, 0x99, BASE + 0x1105, 0xa1);
        snapshot.memory().pointers(STACK + 0x40, 0x1234, BASE + 0x1205, 0xb1, 0xb2, BASE + 0x1305);
        symbols("""
                FUNC 1000 40 4 total
                FUNC 1100 40 8 serve
                FUNC 1200 40 0 main
                FUNC 1300 40 0 start
                STACK WIN 4 1000 40 0 0 4 0 8 0 1 $T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =
                STACK WIN 4 1100 40 0 0 8 0 0 0 1 $T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =
                STACK WIN 0 1200 40 0 0 0 0 0 0 0 0
                STACK WIN 4 1300 40 0 0 0 0 0 0 1 $eip 0 = $esp $esp 4 + =
                """);
        RegisterContext start = RegisterContext.none(Cpu.X86)
                .with("eip", BASE + 0x1010)
                .with("esp", STACK)
                .with("ebp", STACK + 0x40);

        SymbolizedStack stack = unwind(snapshot, start);

        assertThat(shown(stack))
                .as("the first is searched for; of main, serve's 8 bytes are counted")
                .containsExactly("total context", "serve scan", "main cfi", "start cfi");
        assertThat(stack.end()).isEqualTo(new StackEnd.Searched());
    }

    private static List<String> shown(SymbolizedStack stack) {
        return stack.frames().stream().map(SymbolFileUnwindTest::shown).toList();
    }

    private static String shown(Frame frame) {
        return frame.label()
                + frame.source().map(at -> " " + at.file() + ":" + at.line()).orElse("")
                + " " + frame.trust().label();
    }

    private SymbolizedStack unwind(FakeSnapshot snapshot, RegisterContext start) {
        ModuleSearch search = ModuleSearch.nowhere().withSymbolPaths(List.of(folder));
        try (ModuleImages images =
                ModuleImages.of(snapshot, search, Limits.defaults(), diagnostics)) {
            StackUnwinder unwinder =
                    new StackUnwinder(snapshot, images, Limits.defaults(), diagnostics);
            CallStack stack = unwinder.unwind(ThreadSnapshot.of(1, Optional.of(start), List.of()));
            return new Symbolizer(snapshot, images, Limits.defaults()).symbolize(stack);
        }
    }

    private static FakeSnapshot snapshot(Cpu cpu) {
        AddressRange range = AddressRange.ofSize(BASE, 0x10000);
        return new FakeSnapshot(Machine.of(cpu))
                .module(new LoadedModule(
                        range, "/srv/shop", List.of(), Optional.of(BUILD_ID), false));
    }

    private static void call(FakeSnapshot snapshot, long returnAddress) {
        snapshot.memory()
                .put(returnAddress - 5, (byte) 0xe8, (byte) 0, (byte) 0, (byte) 0, (byte) 0);
    }

    private void symbols(String records) throws IOException {
        Files.writeString(folder.resolve("any name.sym"), MODULE + records);
    }

    private static RuleExecution execution(Cpu cpu, FakeMemory memory) {
        CpuConvention convention =
                cpu == Cpu.ARM64 ? Arm64Convention.ofAddressBits(48) : new X86Convention(cpu);
        return new RuleExecution(convention, memory, Limits.defaults());
    }

    private static UnwindRule cfi(String rules) {
        return new UnwindRule.SymbolFileRules(
                read("STACK CFI INIT 1000 100 " + rules).cfiAt(0x1000).orElseThrow());
    }

    private static String frameData(String program) {
        return "STACK WIN 4 1000 100 0 0 4 8 10 0 1 " + program;
    }

    private Outcome windows(FakeMemory memory, String record, long parameters, Registers caller) {
        return execution(Cpu.X86, memory)
                .execute(
                        new UnwindRule.WindowsFrame(
                                read(record).windowsFramesAt(0x1000).getFirst(), parameters, 0),
                        x86,
                        caller);
    }

    private static SymFile read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return SymFile.read(
                ByteSource.ofBytes("x.sym", bytes, ByteOrder.LITTLE_ENDIAN),
                Limits.defaults(),
                new DiagnosticLog());
    }
}
