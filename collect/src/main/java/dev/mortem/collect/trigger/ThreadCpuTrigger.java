package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;
import dev.mortem.os.SamplePlan;
import dev.mortem.os.ThreadSample;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** CPU use of some single thread above or below an amount, the same thread all the time. */
public record ThreadCpuTrigger(Compare compare, CpuAmount amount, Duration holdFor)
        implements Trigger {
    private record Seen(OptionalLong nanos, Map<Long, Measured> threads) implements State {
        static final Seen NOTHING = new Seen(OptionalLong.empty(), Map.of());
    }

    /** One thread as it was at the sample before. */
    private record Measured(long cpuNanos, double cores, Hold hold) {}

    @Override
    public Step step(State state, Sample sample) {
        Seen before = state instanceof Seen seen ? seen : Seen.NOTHING;
        OptionalDouble threshold = amount.cores(sample.figures());
        Map<Long, Measured> threads = new HashMap<>();
        Optional<Firing> firing = Optional.empty();
        double busiest = -1;
        for (ThreadSample each : sample.figures().threads().orElse(List.of())) {
            Measured thread = next(before, each, threshold, sample);
            threads.put(each.tid(), thread);
            if (thread.hold.lasts(holdFor, sample) && thread.cores > busiest) {
                busiest = thread.cores;
                firing = Optional.of(firing(each.tid(), thread, threshold.orElse(0), sample));
            }
        }
        return new Step(new Seen(OptionalLong.of(sample.nanos()), threads), firing);
    }

    private Measured next(
            Seen before, ThreadSample thread, OptionalDouble threshold, Sample sample) {
        Optional<Measured> known = Optional.ofNullable(before.threads.get(thread.tid()));
        Hold hold = known.map(Measured::hold).orElse(Hold.NONE);
        long window = sample.nanos() - before.nanos.orElse(sample.nanos());
        boolean measured = known.isPresent() && window > 0 && !sample.afterGap();
        if (!measured) {
            return new Measured(thread.cpuNanos(), 0, hold.next(Optional.empty(), sample));
        }
        double cores = (double) (thread.cpuNanos() - known.get().cpuNanos) / window;
        Optional<Boolean> met = threshold.isPresent()
                ? Optional.of(compare.holds(cores, threshold.getAsDouble()))
                : Optional.empty();
        long from = before.nanos.orElse(sample.nanos());
        return new Measured(thread.cpuNanos(), cores, hold.next(met, sample, from));
    }

    private Firing firing(long tid, Measured thread, double threshold, Sample sample) {
        Duration held = thread.hold.time(sample);
        return Firing.of(
                "Cpu",
                "thread %d: cpu %s cores%s (%s %s cores)"
                        .formatted(
                                tid,
                                Words.cores(thread.cores),
                                Words.heldFor(holdFor, held),
                                compare.sign(),
                                Words.cores(threshold)),
                "condition",
                text(),
                "threadId",
                Long.toString(tid),
                "cpuCores",
                Words.cores(thread.cores),
                "thresholdCores",
                Words.cores(threshold),
                "heldFor",
                Quantity.time(held));
    }

    /** A measurement across the dump says nothing: each thread begins with its next two samples. */
    @Override
    public State rearm(State state) {
        Map<Long, Measured> threads = new HashMap<>();
        if (state instanceof Seen seen) {
            seen.threads.forEach((tid, thread) -> threads.put(
                    tid,
                    new Measured(
                            thread.cpuNanos,
                            0,
                            thread.hold.sinceNanos().isPresent()
                                    ? thread.hold.afresh(holdFor)
                                    : thread.hold)));
        }
        return new Seen(OptionalLong.empty(), threads);
    }

    @Override
    public Needs needs() {
        Set<Figure> figures = amount.unit() == CpuAmount.Unit.PERCENT_OF_QUOTA
                ? Set.of(Figure.QUOTA_MILLICORES)
                : Set.of();
        return Needs.of(new SamplePlan(figures, true, false));
    }

    @Override
    public String text() {
        return "cpu(thread) %s %s%s"
                .formatted(compare.sign(), amount.text(), Words.holdFor(holdFor));
    }
}
