package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What detached watches have said; kept for a while after they have ended. */
final class WatchLogs {
    static final String PREFIX = "watch-";
    static final String SUFFIX = ".log";

    /** Who looks for the reason of last week's dump finds it; beyond that the sidecar has to tell. */
    static final Duration KEPT = Duration.ofDays(7);

    /** A script that starts a watch a minute must not fill the disk in that week. */
    static final int KEPT_MAX = 100;

    private WatchLogs() {}

    private record Ended(Path file, Instant lastWritten) {}

    /** Removes those of watches that have ended and are too old or too many, the oldest first. */
    static void removeOld(Path folder, Clock clock) throws IOException {
        List<Ended> ended = ended(folder);
        ended.sort(Comparator.comparing(Ended::lastWritten).reversed().thenComparing(Ended::file));
        Instant oldest = clock.instant().minus(KEPT);
        for (int index = 0; index < ended.size(); index++) {
            if (index >= KEPT_MAX || ended.get(index).lastWritten().isBefore(oldest)) {
                Files.deleteIfExists(ended.get(index).file());
            }
        }
    }

    private static List<Ended> ended(Path folder) throws IOException {
        List<Ended> ended = new ArrayList<>();
        // found before it is asked who runs: one that begins meanwhile is not taken for one that
        // ended
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
            for (Path file : files) {
                ended.add(new Ended(file, Files.getLastModifiedTime(file).toInstant()));
            }
        } catch (DirectoryIteratorException failed) {
            throw new IOException(failed);
        }
        Set<String> inUse = WatchRecord.running(folder).stream()
                .flatMap(record -> record.log().stream())
                .map(log -> String.valueOf(Path.of(log).getFileName()))
                .collect(Collectors.toSet());
        ended.removeIf(each -> inUse.contains(String.valueOf(each.file().getFileName())));
        return ended;
    }
}
