package dev.mortem.cli;

import dev.mortem.os.Launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The same watch in a process of its own, without a terminal: in a process group of its own, without input,
 * deaf to SIGHUP. What it says goes to a log beside its record.
 */
final class DetachedWatch {
    static final String LOG_VARIABLE = "MORTEM_WATCH_LOG";

    /** A JVM starts within a second, on a busy machine within some. */
    private static final Duration START_MAX = Duration.ofSeconds(30);

    private static final Duration POLL = Duration.ofMillis(20);

    private final Console console;
    private final StateFolder state;

    DetachedWatch(Console console, StateFolder state) {
        this.console = console;
        this.state = state;
    }

    /** Starts it, and returns when it watches, or with its exit code when it ended before. */
    @SuppressWarnings("MustBeClosed") // it outlives us: closing would end it
    int start() throws CommandFailure {
        try {
            Path folder = state.watches();
            Path log = Files.createTempFile(folder, WatchLogs.PREFIX, WatchLogs.SUFFIX);
            Launcher.Child child = Launcher.ofThisMachine()
                    .start(new Launcher.Program(
                            command(),
                            Map.of(LOG_VARIABLE, log.toString()),
                            Path.of("").toAbsolutePath(),
                            log,
                            false));
            return await(child, folder, log);
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.STORAGE,
                    "the watch cannot be started in the background: " + failure.getMessage(),
                    failure);
        }
    }

    /** Our own command line, as the kernel has it, without --detach. */
    private static List<String> command() throws IOException {
        String[] own = new String(
                        Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8)
                .split("\0", -1);
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"));
        // each argument ends with a NUL, so that the last piece is none
        for (int index = 0; index < own.length - 1; index++) {
            if (!own[index].equals("--detach")) {
                command.add(own[index]);
            }
        }
        return command;
    }

    private int await(Launcher.Child child, Path folder, Path log)
            throws IOException, CommandFailure {
        long end = System.nanoTime() + START_MAX.toNanos();
        while (System.nanoTime() - end < 0) {
            OptionalInt status = child.awaitExit(POLL);
            Optional<WatchRecord> record = WatchRecord.read(WatchRecord.file(folder, child.pid()));
            if (status.isPresent()) {
                console.err().print(Files.readString(log, StandardCharsets.UTF_8));
                Files.deleteIfExists(log);
                return status.getAsInt();
            }
            if (record.filter(each ->
                            each.watcherStartedAt().equals(WatchRecord.startOf(child.pid())))
                    .isPresent()) {
                console.note("Watching in the background as " + child.pid() + "; its log: " + log);
                console.note("'mortem watch list' shows it, 'mortem watch cancel " + child.pid()
                        + "' ends it.");
                console.out().println(child.pid());
                return ExitCode.DONE.number();
            }
        }
        child.close();
        throw new CommandFailure(ExitCode.NO_DUMP, "the watch did not start; its log: " + log);
    }
}
