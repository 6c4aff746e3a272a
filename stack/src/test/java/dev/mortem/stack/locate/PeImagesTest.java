package dev.mortem.stack.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** small.dll of 0x5000 bytes and its image, loaded at 0x7ff800000000 from C:\App\small.dll. */
class PeImagesTest {
    private static final long BASE = 0x7ff8_0000_0000L;
    private static final CodeId CODE_ID = new CodeId(0x5ab3_8077, sizeOfImage());
    private static final DebugId DEBUG_ID =
            DebugId.parse("3249D99D-0C40-4931-8610-F4E4FB0B6936-1").orElseThrow();

    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64))
            .facts(ProcessFacts.builder().os("Windows", "10.0").build());

    private static int sizeOfImage() {
        return SmallPe.x64().mapped().length;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "small.dll",
                "SMALL.DLL",
                "small.dll/CODEID/small.dll",
                "Small.dll/codeid/SMALL.dll",
                "app/small.dll"
            })
    void foldersStoresAndTreesHaveIt(String place) throws Exception {
        write(place.replace("CODEID", CODE_ID.toString())
                .replace("codeid", CODE_ID.toString().toLowerCase(Locale.ROOT)));

        ModuleImage image = image(module(Optional.of(CODE_ID), Optional.empty()));

        assertThat(image.pe().orElseThrow().file()).isPresent();
        assertThat(image.bias()).hasValue(BASE - 0x1_8000_0000L);
        assertThat(image.symbols()).isEqualTo(SymbolsState.FUNCTIONS);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aFileThatTheUserNamesIsTaken() throws Exception {
        Path file = write("small.dll");

        assertThat(image(module(Optional.of(CODE_ID), Optional.empty()), file).filePath())
                .contains(file.toString());
    }

    @Test
    void anotherBuildIsRefusedByItsCodeId() throws Exception {
        write("small.dll");
        var other = new CodeId(0x1234_5678, sizeOfImage());

        ModuleImage image = image(module(Optional.of(other), Optional.of(DEBUG_ID)));

        assertThat(image.pe()).isEmpty();
        assertThat(image.bias()).isEmpty();
        assertThat(image.symbols()).isEqualTo(SymbolsState.NONE);
        assertThat(image.missingWhy())
                .contains("the file of small.dll (code id " + other + ", debug id " + DEBUG_ID
                        + ") was not found; " + folder.resolve("small.dll")
                        + " is another build: its code id is " + CODE_ID
                        + "; give with --symbols a folder that has small.dll or small.dll/" + other
                        + "/small.dll, and small.pdb or small.pdb/" + DEBUG_ID
                        + "/small.pdb, its debug file, or its Breakpad symbol file; a symbol server may have"
                        + " small.dll/" + other + "/small.dll and small.pdb/" + DEBUG_ID
                        + "/small.pdb: mortem symbols fetch DUMP --symbols msdl (Microsoft's, or"
                        + " your own server's URL)");
    }

    @Test
    void aDumpWithoutATimeStampGoesByTheDebugId() throws Exception {
        write("small.dll");

        assertThat(image(module(Optional.empty(), Optional.of(DEBUG_ID))).filePath())
                .isPresent();
        DebugId other = new DebugId("3249D99D0C4049318610F4E4FB0B6936", 2);
        assertThat(image(module(Optional.empty(), Optional.of(other)))
                        .missingWhy()
                        .orElseThrow())
                .contains("is another build: its debug id is " + DEBUG_ID);
        assertThat(image(module(Optional.empty(), Optional.empty()))
                        .missingWhy()
                        .orElseThrow())
                .contains("small.dll (no code id known, no debug id known) was not found")
                .contains("cannot be shown to be the same: the dump knows no id of the module");
    }

    @Test
    void whatIsNoPeFileIsRefused() throws Exception {
        Files.writeString(folder.resolve("small.dll"), "no image");

        assertThat(image(module(Optional.of(CODE_ID), Optional.empty()))
                        .missingWhy()
                        .orElseThrow())
                .contains(folder.resolve("small.dll") + " is not a PE file");
    }

    @Test
    void theImageInMemoryIsUsedWhereThereIsNoFile() {
        snapshot.memory().put(BASE, SmallPe.x64().mapped());

        ModuleImage image = image(module(Optional.of(CODE_ID), Optional.empty()));

        PeModule pe = image.pe().orElseThrow();
        assertThat(pe.file()).isEmpty();
        assertThat(pe.functions().isComplete()).isTrue();
        assertThat(pe.functions().at(0x1005)).contains(new PeFunctions.Extent(0x1000, 0x1000));
        assertThat(pe.functions().at(0x1025)).contains(new PeFunctions.Extent(0x1020, 0x1000));
        assertThat(pe.functions().at(0x1065)).isEmpty();
        assertThat(image.symbols()).isEqualTo(SymbolsState.EXPORTS);
        assertThat(image.symbolsFrom()).contains("memory");
    }

    @Test
    void theFirstPageAloneTellsTheIdsAndNoFunctions() throws Exception {
        snapshot.memory().put(BASE, Arrays.copyOf(SmallPe.x64().mapped(), 0x1000));

        ModuleImage image = image(module(Optional.empty(), Optional.empty()));

        assertThat(image.symbols()).isEqualTo(SymbolsState.NONE);
        assertThat(image.pe().orElseThrow().functions().isComplete()).isFalse();
        assertThat(image.missingWhy().orElseThrow()).contains("(code id " + CODE_ID + ",");
        write("small.dll");
        assertThat(image(module(Optional.empty(), Optional.empty())).filePath()).isPresent();
    }

    /** As servers keep them: 32-bit ntdll.dll is found below wntdll.pdb, KERNELBASE.pdb in small letters. */
    @Test
    void theSymbolFileStandsUnderTheNameOfTheDebugFile() throws Exception {
        DebugId id = new DebugId("3249D99D0C4049318610F4E4FB0B6936", 1);
        LoadedModule module =
                module(Optional.empty(), Optional.of(id), Optional.of("D:\\build\\WSmall.pdb"));
        Path file =
                Files.createDirectories(folder.resolve("wsmall.pdb/" + id)).resolve("wsmall.sym");
        Files.writeString(file, "MODULE windows x86_64 " + id + " wsmall.pdb\nFUNC 1000 9 0 f\n");

        ModuleImage image = image(module);
        assertThat(image.symbolsFrom()).contains(file.toString());
        assertThat(image.symbols()).isEqualTo(SymbolsState.FUNCTIONS);

        Files.writeString(file, "MODULE windows x86_64 0" + id + " wsmall.pdb\nFUNC 1000 9 0 f\n");
        assertThat(image(module).symbolsFrom()).isEmpty();
        assertThat(image(module).missingWhy().orElseThrow())
                .contains(file + " is about another build: its debug id is 0" + id)
                .contains("WSmall.pdb or WSmall.pdb/" + id + "/WSmall.pdb");
    }

    /** Trees whose ids, or names, somebody wrote in other letters than Breakpad does. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "wsmall.pdb/id/wsmall.sym",
                "WSMALL.PDB/ID/WSMALL.SYM",
                "WSmall.pdb/id/WSmall.sym",
                "Small.DLL/id/small.dll.sym",
                "id.sym"
            })
    void symbolFilesAreFoundInAnyLetters(String place) throws Exception {
        DebugId id = new DebugId("3249D99D0C4049318610F4E4FB0B6936", 0xa);
        LoadedModule module =
                module(Optional.empty(), Optional.of(id), Optional.of("D:\\build\\WSmall.pdb"));
        Path file = folder.resolve(place.replace("id", id.toString().toLowerCase(Locale.ROOT))
                .replace("ID", id.toString()));
        Files.createDirectories(file.getParent());
        Files.writeString(file, "MODULE windows x86_64 " + id + " wsmall.pdb\nFUNC 1000 9 0 f\n");

        assertThat(image(module).symbolsFrom()).contains(file.toString());

        Files.writeString(file, "MODULE windows x86_64 0" + id + " wsmall.pdb\nFUNC 1000 9 0 f\n");
        assertThat(image(module).missingWhy().orElseThrow())
                .containsOnlyOnce(file + " is about another build");
    }

    @Test
    void aPathOfTheDumpDoesNotLeadOutOfTheFolder() throws Exception {
        Path inside = Files.createDirectories(folder.resolve("inside"));
        write("small.dll");
        LoadedModule module = new LoadedModule(
                AddressRange.ofSize(BASE, sizeOfImage()),
                "C:\\..\\small.dll",
                List.of(),
                Optional.empty(),
                false);

        assertThat(image(module, inside).filePath()).isEmpty();
    }

    private Path write(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, SmallPe.x64().file());
    }

    private static LoadedModule module(Optional<CodeId> codeId, Optional<DebugId> debugId) {
        return module(codeId, debugId, Optional.empty());
    }

    private static LoadedModule module(
            Optional<CodeId> codeId, Optional<DebugId> debugId, Optional<String> debugFile) {
        return new LoadedModule(
                AddressRange.ofSize(BASE, sizeOfImage()),
                "C:\\App\\small.dll",
                List.of(),
                Optional.empty(),
                false,
                Optional.of(new ImageIdentity(
                        codeId,
                        debugId,
                        debugFile,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty())));
    }

    private ModuleImage image(LoadedModule module) {
        return image(module, folder);
    }

    private ModuleImage image(LoadedModule module, Path symbols) {
        try (ModuleImages images = ModuleImages.of(
                snapshot,
                ModuleSearch.nowhere().withSymbolPaths(List.of(symbols)),
                Limits.defaults(),
                diagnostics)) {
            return images.image(module);
        }
    }
}
