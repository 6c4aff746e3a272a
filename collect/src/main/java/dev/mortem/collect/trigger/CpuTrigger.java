package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * CPU use of the whole process above or below an amount. What is compared is the use between two samples:
 * never since the process began, which hides a spike of a worker that was idle for an hour.
 */
public record CpuTrigger(Compare compare, CpuAmount amount, Duration holdFor) implements Trigger {
    private record Seen(OptionalLong nanos, OptionalLong cpuNanos, Hold hold) implements State {
        static final Seen NOTHING = new Seen(OptionalLong.empty(), OptionalLong.empty(), Hold.NONE);
    }

    @Override
    public Step step(State state, Sample sample) {
        Seen before = state instanceof Seen seen ? seen : Seen.NOTHING;
        OptionalLong cpuNanos = sample.figures().get(Figure.CPU_NANOS);
        OptionalDouble cores = cores(before, sample, cpuNanos);
        OptionalDouble threshold = amount.cores(sample.figures());
        Optional<Boolean> met = cores.isPresent() && threshold.isPresent()
                ? Optional.of(compare.holds(cores.getAsDouble(), threshold.getAsDouble()))
                : Optional.empty();
        Hold hold = before.hold.next(met, sample, before.nanos.orElse(sample.nanos()));
        Seen next = new Seen(OptionalLong.of(sample.nanos()), cpuNanos, hold);
        return hold.lasts(holdFor, sample)
                ? Step.fire(next, firing(cores.orElse(0), threshold.orElse(0), hold, sample))
                : Step.quiet(next);
    }

    private static OptionalDouble cores(Seen before, Sample sample, OptionalLong cpuNanos) {
        boolean known = cpuNanos.isPresent() && before.cpuNanos.isPresent() && !sample.afterGap();
        long window = sample.nanos() - before.nanos.orElse(sample.nanos());
        return known && window > 0
                ? OptionalDouble.of(
                        (double) (cpuNanos.getAsLong() - before.cpuNanos.getAsLong()) / window)
                : OptionalDouble.empty();
    }

    private Firing firing(double cores, double threshold, Hold hold, Sample sample) {
        Duration held = hold.time(sample);
        OptionalLong machine = sample.figures().get(Figure.MACHINE_CORES);
        return Firing.of(
                "Cpu",
                "cpu %s cores%s (%s %s cores)"
                        .formatted(
                                Words.cores(cores),
                                Words.heldFor(holdFor, held),
                                compare.sign(),
                                Words.cores(threshold)),
                "condition",
                text(),
                "cpuCores",
                Words.cores(cores),
                "thresholdCores",
                Words.cores(threshold),
                "machineCores",
                machine.isPresent() ? Long.toString(machine.getAsLong()) : "",
                "heldFor",
                Quantity.time(held));
    }

    /** The use must be measured afresh too: the process stood while it was dumped. */
    @Override
    public State rearm(State state) {
        Hold hold = state instanceof Seen seen ? seen.hold : Hold.NONE;
        return new Seen(OptionalLong.empty(), OptionalLong.empty(), hold.afresh(holdFor));
    }

    @Override
    public Needs needs() {
        return amount.unit() == CpuAmount.Unit.PERCENT_OF_QUOTA
                ? Needs.of(Figure.CPU_NANOS, Figure.QUOTA_MILLICORES)
                : Needs.of(Figure.CPU_NANOS);
    }

    @Override
    public String text() {
        return "cpu %s %s%s".formatted(compare.sign(), amount.text(), Words.holdFor(holdFor));
    }
}
