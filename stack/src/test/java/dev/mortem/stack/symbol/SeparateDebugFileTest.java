package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.stack.ModuleOnDisk;
import dev.mortem.stack.fetch.OwnSession;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.locate.SymbolsState;
import dev.mortem.testkit.fakes.FakeServer;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A program compiled here, stripped, with its debug file where each convention puts it. */
class SeparateDebugFileTest {
    private static final long BIAS = 0x5555_5540_0000L;

    @TempDir
    Path folder;

    private Path program = Path.of("");
    private Path debug = Path.of("");
    private long hiddenSvma;
    private String buildId = "";

    @BeforeEach
    void compile() throws IOException {
        Path source = folder.resolve("shop.cc");
        Files.writeString(source, """
                namespace shop {
                __attribute__((noinline)) static int total(int count, const char *name) {
                    return count * 3 + name[0];
                }
                }
                int main(int count, char **names) {
                    return shop::total(count, names[0]);
                }
                """);
        program = folder.resolve("shop");
        debug = folder.resolve("shop.debug");
        tool("g++").text(List.of("-g", "-O1", "-Wl,--build-id", "" + source, "-o", "" + program));
        hiddenSvma = Long.parseUnsignedLong(
                tool("nm")
                        .text(List.of(program.toString()))
                        .lines()
                        .filter(line -> line.contains("total"))
                        .findFirst()
                        .orElseThrow()
                        .substring(0, 16),
                16);
        tool("objcopy").text(List.of("--only-keep-debug", "" + program, "" + debug));
        buildId = ModuleOnDisk.of(program, BIAS).buildId().orElseThrow();
    }

    @Test
    void aWholeFileHasFunctionsAndLines() throws IOException {
        assertFull(search(List.of()), program);
    }

    @Test
    void aStrippedFileHasNone() throws IOException {
        strip(List.of("--strip-all"));
        Files.delete(debug);
        ask(search(List.of()), (image, function) -> {
            assertThat(image.symbols()).isEqualTo(SymbolsState.EXPORTS);
            assertThat(function).isEmpty();
            assertThat(image.missingWhy().orElseThrow()).contains(buildId, "debug");
        });
    }

    @Test
    void theDebugLinkLeadsBesideTheFileAndIntoItsDebugFolder() throws IOException {
        strip(List.of("--strip-all", "--add-gnu-debuglink=" + debug));
        assertFull(search(List.of()), debug);
        Path hidden = folder.resolve(".debug/shop.debug");
        Files.createDirectories(hidden.getParent());
        Files.move(debug, hidden);
        assertFull(search(List.of()), hidden);
    }

    @Test
    void withoutBuildIdsTheChecksumDecides() throws IOException {
        tool("objcopy").text(List.of("--remove-section=.note.gnu.build-id", "" + program));
        tool("objcopy").text(List.of("--only-keep-debug", "" + program, "" + debug));
        strip(List.of("--strip-all", "--add-gnu-debuglink=" + debug));
        LoadedModule module = ModuleOnDisk.of(program, BIAS);
        assertThat(module.buildId()).isEmpty();
        byte[] bytes = Files.readAllBytes(program);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        snapshot.memory().put(BIAS, Arrays.copyOf(bytes, 0x1000));
        try (ModuleImages images = images(snapshot, search(List.of()))) {
            assertThat(images.image(module).filePath()).contains(program.toString());
            assertThat(images.image(module).debugPath()).contains(debug.toString());
        }
        Files.write(debug, new byte[] {0}, StandardOpenOption.APPEND);
        try (ModuleImages images = images(snapshot, search(List.of()))) {
            assertThat(images.image(module).filePath()).contains(program.toString());
            assertThat(images.image(module).debugPath()).isEmpty();
        }
    }

    @Test
    void aTreeByBuildIdIsFoundInDebugFoldersAndFoldersOfTheUser() throws IOException {
        strip(List.of("--strip-all"));
        Path inTree = folder.resolve("tree/.build-id/" + buildId.substring(0, 2) + "/"
                + buildId.substring(2) + ".debug");
        Files.createDirectories(inTree.getParent());
        Files.move(debug, inTree);
        assertFull(search(List.of(folder.resolve("tree"))), inTree);
        ModuleSearch asDebugFolder = new ModuleSearch(
                List.of(), Optional.empty(), Optional.empty(), List.of(folder.resolve("tree")));
        assertFull(asDebugFolder, inTree);
    }

    @Test
    void aFileOfTheUserMayHaveAnyName() throws IOException {
        strip(List.of("--strip-all"));
        Path other = folder.resolve("flat/anything.bin");
        Files.createDirectories(other.getParent());
        Files.move(debug, other);
        assertFull(search(List.of(other)), other);
        assertFull(search(List.of(other.getParent())), other);
    }

    @Test
    void theDebugFileAloneIsEnoughWithTheHeadersInMemory() throws IOException {
        LoadedModule module = ModuleOnDisk.of(program, BIAS);
        byte[] bytes = Files.readAllBytes(program);
        strip(List.of("--strip-all"));
        Files.delete(program);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        snapshot.memory().put(BIAS, Arrays.copyOf(bytes, 0x1000));
        try (ModuleImages images = images(snapshot, search(List.of(debug)))) {
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            assertThat(symbolizer.functionAt(hiddenSvma + BIAS)).isPresent();
            assertThat(symbolizer.lineAt(hiddenSvma + BIAS)).isPresent();
        }
    }

