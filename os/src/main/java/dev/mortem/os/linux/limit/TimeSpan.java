package dev.mortem.os.linux.limit;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Time spans as systemd writes them (systemd.time(7)): "30", "1min 30s", "500ms", "infinity". */
final class TimeSpan {
    private static final Pattern PART =
            Pattern.compile("\\G\\s*(\\d{1,18}(?:\\.\\d{1,9})?|\\.\\d{1,9})\\s*([a-zA-Zµμ]*)");

    /** Some centuries: more than anybody means, and a number of nanoseconds in 63 bits. */
    private static final BigDecimal NANOS_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    private static final long SECOND = 1_000_000_000;
    private static final long DAY = 86_400 * SECOND;
    private static final long YEAR = DAY / 100 * 36525;
    private static final long MONTH = YEAR / 12;

    /** A year is 365.25 days and a month its twelfth; a number alone is seconds. */
    private static final Map<String, Long> NANOS_BY_UNIT = Map.ofEntries(
            Map.entry("", SECOND),
            Map.entry("usec", 1_000L),
            Map.entry("us", 1_000L),
            Map.entry("µs", 1_000L),
            Map.entry("μs", 1_000L),
            Map.entry("msec", 1_000_000L),
            Map.entry("ms", 1_000_000L),
            Map.entry("seconds", SECOND),
            Map.entry("second", SECOND),
            Map.entry("sec", SECOND),
            Map.entry("s", SECOND),
            Map.entry("minutes", 60 * SECOND),
            Map.entry("minute", 60 * SECOND),
            Map.entry("min", 60 * SECOND),
            Map.entry("m", 60 * SECOND),
            Map.entry("hours", 3600 * SECOND),
            Map.entry("hour", 3600 * SECOND),
            Map.entry("hr", 3600 * SECOND),
            Map.entry("h", 3600 * SECOND),
            Map.entry("days", DAY),
            Map.entry("day", DAY),
            Map.entry("d", DAY),
            Map.entry("weeks", 7 * DAY),
            Map.entry("week", 7 * DAY),
            Map.entry("w", 7 * DAY),
            Map.entry("months", MONTH),
            Map.entry("month", MONTH),
            Map.entry("M", MONTH),
            Map.entry("years", YEAR),
            Map.entry("year", YEAR),
            Map.entry("y", YEAR));

    private TimeSpan() {}

    /** Empty for "infinity", for more than centuries, and for what is no time span. */
    static Optional<Duration> parse(String text) {
        Matcher part = PART.matcher(text);
        BigDecimal nanos = BigDecimal.ZERO;
        int end = 0;
        while (part.find()) {
            Long unit = NANOS_BY_UNIT.get(part.group(2));
            if (unit == null) {
                return Optional.empty();
            }
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
            end = part.end();
        }
        boolean isWhole = end > 0 && text.substring(end).isBlank();
        return isWhole && nanos.compareTo(NANOS_MAX) <= 0
                ? Optional.of(Duration.ofNanos(nanos.longValue()))
                : Optional.empty();
    }
}
