package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which logs of detached watches are kept, by a clock that stands. */
class WatchLogsTest {
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    @TempDir
    Path folder;

    private Path log(String name, Duration age) throws IOException {
        Path log = Files.writeString(folder.resolve("watch-" + name + ".log"), "said\n");
        Files.setLastModifiedTime(log, FileTime.from(NOW.minus(age)));
        return log;
    }

    /** A record of the process with that id, which this one has, or nobody. */
    private void record(long id, Path log) throws IOException {
        new WatchRecord(
                        id,
                        WatchRecord.startOf(id),
                        NOW,
                        "shop",
                        List.of("end"),
                        List.of(),
                        ".",
                        Optional.of(log.toString()))
                .write(folder);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aLogIsKeptForAWeek() throws IOException {
        Path atTheLimit = log("limit", WatchLogs.KEPT);
        log("past", WatchLogs.KEPT.plusMillis(1));
        Path other = Files.writeString(folder.resolve("other.log"), "not ours\n");
        Files.setLastModifiedTime(other, FileTime.from(Instant.EPOCH));
        WatchLogs.removeOld(folder, CLOCK);
        assertThat(names()).containsExactly("other.log", String.valueOf(atTheLimit.getFileName()));
    }

    @Test
    void theNewestHundredAreKept() throws IOException {
        for (int number = 0; number < WatchLogs.KEPT_MAX + 2; number++) {
            log("%03d".formatted(number), Duration.ofMinutes(number));
        }
        WatchLogs.removeOld(folder, CLOCK);
        assertThat(names())
                .hasSize(WatchLogs.KEPT_MAX)
                .contains("watch-000.log", "watch-099.log")
                .doesNotContain("watch-100.log", "watch-101.log");
    }

    @Test
    void thatOfARunningWatchIsNeverRemovedAndDoesNotCount() throws IOException {
        Path running = log("running", Duration.ofDays(400));
        record(ProcessHandle.current().pid(), running);
        for (int number = 0; number < WatchLogs.KEPT_MAX; number++) {
            log("%03d".formatted(number), Duration.ofMinutes(number));
        }
        Path ended = log("ended", Duration.ofDays(8));
        record(Integer.MAX_VALUE, ended); // no process has such an id
        WatchLogs.removeOld(folder, CLOCK);
        assertThat(running).exists();
        assertThat(ended).doesNotExist();
        assertThat(WatchRecord.file(folder, Integer.MAX_VALUE)).doesNotExist();
        assertThat(names()).hasSize(WatchLogs.KEPT_MAX + 2); // with the running one's record
    }
}
