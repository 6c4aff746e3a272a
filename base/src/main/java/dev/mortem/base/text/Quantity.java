package dev.mortem.base.text;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them and as messages print them. */
public final class Quantity {
    private static final Pattern NUMBER_WITH_UNIT =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-zA-Z]*)");

    private static final Map<String, Long> MILLIS_BY_UNIT =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    private static final Map<String, Long> BYTES_BY_UNIT = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("b", 1L),
            Map.entry("kb", 1_000L),
            Map.entry("mb", 1_000_000L),
            Map.entry("gb", 1_000_000_000L),
            Map.entry("tb", 1_000_000_000_000L),
            Map.entry("kib", 1L << 10),
            Map.entry("mib", 1L << 20),
            Map.entry("gib", 1L << 30),
            Map.entry("tib", 1L << 40));

    private Quantity() {}

    /**
     * {@code 250ms 10s 5m 2h}; a bare number is refused, so that nobody guesses its unit.
     *
     * @throws IllegalArgumentException for anything else; the message says what is allowed
     */
    public static Duration duration(String text) {
        return Duration.ofMillis(
                amount(text, MILLIS_BY_UNIT, "a duration such as 250ms, 10s, 5m or 2h"));
    }

    /**
     * {@code 100MB 2GiB}, or a plain number of bytes.
     *
     * @throws IllegalArgumentException for anything else; the message says what is allowed
     */
    public static long sizeBytes(String text) {
        return amount(text, BYTES_BY_UNIT, "a size such as 100MB or 2GiB");
    }

    /** "1.4 GB": decimal units, three digits at most. */
    public static String size(long sizeBytes) {
        String[] units = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
        double value = sizeBytes;
        int unit = 0;
        while (value >= 999.5 && unit + 1 < units.length) {
            value /= 1000;
            unit++;
        }
        String digits = unit == 0 || value >= 99.5 ? "%.0f" : value >= 9.95 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, digits, value) + " " + units[unit];
    }

    /** "0.3 ms", "28 ms", "1.4 s", "3 min 5 s", "2 h 10 min", "4 d 3 h". */
    public static String time(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 10 && !duration.isZero()) {
            double exact = Math.max(0.1, duration.toNanos() / 1e6);
            return String.format(Locale.ROOT, exact < 9.95 ? "%.1f" : "%.0f", exact)
                            .replace(".0", "")
                    + " ms";
        }
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        }
        if (millis < 3_600_000) {
            return millis / 60_000 + " min " + millis % 60_000 / 1000 + " s";
        }
        if (millis < 86_400_000) {
            return millis / 3_600_000 + " h " + millis % 3_600_000 / 60_000 + " min";
        }
        return millis / 86_400_000 + " d " + millis % 86_400_000 / 3_600_000 + " h";
    }

    /** Exactly, as {@link #duration} reads it: "250ms", "90s", "5m". */
    public static String shortTime(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds != 0 && seconds % 3600 == 0) {
            return seconds / 3600 + "h";
        }
        return seconds != 0 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }

    /** Exactly, as {@link #sizeBytes} reads it: "100MB", "2GiB", "12345". */
    public static String shortSize(long sizeBytes) {
        String[] units = {"TB", "TiB", "GB", "GiB", "MB", "MiB", "kB", "KiB"};
        for (String unit : units) {
            long bytes = BYTES_BY_UNIT.getOrDefault(unit.toLowerCase(Locale.ROOT), 1L);
            if (sizeBytes >= bytes && sizeBytes % bytes == 0) {
                return sizeBytes / bytes + unit;
            }
        }
        return Long.toString(sizeBytes);
    }

    private static long amount(String text, Map<String, Long> units, String allowed) {
        Matcher matcher = NUMBER_WITH_UNIT.matcher(text.strip());
        if (matcher.matches()) {
            Long unit = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
            BigDecimal number = new BigDecimal(matcher.group(1));
            if (unit != null) {
                BigDecimal amount = number.multiply(BigDecimal.valueOf(unit));
                if (amount.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0) {
                    return amount.longValue();
                }
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not " + allowed);
    }
}
