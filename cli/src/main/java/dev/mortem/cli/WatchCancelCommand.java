package dev.mortem.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** {@code mortem watch cancel}: asks watches to end; what they watch runs on. */
@Command(
        name = "cancel",
        description = "Ends watches of this user; what they watch runs on.",
        footer = {"", "Without ID|PID, the single one that runs."})
final class WatchCancelCommand implements Callable<Integer> {
    /** A watch looks twice a second; one that is writing a dump finishes it first. */
    private static final Duration END_MAX = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(50);

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "ID|PID",
            description = "Of the watch, as 'mortem watch list' shows it, or of what is watched.")
    Optional<Long> wanted = Optional.empty();

    private final Console console;

    WatchCancelCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure {
        try {
            Path folder = StateFolder.ofThisUser(System.getenv()).watches();
            end(console, folder, chosen(WatchRecord.running(folder)));
            return ExitCode.DONE.number();
        } catch (IOException failure) {
            throw CommandFailure.because(ExitCode.STORAGE, failure);
        }
    }

    /** Asks them all to end, and waits until they have. */
    static void end(Console console, Path folder, List<WatchRecord> chosen) throws IOException {
        for (WatchRecord each : chosen) {
            Path file = WatchRecord.cancelFile(folder, each.id());
            if (!Files.exists(file)) {
                Files.createFile(file);
            }
        }
        for (WatchRecord each : chosen) {
            boolean ended = awaitEnd(folder, each.id());
            console.note("Watch " + each.id() + (ended ? " has ended" : " ends after its dump"));
        }
    }

    private List<WatchRecord> chosen(List<WatchRecord> running) throws CommandFailure {
        List<WatchRecord> chosen = running.stream()
                .filter(each -> wanted.isEmpty()
                        || each.id() == wanted.get()
                        || each.targetPids().contains(wanted.get()))
                .toList();
        if (chosen.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.TARGET_NOT_FOUND,
                    wanted.map(id -> "no watch " + id + ", and none of that process")
                            .orElse("no watch runs"));
        }
        if (wanted.isEmpty() && chosen.size() > 1) {
            throw new CommandFailure(
                    ExitCode.TARGET_NOT_FOUND,
                    chosen.size() + " watches run; name one: 'mortem watch list' shows them");
        }
        return chosen;
    }

    private static boolean awaitEnd(Path folder, long id) {
        long end = System.nanoTime() + END_MAX.toNanos();
        while (Files.exists(WatchRecord.file(folder, id)) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL.toNanos());
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
        }
        return !Files.exists(WatchRecord.file(folder, id));
    }
}
