package dev.mortem.collect.trigger;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Of a trigger that compares how fast a counter grew between two samples.
 *
 * @param nanos when the counter was read; empty before the first sample
 * @param counter empty where it could not be read
 */
record Growth(OptionalLong nanos, OptionalLong counter, Hold hold) implements State {
    private static final Growth NOTHING =
            new Growth(OptionalLong.empty(), OptionalLong.empty(), Hold.NONE);

    static Growth of(State state) {
        return state instanceof Growth growth ? growth : NOTHING;
    }

    /** How much it grew in a nanosecond, times {@code scale}; empty while that is not known. */
    OptionalDouble rate(OptionalLong now, Sample sample, double scale) {
        long window = sample.nanos() - nanos.orElse(sample.nanos());
        boolean known = now.isPresent() && counter.isPresent() && !sample.afterGap();
        return known && window > 0
                ? OptionalDouble.of((now.getAsLong() - counter.getAsLong()) * scale / window)
                : OptionalDouble.empty();
    }

    /** @param met of the time since the sample before */
    Growth next(OptionalLong now, Optional<Boolean> met, Sample sample) {
        return new Growth(
                OptionalLong.of(sample.nanos()),
                now,
                hold.next(met, sample, nanos.orElse(sample.nanos())));
    }

    /** Growth must be measured afresh too: the process stood while it was dumped. */
    Growth afresh(Duration holdFor) {
        return new Growth(OptionalLong.empty(), OptionalLong.empty(), hold.afresh(holdFor));
    }
}
