package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** Disk traffic, or page faults that waited for a disk, per second, between two samples. */
public record RateTrigger(Kind kind, Compare compare, double perSecond, Duration holdFor)
        implements Trigger {
    /** What is counted. */
    public enum Kind {
        IO("io"),
        IO_READ("io(read)"),
        IO_WRITE("io(write)"),
        MAJOR_FAULTS("faults");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        private Set<Figure> figures() {
            return switch (this) {
                case IO -> Set.of(Figure.READ_BYTES, Figure.WRITTEN_BYTES);
                case IO_READ -> Set.of(Figure.READ_BYTES);
                case IO_WRITE -> Set.of(Figure.WRITTEN_BYTES);
                case MAJOR_FAULTS -> Set.of(Figure.MAJOR_FAULTS);
            };
        }

        private String amount(double perSecond) {
            return this == MAJOR_FAULTS
                    ? Words.one(perSecond) + "/s"
                    : Quantity.size(Math.round(perSecond)) + "/s";
        }

        private String amountAsWritten(double perSecond) {
            return this == MAJOR_FAULTS
                    ? Words.one(perSecond).replace(".0", "") + "/s"
                    : Quantity.shortSize(Math.round(perSecond)) + "/s";
        }
    }

    @Override
    public Step step(State state, Sample sample) {
        Growth before = Growth.of(state);
        OptionalLong counter = counter(sample.figures());
        OptionalDouble rate = before.rate(counter, sample, 1e9);
        Growth next = before.next(counter, compare.holds(rate, perSecond), sample);
        return next.hold().lasts(holdFor, sample)
                ? Step.fire(next, firing(rate.orElse(0), next.hold().time(sample)))
                : Step.quiet(next);
    }

    private OptionalLong counter(ProcessSample figures) {
        long sum = 0;
        for (Figure figure : kind.figures()) {
            OptionalLong part = figures.get(figure);
            if (part.isEmpty()) {
                return part;
            }
            sum += part.getAsLong();
        }
        return OptionalLong.of(sum);
    }

    private Firing firing(double rate, Duration held) {
        return Firing.of(
                kind == Kind.MAJOR_FAULTS ? "Faults" : "Io",
                "%s %s%s (%s %s)"
                        .formatted(
                                kind.label,
                                kind.amount(rate),
                                Words.heldFor(holdFor, held),
                                compare.sign(),
                                kind.amount(perSecond)),
                "condition",
                text(),
                "perSecond",
                Words.one(rate),
                "thresholdPerSecond",
                Words.one(perSecond),
                "heldFor",
                Quantity.time(held));
    }

    @Override
    public State rearm(State state) {
        return Growth.of(state).afresh(holdFor);
    }

    @Override
    public Needs needs() {
        return Needs.of(kind.figures().toArray(new Figure[0]));
    }

    @Override
    public String text() {
        return "%s %s %s%s"
                .formatted(
                        kind.label,
                        compare.sign(),
                        kind.amountAsWritten(perSecond),
                        Words.holdFor(holdFor));
    }
}
