package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The share of time in which tasks waited for a processor, memory or a disk (psi.rst), between two samples:
 * of the process's cgroup where that keeps it, else of the machine.
 */
public record PressureTrigger(Kind kind, Compare compare, double percent, Duration holdFor)
        implements Trigger {
    /** What is waited for: "some" task waits, or all do ("full"). */
    public enum Kind {
        CPU("cpu", Figure.PRESSURE_CPU_SOME_MICROS),
        MEMORY("memory", Figure.PRESSURE_MEMORY_SOME_MICROS),
        MEMORY_FULL("memory full", Figure.PRESSURE_MEMORY_FULL_MICROS),
        IO("io", Figure.PRESSURE_IO_SOME_MICROS),
        IO_FULL("io full", Figure.PRESSURE_IO_FULL_MICROS);

        private final String label;
        private final Figure figure;

        Kind(String label, Figure figure) {
            this.label = label;
            this.figure = figure;
        }

        /** As the condition language names it. */
        public String label() {
            return label;
        }
    }

    private record Seen(OptionalLong nanos, OptionalLong micros, Hold hold) implements State {
        static final Seen NOTHING = new Seen(OptionalLong.empty(), OptionalLong.empty(), Hold.NONE);
    }

    @Override
    public Step step(State state, Sample sample) {
        Seen before = state instanceof Seen seen ? seen : Seen.NOTHING;
        OptionalLong micros = sample.figures().get(kind.figure);
        OptionalDouble share = share(before, micros, sample);
        Optional<Boolean> met = share.isPresent()
                ? Optional.of(compare.holds(share.getAsDouble(), percent))
                : Optional.empty();
        Hold hold = before.hold.next(met, sample, before.nanos.orElse(sample.nanos()));
        Seen next = new Seen(OptionalLong.of(sample.nanos()), micros, hold);
        return hold.lasts(holdFor, sample)
                ? Step.fire(next, firing(share.orElse(0), hold.time(sample)))
                : Step.quiet(next);
    }

    private static OptionalDouble share(Seen before, OptionalLong micros, Sample sample) {
        long window = sample.nanos() - before.nanos.orElse(sample.nanos());
        boolean known = micros.isPresent() && before.micros.isPresent() && !sample.afterGap();
        return known && window > 0
                ? OptionalDouble.of((micros.getAsLong() - before.micros.getAsLong()) * 1e5 / window)
                : OptionalDouble.empty();
    }

    private Firing firing(double share, Duration held) {
        return Firing.of(
                "Pressure",
                "pressure on %s %s %%%s (%s %s %%)"
                        .formatted(
                                kind.label,
                                Words.one(share),
                                Words.heldFor(holdFor, held),
                                compare.sign(),
                                Words.one(percent)),
                "condition",
                text(),
                "pressurePercent",
                Words.one(share),
                "thresholdPercent",
                Words.one(percent),
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
        return Needs.of(kind.figure);
    }

    @Override
    public String text() {
        return "pressure(%s) %s %s%%%s"
                .formatted(
                        kind.label,
                        compare.sign(),
                        Words.one(percent).replace(".0", ""),
                        Words.holdFor(holdFor));
    }
}
