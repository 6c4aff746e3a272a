package dev.mortem.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** The bundled worker compiles without a warning and goes wrong as its first comment says. */
class WorkerSourceTest {
    private static final int DEADLINE_S = 20;

    @TempDir
    static Path folder;

    private static Path worker = Path.of("unset");

    private final List<Process> started = new ArrayList<>();

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        boolean found = Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(place -> Files.isExecutable(Path.of(place, "gcc")));
        assumeTrue(found, "needs gcc");
        Path source = folder.resolve("worker.c");
        try (InputStream text = Objects.requireNonNull(
                WorkerSourceTest.class.getResourceAsStream("/dev/mortem/cli/demo/worker.c"))) {
            Files.copy(text, source);
        }
        worker = folder.resolve("shop-worker");
        Process gcc = new ProcessBuilder(
                        "gcc",
                        "-O1",
                        "-g",
                        "-pthread",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        source.toString(),
                        "-o",
                        worker.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(gcc.waitFor()).as(said).isZero();
    }

    @AfterEach
    void endWorkers() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/, ok",
        "/health, serving 1",
        "/transfer?from=0&to=1, moved",
        "/transfer?from=1&to=1, from and to are two different accounts from 0 to 3",
        "/cart?user=1, total 605.00",
        "/leak?kb=64, kept",
        "/nowhere, no such page"
    })
    void answers(String path, String body) throws IOException {
        Worker running = start();
        assertThat(running.get(path)).endsWith("\r\n\r\n" + body + "\n");
        assertThat(running.process().isAlive()).isTrue();
    }

    /** The numbers are those of the signals: a shell would say 128 and more. */
    @ParameterizedTest
    @CsvSource({"/cart?user=9, 139", "/recurse, 139", "/abort, 134"})
    void crashes(String path, int status) throws IOException, InterruptedException {
        Worker running = start();
        assertThat(running.get(path)).isEmpty();
        assertThat(running.process().waitFor(DEADLINE_S, TimeUnit.SECONDS)).isTrue();
        assertThat(running.process().exitValue()).isEqualTo(status);
    }

    @Test
    void twoTransfersThatMeetDeadlockAndTheOthersAreServed() throws IOException {
        Worker running = start();
        try (Socket one = running.send("/transfer?from=0&to=1&meet=1");
                Socket other = running.send("/transfer?from=1&to=0&meet=1")) {
            await(() -> running.answer("/health").endsWith("serving 3\n"));
            // The two, and the two workers that have nothing to do.
            await(() -> running.waitingForFutex() == 4);
            assertThat(one.getInputStream().available()).isZero();
            assertThat(other.getInputStream().available()).isZero();
            assertThat(running.get("/")).endsWith("ok\n");
        }
    }

    @Test
    void aSpinningRequestUsesTheProcessor() throws IOException {
        Worker running = start();
        try (Socket spinning = running.send("/spin")) {
            await(() -> running.cpuTicks() > 20);
            assertThat(spinning.getInputStream().available()).isZero();
        }
    }

    @Test
    void threadsHaveNames() throws IOException {
        Worker running = start();
        running.get("/");
        await(() -> running.threadNames()
                .equals(List.of("shop-worker", "worker-1", "worker-2", "worker-3", "worker-4")));
    }

    @Test
    void endsWithTheProcessThatStartedIt() throws IOException {
        Path pidFile = folder.resolve("pid");
        Process shell = new ProcessBuilder(
                        "sh",
                        "-c",
                        "\"$0\" & echo $! > \"$1\"; read line",
                        worker.toString(),
                        pidFile.toString())
                .start();
        started.add(shell);
        try (BufferedReader output = shell.inputReader(StandardCharsets.UTF_8)) {
            assertThat(output.readLine()).matches("\\d+");
            long pid = Long.parseLong(Files.readString(pidFile).strip());
            ProcessHandle child = ProcessHandle.of(pid).orElseThrow();
            assertThat(child.isAlive()).isTrue();
            shell.destroyForcibly();
            await(() -> !isRunning(pid));
        }
    }

    /** A process that nobody has waited for yet has ended all the same. */
    private static boolean isRunning(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException gone) {
            return false;
        }
    }

    @Test
    void refusesWhatIsNoRequest() throws IOException {
        Worker running = start();
        assertThat(running.get("?")).startsWith("HTTP/1.1 400");
        assertThatThrownBy(() -> running.process().exitValue())
                .isInstanceOf(IllegalThreadStateException.class);
    }

    private Worker start() throws IOException {
        Process process = new ProcessBuilder(worker.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        started.add(process);
        String port = Objects.requireNonNull(
                process.inputReader(StandardCharsets.UTF_8).readLine(), "no port was printed");
        return new Worker(process, Integer.parseInt(port));
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited %d s", DEADLINE_S).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    /** A worker that runs, and the port it listens on. */
    private record Worker(Process process, int port) {
        Socket send(String path) throws IOException {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(DEADLINE_S * 1000);
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return socket;
        }

        /** The whole answer; empty where the worker closed the connection without one. */
        String get(String path) throws IOException {
            try (Socket socket = send(path)) {
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (SocketException reset) {
                return "";
            }
        }

        String answer(String path) {
            try {
                return get(path);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        List<String> threadNames() {
            return tasks().map(task -> read(task.resolve("comm")).strip())
                    .sorted()
                    .toList();
        }

        /** Threads that sleep in a futex: idle ones and those that wait for a lock. */
        long waitingForFutex() {
            // SYS_futex is 202 on x86-64 and 98 on arm64.
            return tasks().map(task -> read(task.resolve("syscall")))
                    .filter(call -> call.startsWith("202 ") || call.startsWith("98 "))
                    .count();
        }

        /** User and system time, in clock ticks (proc_pid_stat(5), fields 14 and 15). */
        long cpuTicks() {
            String stat = read(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        }

        private Stream<Path> tasks() {
            try (Stream<Path> all = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
                return all.toList().stream();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }
}
