package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;

import java.time.Duration;
import java.util.OptionalLong;

/** A number of threads or of open file descriptors above or below a count. */
public record CountTrigger(Kind kind, Compare compare, long count, Duration holdFor)
        implements Trigger {
    /** What is counted. */
    public enum Kind {
        THREADS("threads", "Threads", Figure.THREADS),
        DESCRIPTORS("fds", "Descriptors", Figure.DESCRIPTORS);

        private final String label;
        private final String reason;
        private final Figure figure;

        Kind(String label, String reason, Figure figure) {
            this.label = label;
            this.reason = reason;
            this.figure = figure;
        }
    }

    @Override
    public Step step(State state, Sample sample) {
        OptionalLong found = sample.figures().get(kind.figure);
        Hold hold = Hold.of(state).next(compare.holds(found, count), sample);
        return hold.lasts(holdFor, sample)
                ? Step.fire(hold, firing(found.orElse(0), hold.time(sample)))
                : Step.quiet(hold);
    }

    private Firing firing(long found, Duration held) {
        return Firing.of(
                kind.reason,
                "%d %s%s (%s %d)"
                        .formatted(
                                found,
                                kind.label,
                                Words.heldFor(holdFor, held),
                                compare.sign(),
                                count),
                "condition",
                text(),
                kind.label,
                Long.toString(found),
                "threshold",
                Long.toString(count),
                "heldFor",
                Quantity.time(held));
    }

    @Override
    public State rearm(State state) {
        return Hold.of(state).afresh(holdFor);
    }

    @Override
    public Needs needs() {
        return Needs.of(kind.figure);
    }

    @Override
    public String text() {
        return "%s %s %d%s".formatted(kind.label, compare.sign(), count, Words.holdFor(holdFor));
    }
}
