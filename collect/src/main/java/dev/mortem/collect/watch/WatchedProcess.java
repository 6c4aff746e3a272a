package dev.mortem.collect.watch;

import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.Firing;
import dev.mortem.collect.trigger.Sample;
import dev.mortem.collect.trigger.State;
import dev.mortem.collect.trigger.Step;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.ProcessSampler.SampledProcess;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One process that is watched: its triggers' states, and what is still to be done about it. */
final class WatchedProcess implements AutoCloseable {
    private final SampledProcess sampled;
    private final Optional<TracedEvents> traced;
    private final List<Trigger> triggers;
    private final List<State> states = new ArrayList<>();
    private final List<Boolean> fired = new ArrayList<>();
    private final List<Event> kept = new ArrayList<>();
    private final long gapNanos;
    private ProcessEntry entry;
    private OptionalLong lastNanos = OptionalLong.empty();
    private Optional<PendingActs> pending = Optional.empty();
    private boolean hasGap;
    private Optional<Long> quietUntilNanos = Optional.empty();

    /** What a firing still asks for. */
    record PendingActs(Firing firing, int nextNumber, long dueNanos, long giveUpNanos) {}

    WatchedProcess(
            ProcessEntry entry,
            SampledProcess sampled,
            Optional<TracedEvents> traced,
            List<Trigger> triggers,
            long gapNanos) {
        this.entry = entry;
        this.sampled = sampled;
        this.traced = traced;
        this.triggers = triggers;
        this.gapNanos = gapNanos;
        triggers.forEach(trigger -> {
            states.add(State.ARMED);
            fired.add(false);
        });
    }

    ProcessEntry entry() {
        return entry;
    }

    void entry(ProcessEntry newer) {
        entry = newer;
    }

    SampledProcess sampled() {
        return sampled;
    }

    /** Whether its last sample is not older than that. */
    boolean wasSampledWithin(long nowNanos, long nanos) {
        return lastNanos.isPresent() && nowNanos - lastNanos.getAsLong() < nanos;
    }

    Optional<TracedEvents> traced() {
        return traced;
    }

    /** For the next sample: none is taken now. */
    void keep(List<Event> events) {
        kept.addAll(events);
    }

    /** Takes a sample and tells the triggers; what fires, in one. */
    Optional<Firing> step(List<Event> events, LocalDateTime wallTime) {
        List<Event> all = new ArrayList<>(kept);
        all.addAll(events);
        kept.clear();
        ProcessSample figures = sampled.sample();
        boolean afterGap = hasGap
                || (lastNanos.isPresent()
                        && figures.takenNanos() - lastNanos.getAsLong() > gapNanos);
        hasGap = false;
        lastNanos = OptionalLong.of(figures.takenNanos());
        return step(new Sample(figures, wallTime, all, afterGap), false);
    }

    /**
     * Tells those triggers of an event that wait for such. Others measure from sample to sample, and are not
     * told what comes between.
     */
    Optional<Firing> stepBetween(Event event, LocalDateTime wallTime) {
        return step(new Sample(sampled.sample(), wallTime, List.of(event), false), true);
    }

    private Optional<Firing> step(Sample sample, boolean onlyTraced) {
        List<Firing> firings = new ArrayList<>();
        for (int index = 0; index < triggers.size(); index++) {
            if (onlyTraced && !TracedEvents.areNeeded(triggers.get(index).needs())) {
                fired.set(index, false);
                continue;
            }
            Step step = triggers.get(index).step(states.get(index), sample);
            states.set(index, step.next());
            fired.set(index, step.firing().isPresent());
            step.firing().ifPresent(firings::add);
        }
        return firings.isEmpty() ? Optional.empty() : Optional.of(Firing.merged(firings));
    }

    /** Those that fired must be met afresh. */
    void rearm() {
        for (int index = 0; index < triggers.size(); index++) {
            if (fired.get(index)) {
                states.set(index, triggers.get(index).rearm(states.get(index)));
            }
        }
    }

    Optional<PendingActs> pending() {
        return pending;
    }

    void pending(Optional<PendingActs> next) {
        pending = next;
    }

    /** The time that an act took is no time that anything was seen in. */
    void acted() {
        hasGap = true;
    }

    boolean isQuiet(long nowNanos) {
        return quietUntilNanos.filter(until -> nowNanos - until < 0).isPresent();
    }

    void quietUntil(long nanos) {
        quietUntilNanos = Optional.of(nanos);
    }

    @Override
    public void close() {
        traced.ifPresent(TracedEvents::close);
        sampled.close();
    }
}
