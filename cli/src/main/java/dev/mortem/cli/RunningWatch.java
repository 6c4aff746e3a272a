package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** This watch's record in the state folder, while it runs; where none can be written it is not listed. */
final class RunningWatch implements AutoCloseable {
    private final Optional<Path> folder;
    private final long id;

    private RunningWatch(Optional<Path> folder, long id) {
        this.folder = folder;
        this.id = id;
    }

    /** Who is watched just now. */
    interface Roster {
        List<Long> pids();

        /** @param action run after each process that comes or goes */
        void whenTargetsChange(Runnable action);
    }

    static RunningWatch begin(
            StateFolder state,
            Clock clock,
            String target,
            List<String> conditions,
            String output,
            Roster roster) {
        long id = ProcessHandle.current().pid();
        Optional<Path> folder = Optional.empty();
        try {
            folder = Optional.of(state.watches());
            Files.deleteIfExists(WatchRecord.cancelFile(folder.get(), id));
        } catch (IOException notKept) {
            return new RunningWatch(Optional.empty(), id);
        }
        Path place = folder.get();
        WatchRecord record = new WatchRecord(
                id,
                WatchRecord.startOf(id),
                clock.instant(),
                target,
                conditions,
                List.of(),
                output,
                Optional.ofNullable(System.getenv(DetachedWatch.LOG_VARIABLE)));
        RunningWatch running = new RunningWatch(folder, id);
        roster.whenTargetsChange(() -> running.write(place, record, roster.pids()));
        running.write(place, record, List.of());
        removeOldLogs(place, clock);
        return running;
    }

    private static void removeOldLogs(Path place, Clock clock) {
        try {
            WatchLogs.removeOld(place, clock);
        } catch (IOException left) {
            // the next one tries again
        }
    }

    private void write(Path place, WatchRecord record, List<Long> pids) {
        try {
            record.withTargets(pids).write(place);
        } catch (IOException notKept) {
            // the list is then not up to date
        }
    }

    /** Whether somebody asked this watch to end. */
    boolean isCancelAsked() {
        return folder.map(place -> Files.exists(WatchRecord.cancelFile(place, id)))
                .orElse(false);
    }

    @Override
    public void close() {
        folder.ifPresent(place -> {
            try {
                Files.deleteIfExists(WatchRecord.file(place, id));
                Files.deleteIfExists(WatchRecord.cancelFile(place, id));
            } catch (IOException left) {
                // removed by the next list: no process has that id then
            }
        });
    }
}
