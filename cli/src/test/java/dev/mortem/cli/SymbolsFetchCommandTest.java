package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.testkit.fakes.FakeServer;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A dump of Wine, whose images and PDBs lie on a server of this test's own. */
class SymbolsFetchCommandTest {
    private static final List<String> IMAGES = List.of(
            "crashme.exe/6B00FEA910000/crashme.exe", "faultmod.dll/6B00FEA89000/faultmod.dll");
    private static final List<String> PDBS = List.of(
            "crashme.pdb/B2AC2F4F2FDB71894C4C44205044422E1/crashme.pdb",
            "faultmod.pdb/84EA9FDF05004E784C4C44205044422E1/faultmod.pdb");
    private static final String CRASHED = "fm_read_flags at";

    @TempDir
    Path folder;

    private Path dump = Path.of("");

    @BeforeEach
    void findTheDump() {
        Optional<Path> file = Corpus.file("wine/pdb/av_null_dll.normal.dmp");
        assumeTrue(file.isPresent(), "needs the corpus's dumps of Wine");
        dump = file.orElseThrow();
    }

    @Test
    void aReportHasItsNamesFromTheServer() throws IOException {
        try (FakeServer server = serverOf(IMAGES, PDBS)) {
            CommandRun run = run("analyze", "" + dump, "--symbols", server.url());
            assertThat(run.out()).contains(CRASHED).contains("main at");
            int asked = server.requests().size();
            CommandRun offline = run("analyze", "" + dump, "--symbols", server.url(), "--offline");
            assertThat(offline.out()).contains(CRASHED);
            assertThat(server.requests()).hasSize(asked);
        }
    }

    @Test
    void aReportWithoutThemSaysWhichFilesAndHow() throws IOException {
        CommandRun run = run("analyze", "" + dump, "--json");
        assertThat(run.out())
                .contains("a symbol server may have " + IMAGES.get(1))
                .contains("mortem symbols fetch " + dump + " --symbols msdl");
        try (FakeServer server = serverOf(IMAGES)) {
            CommandRun asked = run("analyze", "" + dump, "--json", "--symbols", server.url());
            assertThat(asked.out())
                    .contains("asked for the PDB faultmod.pdb 84EA9FDF05004E784C4C44205044422E1: "
                            + server.url() + ": 404");
        }
    }

    @Test
    void whatIsFetchedMakesAStoreThatSymbolsTakes() throws IOException {
        Path store = folder.resolve("store");
        try (FakeServer server = serverOf(IMAGES, PDBS)) {
            CommandRun run =
                    run("symbols", "fetch", "" + dump, "--symbols", server.url(), "-o", "" + store);
            assertThat(run.exitCode()).as(run.err()).isEqualTo(8);
            assertThat(run.out().lines())
                    .anyMatch(line -> line.startsWith(
                            "found    image faultmod.dll 6B00FEA89000, 11.8 kB, from "
                                    + server.url()))
                    .anyMatch(line -> line.startsWith("missing  image kernel32.dll"));
            assertThat(run.err()).contains("4 of 5 files found, in " + store);
        }
        for (String file : IMAGES) {
            assertThat(store.resolve(file)).isRegularFile();
        }
        assertThat(run("analyze", "" + dump, "--symbols", "" + store).out()).contains(CRASHED);
    }

    @Test
    void allModulesAreAskedForWithAll() throws IOException {
        try (FakeServer server = serverOf(IMAGES, PDBS)) {
            CommandRun run = run(
                    "symbols", "fetch", "" + dump, "--symbols", server.url(), "--all", "--json");
            assertThat(run.exitCode()).isEqualTo(8);
            assertThat(ShippedSchemas.problems(run.out())).isEmpty();
            List<JsonObject> files = JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8))
                    .orElseThrow()
                    .objects("files");
            assertThat(files)
                    .filteredOn(file -> file.flag("found"))
                    .extracting(file -> file.text("name").orElse(""))
                    .containsExactly("crashme.exe", "crashme.pdb", "faultmod.dll", "faultmod.pdb");
            assertThat(files)
                    .filteredOn(file -> !file.flag("found"))
                    .extracting(file -> file.text("name").orElse(""))
                    .contains("ntdll.dll", "msvcrt.dll");
        }
    }

    @Test
    void nothingFoundAndNothingNamedHaveTheirExitCodes() throws IOException {
        try (FakeServer server = FakeServer.start()) {
            CommandRun none = run("symbols", "fetch", "" + dump, "--symbols", server.url());
            assertThat(none.exitCode()).isEqualTo(5);
            assertThat(none.err()).contains("0 of 1 files found");
        }
        CommandRun unnamed = run("symbols", "fetch", "" + dump);
        assertThat(unnamed.exitCode()).isEqualTo(2);
        assertThat(unnamed.err()).contains("--symbols is missing", "msdl");
        Path text = Files.writeString(folder.resolve("a.txt"), "no dump");
        assertThat(run("symbols", "fetch", "" + text, "--symbols", "" + folder).exitCode())
                .isEqualTo(7);
        assertThat(run("symbols", "fetch", folder + "/b", "--symbols", "" + folder)
                        .exitCode())
                .isEqualTo(7);
    }

    @SafeVarargs
    private static FakeServer serverOf(List<String>... files) throws IOException {
        FakeServer server = FakeServer.start();
        for (List<String> each : files) {
            for (String file : each) {
                String name = file.substring(file.lastIndexOf('/') + 1);
                Path path = Corpus.file("wine/bin/" + name).orElseThrow();
                server.on("/" + file, FakeServer.file(Files.readAllBytes(path)));
            }
        }
        return server;
    }

    private CommandRun run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--symbol-cache");
        all.add(folder.resolve("cache/symbols").toString());
        return CommandRun.of(all.toArray(String[]::new));
    }
}
