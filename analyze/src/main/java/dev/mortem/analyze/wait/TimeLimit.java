package dev.mortem.analyze.wait;

import dev.mortem.base.snapshot.MemoryReader;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How long a wait may last.
 *
 * @param atMost from its begin on; empty where a moment was given instead
 * @param until the moment, by the system's clock; empty also where it is one of a clock that counts from
 *     the system's start, which the dump does not have
 */
public record TimeLimit(Optional<Duration> atMost, Optional<Instant> until) {
    private static final long NANOS_MAX = 999_999_999;
    /** A wait of more than a hundred years is somebody's "for ever", or no time at all. */
    private static final long SECONDS_MAX = 100L * 366 * 24 * 3600;

    private static final int TIMER_ABSTIME = 1;

    /** What an argument holds (struct timespec and timeval: time.h; clock_nanosleep(2)). */
    enum Form {
        /** Milliseconds in the register; negative for no limit. */
        MILLISECONDS,
        /** A pointer to a timespec of two longs; null for no limit. */
        TIMESPEC,
        /** A pointer to one of two 64-bit numbers, also in 32-bit programs. */
        TIMESPEC64,
        /** A pointer to a timeval of two longs: seconds and microseconds. */
        TIMEVAL,
        /** A timespec that is a moment of the system's clock. */
        UNTIL,
        /** A timespec that is a moment of a clock from the system's start on. */
        MONOTONIC,
        /** clock_nanosleep: a moment of the clock of argument 0 where argument 1 says so. */
        SLEEP,
        /** The same with a 64-bit timespec. */
        SLEEP64
    }

    static TimeLimit of(Duration atMost) {
        return new TimeLimit(Optional.of(atMost), Optional.empty());
    }

    /** What the call's arguments say; empty for no limit, and where they cannot be read. */
    static Optional<TimeLimit> of(SystemCalls.Limit limit, CallSite site, MemoryReader memory) {
        if (limit.argument() < 0 || site.argument(limit.argument()).isEmpty()) {
            return Optional.empty();
        }
        long value = site.argument(limit.argument()).getAsLong();
        return switch (limit.form()) {
            case MILLISECONDS -> {
                int millis = (int) value;
                yield millis < 0 ? Optional.empty() : Optional.of(of(Duration.ofMillis(millis)));
            }
            case TIMESPEC -> time(memory, value, false, 1).map(TimeLimit::of);
            case TIMESPEC64 -> time(memory, value, true, 1).map(TimeLimit::of);
            case TIMEVAL -> time(memory, value, false, 1000).map(TimeLimit::of);
            case UNTIL -> moment(memory, value, false, true);
            case MONOTONIC -> moment(memory, value, true, false);
            case SLEEP, SLEEP64 -> {
                boolean wide = limit.form() == Form.SLEEP64;
                boolean moment = (site.argument(1).orElse(0) & TIMER_ABSTIME) != 0;
                yield moment
                        ? moment(memory, value, wide, site.argument(0).orElse(1) == 0)
                        : time(memory, value, wide, 1).map(TimeLimit::of);
            }
        };
    }

    /** A limit that is a moment; empty for a null pointer. */
    static Optional<TimeLimit> moment(
            MemoryReader memory, long address, boolean wide, boolean systemClock) {
        if (address == 0) {
            return Optional.empty();
        }
        Optional<Instant> until = systemClock
                ? time(memory, address, wide, 1).flatMap(TimeLimit::instant)
                : Optional.empty();
        return Optional.of(new TimeLimit(Optional.empty(), until));
    }

    private static Optional<Instant> instant(Duration sinceEpoch) {
        try {
            return Optional.of(Instant.EPOCH.plus(sinceEpoch));
        } catch (DateTimeException | ArithmeticException farAway) {
            return Optional.empty();
        }
    }

    /** A timespec or timeval; empty for a null pointer and for what is none. */
    static Optional<Duration> time(
            MemoryReader memory, long address, boolean wide, int nanosPerUnit) {
        int size = wide ? 8 : memory.machine().pointerSizeBytes();
        OptionalLong seconds = address == 0 ? OptionalLong.empty() : memory.unsigned(address, size);
        OptionalLong part = address == 0 ? OptionalLong.empty() : memory.u4(address + size);
        return seconds.isEmpty()
                        || part.isEmpty()
                        || Long.compareUnsigned(seconds.getAsLong(), SECONDS_MAX) > 0
                        || part.getAsLong() > NANOS_MAX / nanosPerUnit
                ? Optional.empty()
                : Optional.of(
                        Duration.ofSeconds(seconds.getAsLong(), part.getAsLong() * nanosPerUnit));
    }

    /** "for at most 30 s", "until 2026-01-02T03:04:05Z", "with a time limit". */
    public String text() {
        return atMost.map(limit -> "for at most " + length(limit))
                .or(() -> until.map(moment -> "until " + moment.truncatedTo(ChronoUnit.SECONDS)))
                .orElse("with a time limit");
    }

    /** "250 ms", "30 s", "2 h 5 min". */
    static String length(Duration length) {
        if (length.toMillis() < 1000) {
            return length.toMillis() + " ms";
        }
        if (length.toSeconds() < 120) {
            long tenths = length.toMillisPart() / 100;
            return length.toSeconds() + (tenths == 0 ? "" : "." + tenths) + " s";
        }
        return length.toHours() < 2
                ? length.toMinutes() + " min"
                        + (length.toSecondsPart() == 0 ? "" : " " + length.toSecondsPart() + " s")
                : length.toHours() + " h"
                        + (length.toMinutesPart() == 0
                                ? ""
                                : " " + length.toMinutesPart() + " min");
    }
}
