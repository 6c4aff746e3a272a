package dev.mortem.collect.trigger;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How long a condition has been true without a break.
 *
 * @param sinceNanos when it became true; empty while it is not
 * @param spent whether it was acted on, and must become untrue before it counts again
 */
record Hold(OptionalLong sinceNanos, boolean spent) implements State {
    static final Hold NONE = new Hold(OptionalLong.empty(), false);

    private static final Hold SPENT = new Hold(OptionalLong.empty(), true);

    /** Of a trigger that remembers nothing else. */
    static Hold of(State state) {
        return state instanceof Hold hold ? hold : NONE;
    }

    /** @param met empty while nobody can tell: then it is not true, and has not become untrue either */
    Hold next(Optional<Boolean> met, Sample sample) {
        return next(met, sample, sample.nanos());
    }

    /** @param fromNanos since when it is true at least: the sample before, for what is measured in between */
    Hold next(Optional<Boolean> met, Sample sample, long fromNanos) {
        if (spent && met.orElse(true)) {
            return this;
        }
        if (!met.orElse(false)) {
            return NONE;
        }
        boolean begins = sinceNanos.isEmpty() || sample.afterGap();
        return begins ? new Hold(OptionalLong.of(fromNanos), false) : this;
    }

    /** Whether it has been true for that long; an untrue or spent one never has. */
    boolean lasts(Duration wanted, Sample sample) {
        return sinceNanos.isPresent()
                && sample.nanos() - sinceNanos.getAsLong() >= wanted.toNanos();
    }

    Duration time(Sample sample) {
        return Duration.ofNanos(sample.nanos() - sinceNanos.orElse(sample.nanos()));
    }

    Hold afresh(Duration wanted) {
        return wanted.isZero() ? SPENT : NONE;
    }
}
