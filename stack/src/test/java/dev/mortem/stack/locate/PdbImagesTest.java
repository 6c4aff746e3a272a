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
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** small.dll, loaded at 0x7ff800000000, and its PDB. */
class PdbImagesTest {
    private static final long BASE = 0x7ff8_0000_0000L;
    private static final DebugId ID =
            DebugId.parse("3249D99D-0C40-4931-8610-F4E4FB0B6936-1").orElseThrow();
    private static final CodeId CODE_ID = new CodeId(0x5ab3_8077, SmallPe.x64().mapped().length);

    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64))
            .facts(ProcessFacts.builder().os("Windows", "10.0").build());

    @ParameterizedTest
    @ValueSource(
            strings = {"small.pdb", "SMALL.PDB", "small.pdb/ID/small.pdb", "Small.PDB/id/SMALL.pdb"
            })
    void foldersAndStoresHaveIt(String place) throws Exception {
        Path file = write(
                place.replace("ID", ID.toString())
                        .replace("id", ID.toString().toLowerCase(Locale.ROOT)),
                SmallPdb.x64());

        ModuleImage image = image(folder);

        assertThat(image.symbols()).isEqualTo(SymbolsState.FULL);
        assertThat(image.symbolsFrom()).contains(file.toString());
        assertThat(image.bias()).as("rvas count from there").hasValue(BASE);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aFileThatTheUserNamesMayHaveAnyName() throws Exception {
        Path file = write("build-17.pdb", SmallPdb.x64());

        assertThat(image(file).symbolsFrom()).contains(file.toString());
        assertThat(image(folder).symbolsFrom()).isEmpty();
    }

    @Test
    void oneBesideTheImageIsFound() throws Exception {
        Path image = Files.write(folder.resolve("small.dll"), SmallPe.x64().file());
        Path beside = write("small.pdb", SmallPdb.x64());
        assertThat(image(image).symbolsFrom()).contains(beside.toString());
        assertThat(image(image).missingWhy()).isEmpty();
    }

    @Test
    void itsAgeHasToBeTheModulesToo() throws Exception {
        Path file = write("small.pdb", PdbSynth.x64(SmallPe.GUID, 2));

        ModuleImage image = image(folder);

        assertThat(image.symbols()).isEqualTo(SymbolsState.NONE);
        assertThat(image.missingWhy().orElseThrow())
                .contains(file + " is another build: its debug id is "
                        + "3249D99D0C4049318610F4E4FB0B69362, the module's " + ID);
    }

    @Test
    void withoutAnIdNothingIsShownToBeTheSame() throws Exception {
        Path file = write("small.pdb", SmallPdb.x64());

        ModuleImage image =
                image(ModuleSearch.nowhere().withSymbolPaths(List.of(folder)), Optional.empty());

        assertThat(image.symbolsFrom()).isEmpty();
        assertThat(image.missingWhy().orElseThrow())
                .contains(file + " is another build: its debug id is " + ID
                        + ", the module's is not known");
    }

    @Test
    void thePdbAloneDoesNotTellHowX64KeepsItsFrames() throws Exception {
        write("small.pdb", SmallPdb.x64());
        assertThat(image(folder).missingWhy().orElseThrow())
                .contains("the file of small.dll (code id " + CODE_ID + ", debug id " + ID
                        + ") was not found, which has the tables of how its code keeps its frames:"
                        + " stacks through it are guessed; give with --symbols a folder that has"
                        + " small.dll or small.dll/" + CODE_ID + "/small.dll");

        write("small.pdb", SmallPdb.x86());
        assertThat(image(folder).missingWhy()).as("of x86 it does").isEmpty();
    }

    @Test
    void whatHasNoLinesSaysWhy() throws Exception {
        PdbSynth publics = PdbSynth.x64(SmallPe.GUID, 1).stripped().publicFunction("?f@@YAXXZ", 0);
        Path file = write("small.pdb", publics);
        ModuleImage image = image(folder);
        assertThat(image.symbols()).isEqualTo(SymbolsState.FUNCTIONS);
        assertThat(image.symbolsFrom()).contains(file.toString());
        assertThat(image.missingWhy().orElseThrow())
                .contains(file + " was stripped: it has public symbols alone");

        write("small.pdb", PdbSynth.x64(SmallPe.GUID, 1).fastLink());
        assertThat(image(folder).missingWhy().orElseThrow())
                .contains("was linked with /DEBUG:FASTLINK")
                .contains("mspdbcmf");
    }

    @Test
    void otherFilesOfItsNameAreTold() throws Exception {
        Path file = folder.resolve("small.pdb");
        Files.write(
                file,
                "Microsoft C/C++ program database 2.00\r\n\u001aJG\0\0"
                        .getBytes(StandardCharsets.ISO_8859_1));
        assertThat(image(folder).missingWhy().orElseThrow())
                .contains(file + " is a PDB of Visual C++ 6.0 or earlier");

        Files.write(file, portable());
        assertThat(image(folder).missingWhy().orElseThrow())
                .contains(file + " is a Portable PDB, of .NET code");

        Files.writeString(file, "no debug file");
        assertThat(image(folder).missingWhy().orElseThrow()).contains(file + " is not a PDB");

        byte[] cut = SmallPdb.x64().build();
        Files.write(file, Arrays.copyOf(cut, cut.length / 2));
        assertThat(image(folder).missingWhy().orElseThrow()).contains(file + " is a broken PDB: ");
        assertThat(diagnostics.entries())
                .singleElement()
                .satisfies(
                        entry -> assertThat(entry.consequence()).isEqualTo("the file is not used"));
    }

    private static byte[] portable() {
        return HexFormat.of()
                .parseHex("42534a42" + "01000100" + "00000000" + "0c000000"
                        + "5044422076312e3000000000" + "00000100" + "30000000" + "14000000"
                        + "2350646200000000" + SmallPe.GUID + "78563412");
    }

    private Path write(String name, PdbSynth pdb) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, pdb.build());
    }

    private ModuleImage image(Path symbols) {
        return image(ModuleSearch.nowhere().withSymbolPaths(List.of(symbols)));
    }

    private ModuleImage image(ModuleSearch search) {
        return image(search, Optional.of(ID));
    }

    private ModuleImage image(ModuleSearch search, Optional<DebugId> id) {
        LoadedModule module = new LoadedModule(
                AddressRange.ofSize(BASE, SmallPe.x64().mapped().length),
                "C:\\App\\small.dll",
                List.of(),
                Optional.empty(),
                false,
                Optional.of(new ImageIdentity(
                        Optional.of(CODE_ID),
                        id,
                        Optional.of("D:\\build\\small.pdb"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty())));
        try (ModuleImages images =
                ModuleImages.of(snapshot, search, Limits.defaults(), diagnostics)) {
            return images.image(module);
        }
    }
}
