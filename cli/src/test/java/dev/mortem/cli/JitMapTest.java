package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.os.Launcher;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Programs that make code at run time and write down its names, dumped and explained elsewhere. */
class JitMapTest {
    /** Makes a function that calls another through its only argument, and calls it. */
    private static final String SOURCE = """
            #include <stdio.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <unistd.h>
            static void wait_for_ever(void) { for (;;) pause(); }
            int main(void) {
                /* push rbp; mov rbp, rsp; call rdi; pop rbp; ret */
                unsigned char bytes[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
                char *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                memcpy(code + 64, bytes, sizeof bytes);
                char name[64];
                snprintf(name, sizeof name, "/tmp/perf-%d.map", (int) getpid());
                FILE *map = fopen(name, "w");
                fprintf(map, "%lx 40 shop::stale()\\n", (long) code + 32);
                fprintf(map, "%lx 40 shop::total() [baseline]\\n", (long) code + 64);
                fprintf(map, "%lx 10 cut", (long) code);
                fclose(map);
                puts(name);
                fflush(stdout);
                ((void (*)(void (*)(void))) (code + 64))(wait_for_ever);
                return 0;
            }
            """;

    @TempDir
    Path folder;

    @Test
    void theMapIsKeptAndNamesTheFrames() throws Exception {
        Path source = Files.writeString(folder.resolve("jit.c"), SOURCE);
        Path program = folder.resolve("jit");
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "its code is x86-64's");
        tool("gcc").text(List.of("-O0", "" + source, "-o", "" + program));
        Launcher.Child process = start(program.toString());
        Path map = Path.of("/tmp/perf-" + process.pid() + ".map");
        try (process) {
            await(folder.resolve("out.log"), map.toString());
            Path dump = dump(process.pid());
            Files.delete(map);
            Path copy = DumpSidecar.jitMapBeside(dump);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                    .isEqualTo("rw-------");
            assertThat(Files.readString(copy)).endsWith("[baseline]\n").doesNotContain("cut");
            assertThat(DumpSidecar.readBeside(dump, diagnostic -> {})
                            .orElseThrow()
                            .jitMap())
                    .contains(map.toString());

            JsonObject frame = frames(dump).stream()
                    .filter(each -> each.text("functionFrom").isPresent())
                    .findFirst()
                    .orElseThrow();
            assertThat(frame.text("function")).contains("shop::total() [baseline]");
            assertThat(frame.text("functionOffset")).contains("0x6");
            assertThat(frame.text("functionFrom")).contains(copy.toString());
            assertThat(frame.text("module")).isEmpty();
            assertThat(CommandRun.of("analyze", dump.toString()).out())
                    .contains("shop::total() [baseline] (" + copy.getFileName() + ")");
        } finally {
            Files.deleteIfExists(map);
        }
    }

    @Test
    void anotherUsersMapIsNotBelievedAndSaidSo() throws Exception {
        assumeTrue(
                new ProcessBuilder("id", "-u").start().inputReader().readLine().equals("0"),
                "needs root, to give a file to another user");
        Launcher.Child process = start("sleep", "1000");
        Path map = Path.of("/tmp/perf-" + process.pid() + ".map");
        try (process) {
            Files.writeString(map, "1000 40 lie\n");
            Files.setAttribute(map, "unix:uid", 65534);
            Path dump = dump(process.pid());
            assertThat(DumpSidecar.jitMapBeside(dump)).doesNotExist();
            DumpSidecar sidecar = DumpSidecar.readBeside(dump, diagnostic -> {}).orElseThrow();
            assertThat(sidecar.jitMap()).isEmpty();
            assertThat(sidecar.warnings())
                    .anyMatch(warning ->
                            warning.contains(map + " belongs to user 65534, not to the process's"));
        } finally {
            Files.deleteIfExists(map);
        }
    }

    @Test
    void functionsOfNodeHaveTheirNames() throws Exception {
        Tool node = tool("node");
        Path script = Files.writeString(folder.resolve("shop.js"), """
                function total(end) { while (Date.now() < end) {} }
                function serve() { total(Date.now() + 3600e3); }
                setTimeout(serve, 0);
                console.log(process.pid);
                """);
        Launcher.Child process = start(
                node.program().toString(),
                "--perf-basic-prof",
                "--interpreted-frames-native-stack",
                script.toString());
        Path map = Path.of("/tmp/perf-" + process.pid() + ".map");
        try (process) {
            await(map, "total");
            List<String> named = frames(dump(process.pid())).stream()
                    .filter(frame -> frame.text("functionFrom").isPresent())
                    .flatMap(frame -> frame.text("function").stream())
                    .toList();
            assertThat(named).anyMatch(name -> name.contains("serve") && name.contains("shop.js"));
        } finally {
            Files.deleteIfExists(map);
        }
    }

    private static void await(Path file, String text) throws IOException {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!(Files.exists(file) && Files.readString(file).contains(text))) {
            assertThat(System.nanoTime()).as("%s in %s", text, file).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    /** Not as a child of the Java library's, which waits for its children with a thread of its own. */
    private Launcher.Child start(String... command) throws IOException {
        return Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(command), Map.of(), folder, folder.resolve("out.log"), false));
    }

    private Path dump(long pid) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("dump", "-o", folder.toString(), "--keep-free", "0"));
        arguments.addAll(List.of("--max-pause", "60s")); // a loaded machine stops nothing quickly
        arguments.add(Long.toString(pid));
        CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertThat(run.exitCode()).as(run.err()).isZero();
        return Path.of(run.out().strip());
    }

    private static List<JsonObject> frames(Path dump) {
        CommandRun run = CommandRun.of("analyze", "--json", dump.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8))
                .orElseThrow()
                .objects("stacks")
                .stream()
                .flatMap(stack -> stack.objects("frames").stream())
                .toList();
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }
}
