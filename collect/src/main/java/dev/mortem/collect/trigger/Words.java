package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;

import java.time.Duration;
import java.util.Locale;

/** Numbers and times in the texts of triggers. */
final class Words {
    private Words() {}

    static String cores(double cores) {
        return String.format(Locale.ROOT, "%.2f", cores);
    }

    static String one(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** " for 2s", or nothing. */
    static String holdFor(Duration time) {
        return time.isZero() ? "" : " for " + Quantity.shortTime(time);
    }

    /** " for 2.0 s", or nothing. */
    static String heldFor(Duration wanted, Duration time) {
        return wanted.isZero() ? "" : " for " + Quantity.time(time);
    }
}
