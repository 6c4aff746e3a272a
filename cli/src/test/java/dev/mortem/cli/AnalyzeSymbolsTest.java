package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.os.Launcher;
import dev.mortem.testkit.fakes.FakeServer;
import dev.mortem.testkit.tool.SymWriter;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** A dump whose program is gone: its file, debug file and source come from a server that was named. */
class AnalyzeSymbolsTest {
    private static final String SOURCE = """
        #include <unistd.h>
        static int depth;
        __attribute__((noinline)) static void wait_here(void) {
        \tdepth++;
        \tpause();
        \tdepth--;
        }
        __attribute__((noinline)) static void shop_total(void) {
            wait_here();
            depth = 0;
        }
        int main(void) {
            shop_total();
            return depth;
        }
        """;

    @TempDir
    Path folder;

    private Path dump = Path.of("");
    private Path source = Path.of("");
    private String symbolFile = "";
    private String debugId = "";
    private byte[] stripped = new byte[0];
    private byte[] debug = new byte[0];

    @BeforeEach
    void dumpAProgramAndRemoveIt() throws Exception {
        for (String tool : List.of("gcc", "objcopy", "readelf", "nm")) {
            assumeTrue(Tool.find(tool).isPresent(), "needs " + tool);
        }
        source = Files.createDirectories(folder.resolve("src/shop")).resolve("shop.c");
        Files.writeString(source, SOURCE);
        Path program = folder.resolve("shop");
        Path debugFile = folder.resolve("shop.debug");
        tool("gcc")
                .text(List.of(
                        "-g",
                        "-O1",
                        "-fno-omit-frame-pointer",
                        "-fno-optimize-sibling-calls",
                        "-Wl,--build-id",
                        "" + source,
                        "-o",
                        "" + program));
        tool("objcopy").text(List.of("--only-keep-debug", "" + program, "" + debugFile));
        symbolFile = SymWriter.write(program);
        debugId = SymWriter.debugId(SymWriter.buildId(program));
        tool("objcopy").text(List.of("--strip-all", "" + program));
        stripped = Files.readAllBytes(program);
        debug = Files.readAllBytes(debugFile);
        Files.delete(debugFile);
        try (Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(program.toString()),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false))) {
            awaitPause(child);
            CommandRun run = CommandRun.of(
                    "dump",
                    Long.toString(child.pid()),
                    "-o",
                    folder.toString(),
                    "--keep-free",
                    "0",
                    "--max-pause",
                    "20s");
            assertThat(run.exitCode()).as(run.err()).isZero();
            dump = Path.of(run.out().strip());
        }
        Files.delete(program);
    }

    @Test
    void fileAndLinesComeFromTheServerThatIsNamed() throws IOException {
        try (FakeServer server = serverOfThisBuild()) {
            CommandRun run = analyze("--symbols", server.url());
            assertThat(run.out()).contains("wait_here at " + source + ":5");
            assertThat(run.out()).contains("shop_total at " + source + ":9");
            assertThat(server.requests()).anyMatch(path -> path.endsWith("/executable"));
            assertThat(server.requests()).anyMatch(path -> path.endsWith("/debuginfo"));
            int asked = server.requests().size();
            CommandRun offline = analyze("--symbols", server.url(), "--offline");
            assertThat(offline.out()).contains("wait_here at " + source + ":5");
            assertThat(server.requests()).hasSize(asked);
        }
    }

    @Test
    void functionsAndLinesComeFromATreeOfBreakpadSymbolFiles() throws IOException {
        Path tree = folder.resolve("tree");
        Path file = Files.createDirectories(tree.resolve("shop/" + debugId)).resolve("shop.sym");
        Files.writeString(file, symbolFile);
        CommandRun run = analyze("--symbols", tree.toString());
        assertThat(run.out()).contains("wait_here at shop.c:5", "shop_total at shop.c:9");
        assertThat(analyze("--symbols", tree.toString(), "--json").out())
                .contains("\"symbolsFrom\" : \"" + file + "\"");

        Path flat = Files.createDirectories(folder.resolve("flat"));
        Files.move(file, flat.resolve("any.sym"));
        assertThat(analyze("--symbols", "" + flat).out()).contains("wait_here at shop.c:5");

        // A build id is different in every folder: its first digit may be any.
        String other = (debugId.startsWith("0") ? "1" : "0") + debugId.substring(1);
        Files.writeString(
                Files.createDirectories(folder.resolve("wrong")).resolve("shop.sym"),
                symbolFile.replace(debugId, other));
        CommandRun refused = analyze("--symbols", "" + folder.resolve("wrong"));
        assertThat(refused.out()).doesNotContain("shop.c:5");
        assertThat(refused.out().replaceAll("\\s+", " "))
                .contains("shop.sym is about another build: its debug id is " + other.charAt(0));
    }

    @Test
    void aSymbolFileComesFromAServerThatHasNoDebugFile() throws IOException {
        String path = "/shop/" + debugId.toUpperCase(Locale.ROOT) + "/shop.sym";
        byte[] text = symbolFile.getBytes(StandardCharsets.UTF_8);
        try (FakeServer server = FakeServer.start().on(path, FakeServer.file(text))) {
            CommandRun run = analyze("--symbols", server.url());
            assertThat(run.out()).contains("wait_here at shop.c:5", "shop_total at shop.c:9");
            assertThat(server.requests()).contains(path);
        }
        try (FakeServer server = serverOfThisBuild()) {
            analyze("--symbols", server.url());
            assertThat(server.requests()).doesNotContain(path);
        }
    }

    @Test
    void theLinesAroundEachFrameAreShown() throws IOException {
        try (FakeServer server = serverOfThisBuild()) {
            String address = server.url();
            CommandRun run = analyze("--symbols", address, "--source", "" + folder.resolve("src"));
            assertThat(run.out())
                    .contains("> 5         pause();")
                    .contains("> 9         wait_here();");
            CommandRun json =
                    analyze("--symbols", address, "--source", "" + folder.resolve("src"), "--json");
            assertThat(json.out()).contains("\"firstLine\" : 1", "        pause();".substring(4));
            Files.writeString(source, SOURCE.replace("pause();", "pause(); // changed"));
            CommandRun changed =
                    analyze("--symbols", address, "--source", "" + folder.resolve("src"));
            assertThat(changed.out()).contains("changed after the process had started");
            Path copy = Files.createDirectories(folder.resolve("src/other/shop"));
            Files.copy(source, copy.resolve("shop.c"));
            CommandRun ambiguous = analyze(
                    "--symbols",
                    address,
                    "--source",
                    "" + folder.resolve("src/other"),
                    "--source",
                    "" + folder.resolve("src/shop"));
            assertThat(ambiguous.out()).contains("pause(); // changed");
        }
    }

    @Test
    void theSourceComesFromTheServerWhereNoFolderHasIt() throws IOException {
        byte[] text = SOURCE.getBytes(StandardCharsets.UTF_8);
        try (FakeServer server = serverOfThisBuild()) {
            server.on("/buildid/" + buildId() + "/source" + source, FakeServer.file(text));
            CommandRun run = analyze("--symbols", server.url());
            assertThat(run.out()).contains("> 5         pause();");
        }
    }

    @Test
    void withoutAServerNobodyIsAsked() throws IOException {
        CommandRun run = analyze("--json");
        assertThat(missingWhy(run)).contains("--symbols").doesNotContain("asked");
    }

    @Test
    void theReportSaysWhatTheServerAnswered() throws IOException {
        try (FakeServer server = FakeServer.start()) {
            CommandRun run = analyze("--json", "--symbols", server.url());
            assertThat(missingWhy(run)).contains("asked " + server.url()).contains("404");
            assertThat(server.requests()).noneMatch(path -> path.endsWith("/source"));
        }
    }

    private FakeServer serverOfThisBuild() throws IOException {
        String files = "/buildid/" + buildId();
        return FakeServer.start()
                .on(files + "/executable", FakeServer.file(stripped))
                .on(files + "/debuginfo", FakeServer.file(debug));
    }

    private String buildId() throws IOException {
        Path file = Files.write(folder.resolve("id.elf"), stripped);
        return tool("readelf")
                .text(List.of("-n", file.toString()))
                .lines()
                .filter(line -> line.contains("Build ID:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    private CommandRun analyze(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "analyze", dump.toString(), "--symbol-cache", "" + folder.resolve("cache")));
        arguments.addAll(List.of(more));
        CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private static String missingWhy(CommandRun run) {
        JsonObject report =
                JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
        return report.objects("modules").stream()
                .filter(module -> module.text("name").orElse("").equals("shop"))
                .findFirst()
                .flatMap(module -> module.text("missingWhy"))
                .orElseThrow();
    }

    private static void awaitPause(Launcher.Child child) throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!Files.readString(Path.of("/proc/" + child.pid() + "/syscall")).startsWith("34 ")) {
            assertThat(System.nanoTime() - deadline).as("did not pause").isNegative();
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }
}
