package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.symbol.SymbolizedStack;
import dev.mortem.stack.symbol.Symbolizer;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Whole stacks by a PDB alone: of 32-bit x86 it tells how frames are kept, of x64 it does not. */
class PdbUnwindTest {
    private static final long BASE = 0x40_0000;
    private static final long STACK = 0x7000;

    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    /** total searches, serve has an ebp frame and saves esi by its number, main goes by sizes. */
    @Test
    void aStackOf32BitX86() throws Exception {
        FakeSnapshot snapshot = snapshot(Cpu.X86);
        for (long at : new long[] {0x1105, 0x1205, 0x1305}) {
            call(snapshot, BASE + at);
        }
        snapshot.memory().pointers(STACK, 1, 2, 0x99, BASE + 0x1105, 0xa1);
        snapshot.memory()
                .pointers(
                        STACK + 0x3c,
                        0x51,
                        0x1234,
                        BASE + 0x1205,
                        0xb1,
                        0xb2,
                        0xc1,
                        0xc2,
                        BASE + 0x1305);
        PdbSynth pdb = PdbSynth.x86(SmallPe.GUID, 1);
        pdb.module("shop.obj")
                .procedure("total", 0, 0x40)
                .end()
                .procedure("serve", 0x100, 0x40)
                .end()
                .lines(0x100, 0x40, "shop.c", 0, 33)
                .code(0x200, 0x40)
                .procedure("start", 0x300, 0x40)
                .end();
        pdb.publicFunction("_main", 0x200)
                .frameData(0x1000, 0x40, 8, 4, 0, "$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =")
                .frameData(
                        0x1100,
                        0x40,
                        0,
                        8,
                        4,
                        "$T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =  $23 $T0 4 - ^ =")
                .fpo(0x1200, 0x40, 2, 0, 0, false)
                .frameData(0x1300, 0x40, 0, 0, 0, "$eip 0 = $esp $esp 4 + =");
        write(pdb);
        RegisterContext start = RegisterContext.none(Cpu.X86)
                .with("eip", BASE + 0x1010)
                .with("esp", STACK)
                .with("ebp", STACK + 0x40);

        SymbolizedStack stack = unwind(snapshot, start);

        assertThat(shown(stack))
                .as("the first is searched for; of main, serve's 8 bytes are counted")
                .containsExactly("total context", "serve shop.c:33 scan", "main cfi", "start cfi");
        assertThat(stack.end()).isEqualTo(new StackEnd.Searched());
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void namesOfX64AreCertainAndItsFramesGuessed() throws Exception {
        FakeSnapshot snapshot = snapshot(Cpu.X86_64);
        snapshot.memory().put(BASE + 0x1110, new byte[0x20]); // the scan looks at what is before
        call(snapshot, BASE + 0x1126);
        snapshot.memory().pointers(STACK, 1, 2, BASE + 0x1126, 3, 0);
        write(SmallPdb.x64());
        RegisterContext start = RegisterContext.none(Cpu.X86_64)
                .with("rip", BASE + 0x100c)
                .with("rsp", STACK)
                .with("rbp", 9);

        SymbolizedStack stack = unwind(snapshot, start);

        assertThat(stack.frames().stream().limit(3).map(PdbUnwindTest::shown))
                .containsExactly(
                        "shop::price c:\\shop\\prices.h:32 inline",
                        "Cart::sum c:\\shop\\cart.h:21 inline",
                        "shop::total c:\\shop\\total.cc:11 context");
        assertThat(stack.frames().get(3).function().orElseThrow().raw()).isEqualTo("?open@@YAXXZ");
        assertThat(stack.frames().get(3).trust()).isEqualTo(FrameTrust.SCAN);
        assertThat(stack.end()).isInstanceOf(StackEnd.NoCaller.class);
    }

    @Test
    void publicSymbolsHaveAddresses() throws Exception {
        write(SmallPdb.x86());
        FakeSnapshot snapshot = snapshot(Cpu.X86);
        ModuleSearch search = ModuleSearch.nowhere().withSymbolPaths(List.of(folder));
        try (ModuleImages images =
                ModuleImages.of(snapshot, search, Limits.defaults(), diagnostics)) {
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            LoadedModule module = snapshot.modules().getFirst();
            assertThat(symbolizer.addressOf(module, "main")).hasValue(BASE + 0x1000);
            assertThat(symbolizer.addressOf(module, "_main")).hasValue(BASE + 0x1000);
            assertThat(symbolizer.addressOf(module, "nobody")).isEmpty();
        }
    }

    private static List<String> shown(SymbolizedStack stack) {
        return stack.frames().stream().map(PdbUnwindTest::shown).toList();
    }

    private static String shown(Frame frame) {
        return frame.label()
                + frame.source().map(at -> " " + at.file() + ":" + at.line()).orElse("")
                + " " + frame.trust().label();
    }

    private void write(PdbSynth pdb) throws Exception {
        Files.write(folder.resolve("shop.pdb"), pdb.build());
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
        DebugId id = DebugId.parse("3249D99D-0C40-4931-8610-F4E4FB0B6936-1").orElseThrow();
        return new FakeSnapshot(Machine.of(cpu))
                .facts(ProcessFacts.builder().os("Windows", "10.0").build())
                .module(new LoadedModule(
                        AddressRange.ofSize(BASE, 0x10000),
                        "C:\\shop.exe",
                        List.of(),
                        Optional.empty(),
                        false,
                        Optional.of(new ImageIdentity(
                                Optional.empty(),
                                Optional.of(id),
                                Optional.of("shop.pdb"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()))));
    }

    private static void call(FakeSnapshot snapshot, long returnAddress) {
        snapshot.memory()
                .put(returnAddress - 5, (byte) 0xe8, (byte) 0, (byte) 0, (byte) 0, (byte) 0);
    }
}
