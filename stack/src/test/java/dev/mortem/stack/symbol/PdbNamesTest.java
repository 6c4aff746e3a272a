package dev.mortem.stack.symbol;

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
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Functions and variables of C by the names in their sources. */
class PdbNamesTest {
    private static final long BASE = 0x40_0000;

    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @ParameterizedTest
    @CsvSource({
        "cdecl,0x0",
        "std,0x10",
        "fast,0x20",
        "vector,0x30",
        "many,0x40",
        "none,0x50",
        "plain,0x60",
        "_std@8,0x10",
        "?cpp@@YAXXZ,0x70"
    })
    void namesOf32BitX86AreFoundWithoutTheirDecoration(String name, String offset)
            throws Exception {
        assertThat(address(x86(), Cpu.X86, name))
                .hasValue(BASE + PdbSynth.CODE_RVA + Long.decode(offset));
        assertThat(diagnostics.entries()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"absent", "st", "std@16", "cpp", "''"})
    void namesOfNothingAreNotFound(String name) throws Exception {
        assertThat(address(x86(), Cpu.X86, name)).isEmpty();
    }

    @Test
    void elsewhereAnUnderscoreBelongsToTheName() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1).publicFunction("_cdecl", 0);
        assertThat(address(pdb, Cpu.X86_64, "cdecl")).isEmpty();
        assertThat(address(pdb, Cpu.X86_64, "_cdecl")).hasValue(BASE + PdbSynth.CODE_RVA);
    }

    private static PdbSynth x86() {
        return PdbSynth.x86(SmallPe.GUID, 1)
                .publicFunction("_cdecl", 0)
                .publicFunction("_std@8", 0x10)
                .publicFunction("@fast@8", 0x20)
                .publicFunction("vector@@32", 0x30)
                .publicFunction("_many@256", 0x40)
                .publicFunction("_none@0", 0x50)
                .publicFunction("plain", 0x60)
                .publicFunction("?cpp@@YAXXZ", 0x70);
    }

    private OptionalLong address(PdbSynth pdb, Cpu cpu, String name) throws Exception {
        Files.write(folder.resolve("small.pdb"), pdb.build());
        LoadedModule module = new LoadedModule(
                AddressRange.ofSize(BASE, 0x2000),
                "C:\\App\\small.dll",
                List.of(),
                Optional.empty(),
                false,
                Optional.of(new ImageIdentity(
                        Optional.empty(),
                        DebugId.parse("3249D99D-0C40-4931-8610-F4E4FB0B6936-1"),
                        Optional.of("small.pdb"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty())));
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(cpu))
                .facts(ProcessFacts.builder().os("Windows", "10.0").build())
                .module(module);
        ModuleSearch search = ModuleSearch.nowhere().withSymbolPaths(List.of(folder));
        try (ModuleImages images =
                ModuleImages.of(snapshot, search, Limits.defaults(), diagnostics)) {
            return new Symbolizer(snapshot, images, Limits.defaults()).addressOf(module, name);
        }
    }
}
