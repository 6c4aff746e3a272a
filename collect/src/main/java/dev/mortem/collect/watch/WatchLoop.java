package dev.mortem.collect.watch;

import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.Firing;
import dev.mortem.collect.trigger.Needs;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.WatchEnd.Why;
import dev.mortem.collect.watch.WatchedProcess.PendingActs;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.ProcessSampler.SampledProcess;
import dev.mortem.os.SamplePlan;
import dev.mortem.os.TargetException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Watches processes: samples each at the plan's pace, tells the triggers, acts when one fires. One thread
 * does all of it, acts too: while a dump is written nothing is sampled, and conditions with a time begin
 * anew after it.
 */
public final class WatchLoop {
    /** How often new processes are looked for: each look reads some files of every process. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** Where arrivals are told: for those that come to fit later, by a port that they open. */
    private static final Duration LOOK_EVERY_ARRIVALS = Duration.ofSeconds(5);

    /** While none is there, a short-lived one must not be missed. */
    private static final Duration LOOK_EVERY_AWAITING = Duration.ofMillis(100);

    /** Among ten thousand processes a look takes a second; it is to be a small share of the time. */
    private static final int LOOK_SHARE = 10;

    /** A thread that is held at a signal that it handles stands for as long. */
    private static final Duration TRACED_EVERY = Duration.ofMillis(10);

    /** Another's dump takes seconds; a debugger stays. */
    private static final Duration BUSY_MAX = Duration.ofSeconds(30);

    /** Failures in a row that will not mend themselves. */
    private static final int FAILURES_MAX = 5;

    /** Samples later than this many intervals, and at least a second, leave a gap. */
    private static final int GAP_INTERVALS = 3;

    private final WatchPlan plan;
    private final Targets targets;
    private final ProcessControl control;
    private final ProcessSampler sampler;
    private final EventSource source;
    private final Actor actor;
    private final Pace pace;
    private final WatchListener listener;
    private final Needs needs;
    private final Map<Long, WatchedProcess> watched = new TreeMap<>();
    private final Set<Long> passedOver = new HashSet<>();
    private final SeizedArrivals seized;
    private Optional<TargetException> refusal = Optional.empty();
    private int firings;
    private int failures;
    private int failuresInARow;
    private boolean everWatched;
    private boolean isHopeless;

    /** @param seized what somebody else traces already of those that arrive */
    public WatchLoop(
            WatchPlan plan,
            Targets targets,
            ProcessControl control,
            ProcessSampler sampler,
            EventSource source,
            Actor actor,
            Pace pace,
            WatchListener listener,
            SeizedArrivals seized) {
        this.plan = plan;
        this.targets = targets;
        this.control = control;
        this.sampler = sampler;
        this.source = source;
        this.actor = actor;
        this.pace = pace;
        this.listener = listener;
        this.needs = plan.needs();
        this.seized = seized;
    }

    /**
     * Watches until there is nothing more to do.
     *
     * @param first the processes that are there already; whatever is found later has started meanwhile
     * @throws TargetException when there is none to watch, and none is awaited
     */
    public WatchEnd run(List<ProcessEntry> first) throws TargetException {
        try {
            return watch(first);
        } finally {
            watched.values().forEach(WatchedProcess::close);
            seized.want(false);
        }
    }

    private WatchEnd watch(List<ProcessEntry> first) throws TargetException {
        long began = pace.nanos();
        admit(first, false);
        if (watched.isEmpty() && !plan.await() && !plan.follow()) {
            throw refusal.orElseGet(() -> new TargetException(
                    TargetException.Kind.EXITED, "the process ended meanwhile"));
        }
        if (watched.isEmpty()) {
            listener.awaiting();
        }
        long nextSample = began + interval();
        long nextLook = began;
        while (true) {
            long now = pace.nanos();
            takeArrivals();
            if (looks() && now - nextLook >= 0) {
                lookForNewcomers();
                long took = pace.nanos() - now;
                nextLook = now + Math.max(lookEvery(), took * LOOK_SHARE);
            }
            takeTraced();
            if (now - nextSample >= 0) {
                sampleAll();
                nextSample = Math.max(nextSample, now - interval()) + interval();
            }
            Optional<Why> end = end(began);
            if (end.isPresent()) {
                return new WatchEnd(end.get(), firings, failures);
            }
            if (!pace.awaitUntil(nextWake(nextSample, nextLook))) {
                return new WatchEnd(Why.CANCELLED, firings, failures);
            }
        }
    }

    private long nextWake(long nextSample, long nextLook) {
        long next = looks() ? Math.min(nextSample, nextLook) : nextSample;
        boolean traces =
                watched.values().stream().anyMatch(each -> each.traced().isPresent());
        boolean hurries = traces || (looks() && targets.seesArrivals());
        return hurries ? Math.min(next, pace.nanos() + TRACED_EVERY.toNanos()) : next;
    }

    private long interval() {
        return plan.interval().toNanos();
    }

    private boolean looks() {
        return plan.follow() || (plan.await() && !everWatched);
    }

