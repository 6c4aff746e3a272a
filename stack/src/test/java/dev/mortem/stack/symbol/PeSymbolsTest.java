package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.PeSynth;
import dev.mortem.testkit.synth.PeTables;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which names are given to which addresses of images at 0x7ff800000000. */
class PeSymbolsTest {
    private static final long BASE = 0x7ff8_0000_0000L;

    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private FakeSnapshot snapshot = windows(Cpu.X86_64);

    /** Add at 0x1000, continued at 0x1020; Sub at 0x1040; nothing behind. */
    @Test
    void anExportNamesTheFunctionThatStartsThere() {
        load(SmallPe.x64().mapped());

        assertThat(name(0x1000)).isEqualTo("Add");
        assertThat(name(0x101f)).isEqualTo("Add");
        assertThat(name(0x1020)).isEqualTo("Add"); // a part of it, by its chain
        assertThat(name(0x1041)).isEqualTo("Sub");
    }

    /** Exported at 0x1000 and 0x1080; functions at 0x1000, 0x1040 and 0x1080; leaves from 0x10c0 on. */
    @Test
    void anExportDoesNotNameTheNextFunction() {
        load(withLeaves());

        assertThat(name(0x103f)).isEqualTo("First");
        assertThat(name(0x1040)).isEmpty();
        assertThat(name(0x107f)).isEmpty();
        assertThat(name(0x1085)).isEqualTo("Third");
    }

    @Test
    void aLeafHasItsExportsNameAsFarAsACallOfTheKernelReaches() {
        load(withLeaves());

        assertThat(name(0x10c0)).isEqualTo("NtWait");
        assertThat(name(0x10c4)).isEqualTo("NtWait");
        assertThat(name(0x10c6)).isEmpty(); // behind its return
        assertThat(name(0x1100)).isEmpty();
    }

    @Test
    void anImageWithoutTablesNamesOnlyWhatIsNear() {
        snapshot = windows(Cpu.X86);
        PeSynth image = new PeSynth(PeSynth.I386);
        Layout text = image.section(".text", PeSynth.CODE).zeros(0x100);
        Layout data = image.section(".rdata", PeSynth.DATA);
        PeTables.exports(
                image,
                data,
                "small.dll",
                1,
                List.of(new PeTables.Export("Near", text.start(), "")));
        load(image.mapped());

        assertThat(name(0x101f)).isEqualTo("Near");
        assertThat(name(0x1020)).isEmpty();
    }

    @Test
    void theLinkersSymbolsComeFirst() throws Exception {
        byte[] file = SmallPe.x64().file();
        Files.write(folder.resolve("small.dll"), file);
        load(SmallPe.x64().mapped());

        assertThat(name(0x1001)).isEqualTo("main");
        assertThat(name(0x1021)).isEqualTo("a_function_with_a_long_");
        assertThat(name(0x1041)).isEqualTo("Sub");
    }

    @Test
    void functionsAreFoundByTheirNames() {
        load(SmallPe.x64().mapped());

        try (ModuleImages images = images()) {
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            assertThat(symbolizer.find(module -> true, "Sub"))
                    .map(NamedAddress::address)
                    .contains(BASE + 0x1040);
            assertThat(symbolizer.find(module -> true, "Heap")).isEmpty(); // another module's
        }
    }

    private static byte[] withLeaves() {
        PeSynth image = new PeSynth(PeSynth.AMD64);
        Layout text = image.section(".text", PeSynth.CODE).zeros(0xc0);
        text.hex("4c 8b d1 0f 05 c3").zeros(0x80); // mov r10, rcx; syscall; ret
        Layout data = image.section(".rdata", PeSynth.DATA);
        PeTables.exports(
                image,
                data,
                "small.dll",
                1,
                List.of(
                        new PeTables.Export("First", text.start(), ""),
                        new PeTables.Export("NtWait", text.start().plus(0xc0), ""),
                        new PeTables.Export("Third", text.start().plus(0x80), "")));
        Label info = data.align(4).here();
        data.hex("01 00 00 00");
        Label table = data.here();
        for (int function = 0; function < 3; function++) {
            Label start = text.start().plus(0x40L * function);
            data.u4(start).u4(start.plus(0x40)).u4(info);
        }
        image.directory(PeSynth.EXCEPTION, table, data.here());
        return image.mapped();
    }

    private void load(byte[] mapped) {
        snapshot.memory().put(BASE, mapped);
        snapshot.module(new LoadedModule(
                AddressRange.ofSize(BASE, mapped.length),
                "C:\\App\\small.dll",
                List.of(),
                Optional.empty(),
                false,
                Optional.of(new ImageIdentity(
                        Optional.of(new CodeId(0x5ab3_8077, mapped.length)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))));
    }

    /** Empty where there is none. */
    private String name(long rva) {
        try (ModuleImages images = images()) {
            return new Symbolizer(snapshot, images, Limits.defaults())
                    .functionAt(BASE + rva)
                    .map(FunctionAt::display)
                    .orElse("");
        }
    }

    private ModuleImages images() {
        return ModuleImages.of(
                snapshot,
                ModuleSearch.nowhere().withSymbolPaths(List.of(folder)),
                Limits.defaults(),
                diagnostics);
    }

    private static FakeSnapshot windows(Cpu cpu) {
        return new FakeSnapshot(Machine.of(cpu))
                .facts(ProcessFacts.builder().os("Windows", "10.0").build());
    }
}
