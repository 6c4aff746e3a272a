package dev.mortem.analyze.report;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers, sizes, durations and times as text and HTML print them, the same on every machine. */
final class Quantity {
    private static final DateTimeFormatter LOCAL_TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss xxx", Locale.ROOT);

    private static final String[] BINARY_UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Quantity() {}

    /** "1 thread", "1,024 threads". */
    static String of(long count, String one) {
        return of(count, one, one + "s");
    }

    /** "1 entry", "2 entries". */
    static String of(long count, String one, String many) {
        return number(count) + " " + (count == 1 ? one : many);
    }

    static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** An unsigned size: "812 bytes", "12.3 MiB". */
    static String bytes(long bytes) {
        if (bytes >= 0 && bytes < 1024) {
            return of(bytes, "byte");
        }
        double value = (bytes >>> 1) * 2.0 / 1024;
        int unit = 0;
        while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, BINARY_UNITS[unit]);
    }

    /** The two largest units: "3 d 4 h", "2 min 5 s", "1.250 s", "37 ms". */
    static String duration(Duration duration) {
        if (duration.isNegative()) {
            return "-" + duration(duration.abs());
        }
        if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
            return duration.toMillis() + " ms";
        }
        if (duration.compareTo(Duration.ofMinutes(1)) < 0) {
            return String.format(Locale.ROOT, "%.3f s", duration.toMillis() / 1000.0);
        }
        if (duration.compareTo(Duration.ofHours(1)) < 0) {
            return duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
        }
        if (duration.compareTo(Duration.ofDays(1)) < 0) {
            return duration.toHours() + " h " + duration.toMinutesPart() + " min";
        }
        return number(duration.toDays()) + " d " + duration.toHoursPart() + " h";
    }

    /** "2026-11-21 11:43:12 +01:00"; UTC for a time that the zone's calendar cannot hold. */
    static String time(Instant time, ZoneId zone) {
        try {
            return LOCAL_TIME.format(time.atZone(zone));
        } catch (DateTimeException beyondTheCalendar) {
            return time.toString();
        }
    }

    /** The schema's name of a dump's format, in words. */
    static String dumpFormat(String format) {
        return switch (format) {
            case "elfCore" -> "ELF core";
            case "hprof" -> "heap dump";
            default -> format;
        };
    }
}
