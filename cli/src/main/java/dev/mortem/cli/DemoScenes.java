package dev.mortem.cli;

import dev.mortem.dump.write.WriteOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What goes wrong in the demo, up to the dump. */
final class DemoScenes {
    /** A request that has no answer by then hangs: the worker answers in under a millisecond. */
    private static final int HANG_MS = 400;

    private static final Duration CRASH_MAX = Duration.ofSeconds(10);

    private final Console console;
    private final DemoWorker worker;
    private final Path folder;
    private final DumpTaker taker;

    DemoScenes(Console console, Clock clock, DemoWorker worker, Path folder) {
        this.console = console;
        this.worker = worker;
        this.folder = folder;
        this.taker = new DumpTaker(
                console,
                clock,
                ProcessControl.ofThisMachine(),
                new DumpTaker.Request(
                        folder,
                        DumpShape.fullCore(),
                        WriteOptions.plain(),
                        false,
                        Optional.of(0L),
                        SnapshotOptions.defaults()));
    }

    /** Two requests take two locks in opposite orders; the worker is dumped while it hangs. */
    Path deadlock() throws CommandFailure {
        console.note(
                "Two requests move money between the same two accounts, in opposite directions …");
        try (DemoWorker.Running running = worker.start("deadlock");
                Socket one = running.request("/transfer?from=1&to=2&meet=1");
                Socket other = running.request("/transfer?from=2&to=1&meet=1")) {
            if (isAnswered(one) || isAnswered(other)) {
                throw new CommandFailure(ExitCode.NO_DUMP, "the worker did not hang");
            }
            console.note("Neither is answered. Dumping the worker as it stands …");
            return taker.take(entry(running.child().pid())).path();
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.NO_DUMP,
                    "the worker cannot be reached: " + failure.getMessage(),
                    failure);
        }
    }

    private static boolean isAnswered(Socket socket) throws IOException {
        socket.setSoTimeout(HANG_MS);
        try {
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException hangs) {
            return false;
        }
    }

    /** A request for a user that does not exist crashes the worker. */
    Path nullPointer() throws CommandFailure {
        console.note("A request asks for the cart of a user that does not exist …");
        return kernelWritesCores() ? crashWithKernelCore() : crashWatched();
    }

    /** Whether core_pattern names a plain file in the crashing process's own folder. */
    private static boolean kernelWritesCores() {
        try {
            String pattern = Files.readString(
                            Path.of("/proc/sys/kernel/core_pattern"), StandardCharsets.UTF_8)
                    .strip();
            return pattern.matches("[A-Za-z0-9._-]+");
        } catch (IOException unknown) {
            return false;
        }
    }

    private Path crashWithKernelCore() throws CommandFailure {
        try (DemoWorker.Running running = worker.start("crash")) {
            running.request("/cart?user=99").close();
            if (running.child().awaitExit(CRASH_MAX).isEmpty()) {
                throw new CommandFailure(ExitCode.NO_DUMP, "the worker did not crash");
            }
            Optional<Path> core = kernelCore(running.child().pid());
            return core.isPresent() ? core.get() : crashWatched();
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.NO_DUMP,
                    "the worker cannot be reached: " + failure.getMessage(),
                    failure);
        }
    }

    private Optional<Path> kernelCore(long pid) throws IOException {
        String pattern =
                Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip();
        return List.of(folder.resolve(pattern), folder.resolve(pattern + "." + pid)).stream()
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** The kernel hands cores to somebody else here: Mortem takes its own at the fatal signal. */
    private Path crashWatched() throws CommandFailure {
        console.note(
                "The kernel writes no core file here; Mortem waits for the fatal signal itself …");
        try (DemoWorker.Running running = worker.start("crash")) {
            ProcessEntry entry = entry(running.child().pid());
            Optional<LiveSnapshot> crash = ProcessControl.ofThisMachine()
                    .awaitFatalSignal(
                            entry.pid(),
                            SnapshotOptions.defaults(),
                            CRASH_MAX,
                            () -> sendCrashingRequest(running));
            if (crash.isEmpty()) {
                throw new CommandFailure(ExitCode.NO_DUMP, "the worker did not crash");
            }
            try (LiveSnapshot snapshot = crash.get()) {
                return taker.take(
                                entry,
                                snapshot,
                                new DumpTaker.Cause("Signal_SIGSEGV", Map.of()),
                                List.of())
                        .path();
            }
        } catch (TargetException failure) {
            throw TargetFailures.asCommandFailure(failure);
        }
    }

    private static void sendCrashingRequest(DemoWorker.Running running) {
        try {
            running.request("/cart?user=99").close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static ProcessEntry entry(long pid) throws CommandFailure {
        return ProcessList.ofThisMachine()
                .entry(pid)
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.NO_DUMP, "the worker ended before it was dumped"));
    }
}
