package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;

import java.time.Duration;
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

    @Override
    public Step step(State state, Sample sample) {
        Growth before = Growth.of(state);
        OptionalLong micros = sample.figures().get(kind.figure);
        OptionalDouble share = before.rate(micros, sample, 1e5);
        Growth next = before.next(micros, compare.holds(share, percent), sample);
        return next.hold().lasts(holdFor, sample)
                ? Step.fire(next, firing(share.orElse(0), next.hold().time(sample)))
                : Step.quiet(next);
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
        return Growth.of(state).afresh(holdFor);
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