    private long lookEvery() {
        if (targets.seesArrivals()) {
            return LOOK_EVERY_ARRIVALS.toNanos();
        }
        return (watched.isEmpty() ? LOOK_EVERY_AWAITING : LOOK_EVERY).toNanos();
    }

    private Optional<Why> end(long began) {
        if (isHopeless) {
            return Optional.of(Why.HOPELESS);
        }
        boolean isBusy =
                watched.values().stream().anyMatch(each -> each.pending().isPresent());
        if (firings >= plan.firingsMax() && !isBusy) {
            return Optional.of(Why.COUNT_REACHED);
        }
        if (watched.isEmpty() && !looks()) {
            return Optional.of(Why.TARGET_ENDED);
        }
        boolean isLate = plan.atMost()
                .filter(most -> pace.nanos() - began >= most.toNanos())
                .isPresent();
        return isLate ? Optional.of(Why.TIME_OVER) : Optional.empty();
    }

    private void takeArrivals() {
        if (looks()) {
            for (ProcessEntry entry : targets.arrived()) {
                if (looks() && !watched.containsKey(entry.pid())) {
                    passedOver.remove(entry.pid()); // it may have become another program
                    admit(entry, true);
                }
                seized.release(entry.pid()); // unless it was taken just now
            }
        }
        seized.want(looks() && firings < plan.firingsMax());
    }

    private void lookForNewcomers() {
        try {
            admit(targets.find(), true);
        } catch (TargetException noneOrSeveral) {
            if (noneOrSeveral.kind() == TargetException.Kind.AMBIGUOUS && !plan.follow()) {
                admit(noneOrSeveral.candidates().stream().limit(1).toList(), true);
            }
        }
    }

    private void admit(List<ProcessEntry> entries, boolean began) {
        for (ProcessEntry entry : entries) {
            if (!watched.containsKey(entry.pid()) && !passedOver.contains(entry.pid())) {
                admit(entry, began);
            }
        }
        passedOver.retainAll(entries.stream().map(ProcessEntry::pid).toList());
    }

    private void admit(ProcessEntry entry, boolean began) {
        try {
            // first of all: what is traced does not end before we have looked at it
            Optional<TracedEvents> traced = traced(entry);
            try {
                admit(entry, began, traced);
            } catch (TargetException lost) {
                traced.ifPresent(TracedEvents::close);
                throw lost;
            }
        } catch (TargetException lost) {
            passedOver.add(entry.pid());
            refusal = Optional.of(lost);
            listener.lost(entry, String.valueOf(lost.getMessage()));
        }
    }

    private void admit(ProcessEntry entry, boolean began, Optional<TracedEvents> traced)
            throws TargetException {
        ProcessSample first;
        try (SampledProcess once = sampler.open(entry.pid(), capacityPlan())) {
            first = once.sample();
        }
        WatchedProcess process = new WatchedProcess(
                entry,
                sampler.open(entry.pid(), needs.plan()),
                traced,
                plan.triggers(),
                Math.max(interval() * GAP_INTERVALS, 1_000_000_000L));
        watched.put(entry.pid(), process);
        everWatched = true;
        // what changes after it was told that it is watched is seen; and its life may be short
        List<Event> events = began ? List.of(new Event.Started()) : List.of();
        Optional<Firing> firing = process.step(events, pace.wallTime());
        listener.watching(entry, first);
        firing.ifPresent(met -> fire(process, met));
    }

    /** Where only events are waited for, a process that cannot be traced is not watched at all. */
    private Optional<TracedEvents> traced(ProcessEntry entry) throws TargetException {
        if (!TracedEvents.areNeeded(needs)) {
            return Optional.empty();
        }
        Optional<TracedEvents> already = seized.take(entry.pid());
        if (already.isPresent()) {
            return already;
        }
        try {
            return Optional.of(TracedEvents.begin(control, entry.pid(), needs));
        } catch (TargetException refused) {
            boolean allNeed = plan.triggers().stream()
                    .flatMap(Trigger::leaves)
                    .allMatch(trigger -> TracedEvents.areNeeded(trigger.needs()));
            if (allNeed) {
                throw refused;
            }
            listener.untraced(entry, String.valueOf(refused.getMessage()));
            return Optional.empty();
        }
    }

    private static SamplePlan capacityPlan() {
        return new SamplePlan(Set.copyOf(Thresholds.FIGURES), false, false);
    }

    private void sampleAll() {
        List<Event> events = new ArrayList<>();
        source.drainTo(events);
        source.troubles().forEach(listener::sourceLost);
        for (WatchedProcess process : List.copyOf(watched.values())) {
            sample(process, events);
        }
    }

    private void sample(WatchedProcess process, List<Event> events) {
        if (process.sampled().hasEnded()) {
            takeTraced(process); // how it ended, if we trace it
            ended(process, Optional.empty());
            return;
        }
        if (process.pending().isPresent()) {
            continueActs(process, process.pending().get());
            return;
        }
        if (process.wasSampledWithin(pace.nanos(), interval() / 2)) {
            process.keep(events);
            return; // it has just come; what is used in an instant says nothing
        }
        process.step(events, pace.wallTime()).ifPresent(firing -> fire(process, firing));
    }

