package dev.mortem.collect.trigger;

import dev.mortem.os.SamplePlan;
import dev.mortem.os.ThreadSample;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A thread began or ended between two samples; one that did both in between is not seen. */
public record ThreadTrigger(boolean started) implements Trigger {
    private record Seen(Set<Long> tids) implements State {}

    @Override
    public Step step(State state, Sample sample) {
        Optional<Set<Long>> now = sample.figures()
                .threads()
                .map(threads ->
                        threads.stream().map(ThreadSample::tid).collect(Collectors.toSet()));
        if (now.isEmpty()) {
            return Step.quiet(state);
        }
        Seen next = new Seen(now.get());
        if (!(state instanceof Seen before)) {
            return Step.quiet(next);
        }
        Set<Long> news = new TreeSet<>(started ? now.get() : before.tids);
        news.removeAll(started ? before.tids : now.get());
        return news.isEmpty()
                ? Step.quiet(next)
                : Step.fire(next, firing(news, now.get().size()));
    }

    private Firing firing(Set<Long> tids, int threads) {
        String all = tids.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return Firing.of(
                started ? "Thread_start" : "Thread_end",
                "thread %s %s; %d threads".formatted(all, started ? "started" : "ended", threads),
                "condition",
                text(),
                "threadIds",
                all,
                "threads",
                Integer.toString(threads));
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return Needs.of(new SamplePlan(Set.of(), true, false));
    }

    @Override
    public String text() {
        return "thread " + (started ? "start" : "end");
    }
}