    @Test
    void aDebugFileOfAnotherBuildIsRefused() throws IOException {
        strip(List.of("--strip-all", "--add-gnu-debuglink=" + debug));
        Path other = folder.resolve("other");
        tool("g++").text(List.of("-g", "-O0", "" + folder.resolve("shop.cc"), "-o", "" + other));
        tool("objcopy").text(List.of("--only-keep-debug", "" + other, "" + debug));
        ask(search(List.of(debug, other)), (image, function) -> {
            assertThat(image.debugFile()).isEmpty();
            assertThat(function).isEmpty();
        });
    }

    @Test
    void aServerIsAskedLastForTheDebugFileAndOnlyWhenToldTo() throws IOException {
        strip(List.of("--strip-all"));
        LoadedModule module = ModuleOnDisk.of(program, BIAS);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        String path = "/buildid/" + buildId + "/debuginfo";
        try (FakeServer server = FakeServer.start();
                OwnSession client = client(server)) {
            try (ModuleImages images = images(snapshot, search(List.of()).withServers(client))) {
                assertThat(images.image(module).missingWhy().orElseThrow())
                        .contains("no server was asked");
                assertThat(images.fetch(List.of(module))).isFalse();
                assertThat(images.image(module).missingWhy().orElseThrow())
                        .contains("asked " + server.url() + ": 404");
                assertThat(server.requests()).containsExactly(path);
            }
            server.on(path, FakeServer.file(Files.readAllBytes(debug)));
            try (OwnSession anew = client(server, "second");
                    ModuleImages images = images(snapshot, search(List.of()).withServers(anew))) {
                assertThat(images.fetch(List.of(module))).isTrue();
                assertThat(images.fetch(List.of(module))).isFalse();
                assertThat(images.image(module).symbols()).isEqualTo(SymbolsState.FULL);
                Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
                assertThat(symbolizer.lineAt(hiddenSvma + BIAS).orElseThrow().file())
                        .isEqualTo(folder.resolve("shop.cc").toString());
            }
            assertThat(server.requests()).containsExactly(path, path);
        }
    }

    @Test
    void anExecutableIsFetchedWhereNeitherDiskNorMemoryHasIt() throws IOException {
        LoadedModule module = ModuleOnDisk.of(program, BIAS);
        byte[] bytes = Files.readAllBytes(program);
        Files.delete(program);
        Files.delete(debug);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        snapshot.memory().put(BIAS, Arrays.copyOf(bytes, 0x1000));
        String path = "/buildid/" + buildId + "/executable";
        try (FakeServer server = FakeServer.start().on(path, FakeServer.file(bytes));
                OwnSession client = client(server);
                ModuleImages images = images(snapshot, search(List.of()).withServers(client))) {
            assertThat(images.fetch(List.of(module))).isTrue();
            assertThat(images.image(module).symbols()).isEqualTo(SymbolsState.FULL);
            assertThat(images.image(module).filePath().orElseThrow()).endsWith("/executable");
        }
    }

    private OwnSession client(FakeServer server) throws IOException {
        return client(server, "first");
    }

    private OwnSession client(FakeServer server, String cache) throws IOException {
        return OwnSession.of(folder.resolve(cache), server.url());
    }

    private interface Check {
        void on(ModuleImage image, Optional<FunctionAt> function);
    }

    private void assertFull(ModuleSearch search, Path from) throws IOException {
        LoadedModule module = ModuleOnDisk.of(program, BIAS);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        try (ModuleImages images = images(snapshot, search)) {
            ModuleImage image = images.image(module);
            assertThat(image.symbols()).isEqualTo(SymbolsState.FULL);
            assertThat(image.symbolsFrom()).contains(from.toString());
            assertThat(image.missingWhy()).isEmpty();
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            FunctionAt function = symbolizer.functionAt(hiddenSvma + BIAS + 2).orElseThrow();
            assertThat(function.raw()).startsWith("_ZN4shopL5totalEiPKc");
            assertThat(function.display()).startsWith("shop::total(int, char const*)");
            assertThat(function.address()).isEqualTo(hiddenSvma + BIAS);
            assertThat(function.offsetBytes()).isEqualTo(2);
            Frame.SourceLocation line = symbolizer.lineAt(hiddenSvma + BIAS).orElseThrow();
            assertThat(line.file()).isEqualTo(folder.resolve("shop.cc").toString());
            assertThat(line.line()).isBetween(2, 3); // its first instruction is of both
            assertThat(symbolizer.find(module, "main").orElseThrow().sizeBytes())
                    .isPositive();
        }
    }

    private void ask(ModuleSearch search, Check check) throws IOException {
        LoadedModule module = ModuleOnDisk.of(program, BIAS);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        try (ModuleImages images = images(snapshot, search)) {
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            check.on(images.image(module), symbolizer.functionAt(hiddenSvma + BIAS));
        }
    }

    private static ModuleImages images(FakeSnapshot snapshot, ModuleSearch search) {
        return ModuleImages.of(snapshot, search, Limits.defaults(), new DiagnosticLog());
    }

    /** Nothing but the folder of the test. */
    private static ModuleSearch search(List<Path> symbolPaths) {
        return new ModuleSearch(symbolPaths, Optional.empty(), Optional.empty(), List.of());
    }

    private void strip(List<String> options) throws IOException {
        List<String> arguments = new ArrayList<>(options);
        arguments.add(program.toString());
        tool("objcopy").text(arguments);
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }
}
