package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.os.Launcher;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A 32-bit program of x86, without a C library: what it waits for, from its dump to the words. */
class X86ScenesTest {
    private static final int RESTART = 0;

    @TempDir
    private static Path folder;

    private static Path program = Path.of("");

    @BeforeAll
    static void compile() throws IOException {
        assumeTrue(Tool.find("gcc").isPresent(), "needs gcc");
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "needs an x86-64 processor");
        Path source = folder.resolve("waits32.c");
        try (InputStream text =
                X86ScenesTest.class.getResourceAsStream("/dev/mortem/cli/waits32.c")) {
            Files.write(source, text.readAllBytes());
        }
        program = folder.resolve("waits32");
        String command = "-m32 -O1 -g -w -static -nostdlib -ffreestanding -fno-stack-protector"
                + " -fno-pie -no-pie -o waits32 waits32.c";
        Tool.Output built =
                Tool.find("gcc").orElseThrow().run(folder, List.of(command.split(" ", -1)));
        assumeTrue(built.exitCode() == 0, "needs a compiler for 32-bit x86");
        assumeTrue(runs(), "needs a kernel that runs 32-bit programs");
    }

    /** Without a way to wait it ends at once. */
    private static boolean runs() {
        try {
            return new ProcessBuilder(program.toString())
                            .start()
                            .onExit()
                            .join()
                            .exitValue()
                    == 1;
        } catch (IOException refused) {
            return false;
        }
    }

    /**
     * The call is the number that /proc/PID/syscall shows (asm/unistd_32.h). Each is dumped twice: the
     * stop of the first dump leaves those with a time limit in restart_syscall.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "futex | 240 | the futex at 0x[0-9a-f]+",
                "futex_limit | 240 | the futex at 0x[0-9a-f]+",
                "futex64 | 422 | the futex at 0x[0-9a-f]+",
                "sleep | 162 | time to pass \\(nanosleep, for 16 min 40 s\\)",
                "sleep64 | 407 | time to pass \\(clock_nanosleep_time64, for 16 min 40 s\\)",
                "read | 3 | data from a pipe whose other end is held by this process itself"
                        + " \\(descriptor \\d+\\) \\(read on descriptor \\d+\\)",
                "poll | 168 | events of 1 descriptor: a pipe \\(poll.*\\)",
                "ppoll64 | 414 | events of 1 descriptor: a pipe \\(ppoll_time64\\)",
                "select | 142 | events of 1 descriptor: a pipe \\(select\\)",
                "accept | 364 | a connection to accept at 0\\.0\\.0\\.0:\\d+ \\(accept4 on"
                        + " descriptor \\d+\\)",
                "socketcall | 102 | a connection to accept at 0\\.0\\.0\\.0:\\d+ \\(accept4 on"
                        + " descriptor \\d+\\)",
                "pause | 29 | a signal \\(pause\\)",
            })
    void aWaitIsSaidInFull(String way, int call, String words) throws Exception {
        try (Launcher.Child child = start(way, call)) {
            for (int time = 0; time < 2; time++) {
                JsonObject report = dumpedAndAnalysed(child.pid());
                assertThat(report.objects("threads"))
                        .singleElement()
                        .satisfies(thread -> assertThat(thread.text("waitsFor").orElse("nothing"))
                                .matches(words));
                assertThat(report.objects("stacks").getFirst().objects("frames"))
                        .extracting(frame -> frame.text("function").orElse("?"))
                        .containsExactly("in_" + way, "start", "_start");
                await(child.pid(), call, RESTART);
            }
        }
    }

    private static JsonObject dumpedAndAnalysed(long pid) throws IOException {
        Path place = Files.createTempDirectory(folder, "dumps");
        CommandRun dump = CommandRun.of(
                "dump",
                String.valueOf(pid),
                "--max-pause",
                "30s",
                "--keep-free",
                "1MB",
                "-o",
                place.toString());
        assertThat(dump.exitCode()).as(dump.err()).isZero();
        CommandRun analysis = CommandRun.of("analyze", "--json", dump.out().strip());
        assertThat(analysis.exitCode()).as(analysis.err()).isZero();
        return JsonObject.parse(analysis.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
    }

    private static Launcher.Child start(String way, int call) throws IOException {
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(program.toString(), way),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false));
        await(child.pid(), call, call);
        return child;
    }

    /** Until the program stands in one of the two calls. */
    private static void await(long pid, int call, int other) throws IOException {
        Path process = Path.of("/proc/" + pid);
        assumeTrue(Files.isReadable(process.resolve("syscall")), "needs /proc/PID/syscall");
        long deadline = System.nanoTime() + 20_000_000_000L;
        String seen = "";
        while (!seen.equals(String.valueOf(call)) && !seen.equals(String.valueOf(other))) {
            assertThat(System.nanoTime() - deadline).as("call " + seen).isNegative();
            Thread.onSpinWait();
            boolean begun = Files.readString(process.resolve("comm")).strip().equals("waits32");
            String stat = Files.readString(process.resolve("stat"));
            boolean sleeps = stat.substring(stat.lastIndexOf(')')).startsWith(") S");
            seen = begun && sleeps
                    ? Files.readString(process.resolve("syscall")).strip().split(" ", 2)[0]
                    : "";
        }
    }
}
