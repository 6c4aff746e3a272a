package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * No thread of the process has run at all: no CPU time was used, and so no system call began or ended. The
 * kernel counts a process's CPU time in nanoseconds, so that the shortest run shows. A program with a timer
 * that ticks is never idle; "cpu &lt; 1% of core for 30s" is for those.
 */
public record IdleTrigger(Duration holdFor) implements Trigger {
    private record Seen(long nanos, OptionalLong cpuNanos, Hold hold) implements State {}

    @Override
    public Step step(State state, Sample sample) {
        OptionalLong cpuNanos = sample.figures().get(Figure.CPU_NANOS);
        if (!(state instanceof Seen before)) {
            return Step.quiet(new Seen(sample.nanos(), cpuNanos, Hold.NONE));
        }
        boolean known = cpuNanos.isPresent() && before.cpuNanos.isPresent();
        Optional<Boolean> met = known
                ? Optional.of(cpuNanos.getAsLong() == before.cpuNanos.getAsLong())
                : Optional.empty();
        Hold hold = before.hold.next(met, sample, before.nanos);
        Seen next = new Seen(sample.nanos(), cpuNanos, hold);
        return hold.lasts(holdFor, sample)
                ? Step.fire(next, firing(cpuNanos.orElse(0), hold.time(sample)))
                : Step.quiet(next);
    }

    private Firing firing(long cpuNanos, Duration held) {
        return Firing.of(
                "Idle",
                "no thread has run for " + Quantity.time(held),
                "condition",
                text(),
                "cpuSecondsInAll",
                Words.cores(cpuNanos / 1e9),
                "heldFor",
                Quantity.time(held));
    }

    @Override
    public State rearm(State state) {
        return State.ARMED;
    }

    @Override
    public Needs needs() {
        return Needs.of(Figure.CPU_NANOS);
    }

    @Override
    public String text() {
        return "idle" + Words.holdFor(holdFor);
    }
}
