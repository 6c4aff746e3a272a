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
    @Override
    public Step step(State state, Sample sample) {
        Growth before = Growth.of(state);
        OptionalLong cpuNanos = sample.figures().get(Figure.CPU_NANOS);
        OptionalDouble cores = before.rate(cpuNanos, sample, 1);
        OptionalDouble threshold = amount.cores(sample.figures());
        Optional<Boolean> met = threshold.isPresent()
                ? compare.holds(cores, threshold.getAsDouble())
                : Optional.empty();
        Growth next = before.next(cpuNanos, met, sample);
        return next.hold().lasts(holdFor, sample)
                ? Step.fire(next, firing(cores.orElse(0), threshold.orElse(0), next.hold(), sample))
                : Step.quiet(next);
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

    @Override
    public State rearm(State state) {
        return Growth.of(state).afresh(holdFor);
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
