package dev.mortem.os.linux.limit;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Amounts as people read them. */
final class Wording {
    private static final List<String> UNITS = List.of("bytes", "KiB", "MiB", "GiB", "TiB", "PiB");

    private Wording() {}

    /** "512 MiB", "1.5 GiB": one decimal below ten where it is not nought. */
    static String bytes(long bytes) {
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit + 1 < UNITS.size()) {
            value /= 1024;
            unit++;
        }
        String number = String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
        return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number)
                + " "
                + UNITS.get(unit);
    }

    /** "10 s", "1.5 s", "500 ms". */
    static String time(Duration time) {
        if (time.compareTo(Duration.ofSeconds(1)) < 0) {
            return time.toMillis() + " ms";
        }
        BigDecimal seconds = BigDecimal.valueOf(time.toSeconds())
                .add(BigDecimal.valueOf(time.toMillisPart(), 3))
                .setScale(3, RoundingMode.UNNECESSARY)
                .stripTrailingZeros();
        return seconds.toPlainString() + " s";
    }
}