    private void fire(WatchedProcess process, Firing firing) {
        if (mayAct(process)) {
            firings++;
            refresh(process);
            listener.fired(process.entry(), firing, firings);
            long now = pace.nanos();
            continueActs(process, new PendingActs(firing, 1, now, now + BUSY_MAX.toNanos()));
        }
    }

    private void ended(WatchedProcess process, Optional<String> how) {
        if (watched.remove(process.entry().pid()) != null) {
            process.close();
            listener.ended(process.entry(), how);
        }
    }

    private void takeTraced() {
        List.copyOf(watched.values()).forEach(this::takeTraced);
    }

    private void takeTraced(WatchedProcess process) {
        if (process.traced().isEmpty()) {
            return;
        }
        TracedEvents traced = process.traced().get();
        traced.want(mayAct(process));
        Optional<ProcessEvents.Told> told = traced.next();
        while (told.isPresent()) {
            try {
                take(process, traced, told.get());
            } finally {
                traced.release(told.get());
            }
            boolean isLast = told.get().event() instanceof ProcessEvent.Gone;
            told = isLast ? Optional.empty() : traced.next();
        }
    }

    private void take(WatchedProcess process, TracedEvents traced, ProcessEvents.Told told) {
        switch (told.event()) {
            case ProcessEvent.Gone gone ->
                ended(
                        process,
                        TracedEvents.name(gone.signal())
                                .map(signal -> "by " + signal)
                                .or(() -> gone.exitCode().stream()
                                        .mapToObj(code -> "with status " + code)
                                        .findFirst()));
            case ProcessEvent.Passed passed -> listener.passed(process.entry(), passed.signals());
            case ProcessEvent.Exec exec -> {
                listener.changed(process.entry());
                targets.entry(process.entry().pid()).ifPresent(process::entry);
            }
            default ->
                TracedEvents.asEvent(told)
                        .flatMap(event -> process.stepBetween(event, pace.wallTime()))
                        .filter(firing -> mayAct(process))
                        .ifPresent(firing -> actAt(process, traced, told, firing));
        }
    }

    /** One act, for the moment does not come again; then it goes on, or dies. */
    private void actAt(
            WatchedProcess process, TracedEvents traced, ProcessEvents.Told told, Firing firing) {
        firings++;
        listener.fired(process.entry(), firing, firings);
        Actor.Outcome outcome = actor.act(
                new Actor.Occasion(process.entry(), firing, 1, 1, Optional.of(traced.at(told))));
        process.acted();
        note(outcome);
        finish(process, outcome);
        traced.want(mayAct(process));
    }

    private boolean mayAct(WatchedProcess process) {
        return firings < plan.firingsMax() && !process.isQuiet(pace.nanos());
    }

    /** A program may have become another since it was admitted; the dump is named after what it is now. */
    private void refresh(WatchedProcess process) {
        if (process.sampled().hasNewProgram()) {
            listener.changed(process.entry());
            targets.entry(process.entry().pid()).ifPresent(process::entry);
        }
    }

    private void continueActs(WatchedProcess process, PendingActs acts) {
        if (pace.nanos() - acts.dueNanos() < 0) {
            process.pending(Optional.of(acts));
            return;
        }
        long began = pace.nanos();
        Actor.Outcome outcome = actor.act(new Actor.Occasion(
                process.entry(),
                acts.firing(),
                acts.nextNumber(),
                plan.series().count(),
                process.traced().map(TracedEvents::now)));
        process.acted();
        if (outcome == Actor.Outcome.BUSY && began - acts.giveUpNanos() < 0) {
            if (process.pending().isEmpty()) {
                listener.busy(process.entry());
            }
            process.pending(Optional.of(acts));
            return;
        }
        note(outcome);
        boolean isLast = acts.nextNumber() >= plan.series().count();
        if (isLast || outcome != Actor.Outcome.DONE) {
            finish(process, outcome);
        } else {
            long due = began + plan.series().interval().toNanos();
            process.pending(Optional.of(new PendingActs(
                    acts.firing(), acts.nextNumber() + 1, due, due + BUSY_MAX.toNanos())));
        }
    }

    private void note(Actor.Outcome outcome) {
        if (outcome == Actor.Outcome.NOT_WANTED) {
            return;
        }
        boolean done = outcome == Actor.Outcome.DONE;
        failures += done ? 0 : 1;
        failuresInARow = done ? 0 : failuresInARow + 1;
        isHopeless = outcome == Actor.Outcome.HOPELESS || failuresInARow >= FAILURES_MAX;
    }

    /** A firing that came to nothing does not count: the next one may. */
    private void finish(WatchedProcess process, Actor.Outcome outcome) {
        if (outcome != Actor.Outcome.DONE) {
            firings--;
        }
        process.pending(Optional.empty());
        process.rearm();
        process.quietUntil(pace.nanos() + plan.coolDown().toNanos());
    }
}
