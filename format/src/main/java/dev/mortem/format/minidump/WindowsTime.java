package dev.mortem.format.minidump;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** FILETIME: 100 ns since 1601-01-01 UTC, and spans in the same unit (minwinbase.h). */
final class WindowsTime {
    private static final long TICKS_PER_SECOND = 10_000_000;
    private static final long SECONDS_1601_TO_1970 = 11_644_473_600L;

    private WindowsTime() {}

    /** Empty for 0, which means that nobody knows, and for what no clock would say. */
    static Optional<Instant> instant(long fileTime) {
        if (fileTime <= 0) {
            return Optional.empty();
        }
        return Optional.of(Instant.ofEpochSecond(
                fileTime / TICKS_PER_SECOND - SECONDS_1601_TO_1970,
                fileTime % TICKS_PER_SECOND * 100));
    }

    static Optional<Duration> span(long ticks) {
        return ticks < 0
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(
                        ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND * 100));
    }

    static long ticks(Instant time) {
        return (time.getEpochSecond() + SECONDS_1601_TO_1970) * TICKS_PER_SECOND
                + time.getNano() / 100;
    }

    static long ticks(Duration span) {
        return span.getSeconds() * TICKS_PER_SECOND + span.getNano() / 100;
    }
}
