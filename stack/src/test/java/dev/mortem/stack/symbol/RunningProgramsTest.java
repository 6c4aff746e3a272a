package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.OwnProcess;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.locate.SymbolsState;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Programs that print where their functions are, and wait: linked in every way, and deleted since. */
class RunningProgramsTest {
    private static final String SOURCE = """
            #include <stdio.h>
            __attribute__((noinline)) static int hidden(int n) { return n * 3; }
            int main(int count, char **names) {
                printf("main=%p hidden=%p fflush=%p\\n", main, hidden, fflush);
                fflush(stdout);
                return getchar() + hidden(count);
            }
            """;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @TempDir
    Path folder;

    private Path source = Path.of("");

    @BeforeEach
    void write() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/maps")), "needs Linux's /proc");
        source = Files.writeString(folder.resolve("shop.c"), SOURCE);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "gcc, -no-pie",
        "gcc, -pie",
        "gcc, -static",
        "gcc, -static-pie",
        "musl-gcc, -pie",
        "musl-gcc, -static",
        "musl-gcc, -static-pie"
    })
    void functionsAreWhereTheProgramSaysTheyAre(String compiler, String option) throws Exception {
        Path program = compile(compiler, option);
        try (Running running = new Running(program);
                OwnProcess process = OwnProcess.of(running.pid());
                ModuleImages images = images(process, ModuleSearch.ofThisMachine())) {
            Symbolizer symbolizer = new Symbolizer(process, images, Limits.defaults());
            running.addresses.forEach((name, address) -> {
                FunctionAt found = symbolizer.functionAt(address).orElseThrow();
                assertThat(found.address()).as(name).isEqualTo(address);
                assertThat(found.raw()).isEqualTo(name);
                assertThat(found.offsetBytes()).isZero();
            });
            LoadedModule module = process.module("shop");
            assertThat(symbolizer.addressOf(module, "main")).hasValue(running.addressOf("main"));
            // the start-up code of musl has lines
            assertThat(images.image(module).symbols())
                    .isIn(SymbolsState.FUNCTIONS, SymbolsState.FULL);
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aProgramThatWasReplacedIsNamedByTheMappedFileOnly() throws Exception {
        Path program = compile("gcc", "-pie");
        Path other = Files.copy(program, folder.resolve("other"));
        String identity = ",--build-id=0x" + "ab".repeat(20);
        tool("gcc").text(List.of("-O1", "-Wl" + identity, "" + source, "-o", "" + other));
        try (Running running = new Running(program)) {
            Files.move(other, program, StandardCopyOption.REPLACE_EXISTING);
            try (OwnProcess process = OwnProcess.of(running.pid())) {
                LoadedModule module = process.module("shop");
                assertThat(module.deleted()).isTrue();
                assertThat(module.path()).isEqualTo(program.toString());
                live(running, process, module);
                later(process, module);
            }
        }
    }

    /** Through /proc/PID the file is still there. */
    private void live(Running running, OwnProcess process, LoadedModule module) {
        Path proc = Path.of("/proc/" + running.pid());
        try (ModuleImages images = images(process, ModuleSearch.ofProcess(proc))) {
            Symbolizer symbolizer = new Symbolizer(process, images, Limits.defaults());
            long hidden = running.addressOf("hidden");
            assertThat(symbolizer.functionAt(hidden).orElseThrow().raw()).isEqualTo("hidden");
            assertThat(images.image(module).filePath().orElseThrow()).startsWith(proc.toString());
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    /** As from a dump: what is at the path now is refused, and said to be. */
    private void later(OwnProcess process, LoadedModule module) {
        try (ModuleImages images = images(process, ModuleSearch.ofThisMachine())) {
            ModuleImage image = images.image(module);
            assertThat(image.file()).isEmpty();
            assertThat(image.missingWhy().orElseThrow())
                    .contains("was deleted or replaced while it was mapped")
                    .contains("has build id abababab")
                    .contains("not " + module.buildId().orElseThrow());
        }
        assertThat(diagnostics.entries()).hasSize(1);
        assertThat(diagnostics.entries().getFirst().toString())
                .contains("shop: has build id abababab")
                .contains("it was replaced while the process had it mapped");
    }

    private Path compile(String compiler, String option) throws IOException {
        Path program = folder.resolve("shop");
        List<String> arguments = new ArrayList<>(List.of("-O1", option));
        if (!option.equals("-no-pie")) {
            arguments.add("-fPIE");
        }
        arguments.addAll(List.of("-Wl,--build-id", "" + source, "-o", "" + program));
        tool(compiler).text(arguments);
        return program;
    }

    private ModuleImages images(OwnProcess process, ModuleSearch search) {
        return ModuleImages.of(process, search, Limits.defaults(), diagnostics);
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }

    /** A program that has printed its addresses and waits. */
    private static final class Running implements AutoCloseable {
        private final Process process;
        private final Map<String, Long> addresses = new HashMap<>();

        Running(Path program) throws IOException {
            process = new ProcessBuilder(program.toString()).start();
            BufferedReader output = process.inputReader();
            for (String part : String.valueOf(output.readLine()).split(" ", -1)) {
                String[] pair = part.split("=0x", 2);
                addresses.put(pair[0], Long.parseUnsignedLong(pair[1], 16));
            }
            assertThat(addresses).containsOnlyKeys("main", "hidden", "fflush");
        }

        long addressOf(String name) {
            return Optional.ofNullable(addresses.get(name)).orElseThrow();
        }

        long pid() {
            return process.pid();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
