package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;

import java.time.Duration;
import java.util.Optional;
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

    private record Seen(OptionalLong nanos, OptionalLong counter, Hold hold) implements State {
        static final Seen NOTHING = new Seen(OptionalLong.empty(), OptionalLong.empty(), Hold.NONE);
    }

    @Override
    public Step step(State state, Sample sample) {
        Seen before = state instanceof Seen seen ? seen : Seen.NOTHING;
        OptionalLong counter = counter(sample.figures());
        OptionalDouble rate = rate(before, counter, sample);
        Optional<Boolean> met = rate.isPresent()
                ? Optional.of(compare.holds(rate.getAsDouble(), perSecond))
                : Optional.empty();
        Hold hold = before.hold.next(met, sample, before.nanos.orElse(sample.nanos()));
        Seen next = new Seen(OptionalLong.of(sample.nanos()), counter, hold);
        return hold.lasts(holdFor, sample)
                ? Step.fire(next, firing(rate.orElse(0), hold.time(sample)))
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

    private static OptionalDouble rate(Seen before, OptionalLong counter, Sample sample) {
        long window = sample.nanos() - before.nanos.orElse(sample.nanos());
        boolean known = counter.isPresent() && before.counter.isPresent() && !sample.afterGap();
        return known && window > 0
                ? OptionalDouble.of(
                        (counter.getAsLong() - before.counter.getAsLong()) * 1e9 / window)
                : OptionalDouble.empty();
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
        Hold hold = state instanceof Seen seen ? seen.hold : Hold.NONE;
        return new Seen(OptionalLong.empty(), OptionalLong.empty(), hold.afresh(holdFor));
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
