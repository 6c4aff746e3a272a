package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** What tests of watching wait for. */
final class Watched {
    private Watched() {}

    /** Fails where the condition is not met in that time. */
    static void await(Duration deadline, BooleanSupplier condition) {
        long end = System.nanoTime() + deadline.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Empty for a file that is not there yet. */
    static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Whether a watch of this user that runs is such. */
    static boolean isRecorded(Predicate<WatchRecord> wanted) {
        try {
            Path watches = StateFolder.ofThisUser(Map.of()).watches();
            return WatchRecord.running(watches).stream().anyMatch(wanted);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static boolean isWatched(long pid) {
        return isRecorded(record -> record.targetPids().contains(pid));
    }
}
