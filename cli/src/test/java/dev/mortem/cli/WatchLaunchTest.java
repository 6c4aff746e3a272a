package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.Launcher;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code mortem watch … -- PROGRAM}, as a user runs it: in a process of its own. */
class WatchLaunchTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int SIGINT = 2;
    private static final int SIGKILL = 9;

    /** $1 is a file: what comes after it is there; a minute at most. */
    private static final String AWAIT =
            "await() { n=0; until [ -e \"$1\" ] || [ $n -ge 600 ]; do n=$((n+1)); sleep 0.1; done; };";

    @TempDir
    Path folder;

    /** Also where an assertion failed: the program that was started waits for it. */
    @AfterEach
    void letGo() throws IOException {
        if (!Files.exists(folder.resolve("go"))) {
            Files.createFile(folder.resolve("go"));
        }
    }

    private Launcher.Child start(String wrapper, String condition, String script)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", wrapper, "sh"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path", ""),
                "dev.mortem.cli.Main"));
        command.addAll(List.of("watch", "-o", folder.toString(), "--kind", "mini"));
        command.addAll(List.of("--keep-free", "0", "--interval", "100ms", "--at-most", "50s"));
        command.addAll(List.of("--when", condition, "--", "sh", "-c", AWAIT + script));
        return Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        command,
                        Map.of("MORTEM_STATE", folder.resolve("state").toString()),
                        folder,
                        folder.resolve("out.log"),
                        false));
    }

    private String output() {
        return read("out.log");
    }

    private String read(String name) {
        try {
            Path file = folder.resolve(name);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void await(BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(() -> "in time: " + tail(output())).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static String tail(String text) {
        return text.substring(Math.max(0, text.length() - 1000));
    }

    private List<Path> dumps() throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".core")).toList();
        }
    }

    @Test
    void aLineAfterMegabytesIsSeenAndAllIsPassedOnUnchanged() throws IOException {
        String script = "seq 1 400000 >&2; head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2; "
                + "echo 'a needle' >&2; await go";
        try (Launcher.Child watch = start("exec \"$@\"", "line \"a ne+dle$\" in stderr", script)) {
            assertThat(watch.awaitExit(DEADLINE)).as(tail(output())).hasValue(0);
            assertThat(output()).contains("line in stderr: a needle");
            assertThat(dumps()).as(tail(output())).hasSize(1);
            String numbers = IntStream.rangeClosed(1, 400_000)
                    .mapToObj(Integer::toString)
                    .collect(Collectors.joining("\n"));
            boolean isWhole =
                    output().contains(numbers + "\n" + "x".repeat(300_000) + "\na needle\n");
            assertThat(isWhole)
                    .as("what the program wrote is there as it wrote it")
                    .isTrue();
        }
    }

    @Test
    void anExpressionThatTakesForEverDoesNotHoldTheProgram() throws IOException {
        String slow = "line \"^(a|aa)+$\" in stderr";
        String script = "head -c 60 /dev/zero | tr '\\0' a >&2; echo b >&2; seq 1 400000 >&2; "
                + "echo done >&2; touch \"written\"; await go";
        try (Launcher.Child watch = start("exec \"$@\"", slow, script)) {
            await(() -> Files.exists(folder.resolve("written")));
            assertThat(dumps()).isEmpty();
            watch.signal(SIGINT);
            assertThat(watch.awaitExit(DEADLINE)).as(tail(output())).hasValue(130);
        }
    }

    @Test
    void ctrlCEndsWatchingAndLeavesTheProgram() throws IOException {
        String script = "echo ready >&2; await go; echo still here >&2; touch lives";
        try (Launcher.Child watch = start("exec \"$@\"", "line \"never\" in stderr", script)) {
            await(() -> output().contains("ready\n"));
            watch.signal(SIGINT);
            assertThat(watch.awaitExit(DEADLINE)).as(tail(output())).hasValue(130);
            assertThat(output()).contains("the target runs on");
            letGo();
            await(() -> Files.exists(folder.resolve("lives")));
            await(() -> output().contains("still here\n"));
        }
    }

    /** Also with a reader of standard error that is gone by then, as a closed terminal is. */
    @ParameterizedTest
    @ValueSource(
            strings = {"exec \"$@\"", "\"$@\" 2>&1 | { read first; echo \"$first\"; exec >&-; }"})
    void aWatchThatIsKilledTakesNothingWithIt(String wrapper) throws IOException {
        String script = "echo $PPID >pid; touch begun; await go; "
                + "seq 1 200000 >&2 && touch lives; echo $? >status";
        try (Launcher.Child watch = start(wrapper, "line \"never\" in stderr", script)) {
            await(() -> Files.exists(folder.resolve("begun")));
            kill(Long.parseLong(read("pid").strip()));
            assertThat(watch.awaitExit(DEADLINE)).as(tail(output())).isPresent();
            letGo();
            await(() -> !read("status").isBlank());
            assertThat(read("status").strip()).isEqualTo("0");
            assertThat(folder.resolve("lives")).exists();
        }
    }

    private static void kill(long pid) {
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::destroyForcibly))
                .as("process %d, signal %d", pid, SIGKILL)
                .isPresent();
    }

    @Test
    void itsEndIsSeenWithArgumentsAsTheyAre() throws IOException {
        Path list = Files.writeString(folder.resolve("list"), "no argument of ours\n");
        String script = "[ \"$0\" = --detach ] && [ \"$1\" = @" + list + " ] && exit 7; exit 8";
        CommandRun run = CommandRun.of(
                "watch",
                "--when",
                "end",
                "-o",
                folder.toString(),
                "--kind",
                "mini",
                "--keep-free",
                "0",
                "--",
                "sh",
                "-c",
                script,
                "--detach",
                "@" + list);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("the process exits with status 7").doesNotContain("(exec)");
        assertThat(dumps()).hasSize(1);
    }

    @Test
    void aConditionThatIsMetAtOnceMeansTheProgramAndNoShell() throws IOException {
        CommandRun run = CommandRun.of(
                "watch",
                "--when",
                "threads >= 1",
                "-o",
                folder.toString(),
                "--kind",
                "mini",
                "--keep-free",
                "0",
                "--",
                "sleep",
                "2");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("Watching sleep (PID ");
        assertThat(String.valueOf(dumps().getFirst().getFileName()))
                .matches("(sleep|coreutils|busybox)__.*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | not both: shop and true | shop --when end -- true",
                "2 | must follow -- | --when end --",
                "2 | not shop and stop | --when end shop stop",
                "2 | TARGET is missing | --when end",
                "2 | --follow is for processes that others start | --follow --when end -- true",
                "2 | --all is for processes that others start | --all --when end -- true",
                "2 | --wait is for processes that others start | --wait --when end -- true",
                "2 | --detach cannot be used with -- | --detach --when end -- true",
                "2 | is of processes that others start | --when start -- true",
                "3 | no program no-such-mortem in PATH | --when end -- no-such-mortem",
                "3 | /etc is no program | --when end -- /etc"
            })
    void refusals(int exitCode, String words, String line) {
        List<String> arguments = new ArrayList<>(List.of("watch"));
        arguments.addAll(List.of(line.split(" ", -1)));
        CommandRun run = CommandRun.of(arguments.toArray(new String[0]));
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err()).contains(words);
    }
}
