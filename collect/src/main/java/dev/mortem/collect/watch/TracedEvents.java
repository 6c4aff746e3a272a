package dev.mortem.collect.watch;

import dev.mortem.base.snapshot.SignalNames;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.Needs;
import dev.mortem.collect.trigger.SignalNumbers;
import dev.mortem.collect.trigger.SignalTrigger;
import dev.mortem.os.EventFilter;
import dev.mortem.os.EventOptions;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.TargetException;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What only a tracer sees of one process: its signals, and its end while it still stands. Its decision what
 * to hold is asked by the tracing thread; all else belongs to the loop's.
 */
final class TracedEvents implements AutoCloseable {
    /** Long enough for the watch to notice a storm's end, short enough for all others that are watched. */
    private static final Duration NEXT_MAX = Duration.ofMillis(1);

    private final Needs needs;
    private volatile boolean wanted = true;
    private final ProcessEvents events;

    private TracedEvents(ProcessControl control, long pid, Needs needs, boolean hurried)
            throws TargetException {
        this.needs = needs;
        Set<Integer> first =
                needs.firstChance() ? SignalNumbers.numbers(needs.signals()) : Set.of();
        EventOptions options = EventOptions.fatalOnly(this::decide).withFirstChance(first);
        this.events = control.events(pid, hurried ? options.inAHurry() : options);
    }

    /** @throws TargetException when it cannot be traced: by us, or because somebody else does */
    static TracedEvents begin(ProcessControl control, long pid, Needs needs)
            throws TargetException {
        return new TracedEvents(control, pid, needs, false);
    }

    /** The same for one that may end in the next millisecond; some were begun before. */
    static TracedEvents beginInAHurry(ProcessControl control, long pid, Needs needs)
            throws TargetException {
        return new TracedEvents(control, pid, needs, true);
    }

    /** Whether some trigger needs them. */
    static boolean areNeeded(Needs needs) {
        return needs.end() || !needs.signals().isEmpty();
    }

    private EventFilter.Decision decide(ProcessEvent event) {
        return switch (event) {
            case ProcessEvent.Signal signal ->
                !wanted || !isWanted(signal)
                        ? EventFilter.Decision.PASS
                        : EventFilter.Decision.HOLD;
            case ProcessEvent.Exiting exiting ->
                wanted && needs.end() ? EventFilter.Decision.HOLD : EventFilter.Decision.PASS;
            case ProcessEvent.Exec exec -> EventFilter.Decision.TELL;
            case ProcessEvent.Passed passed -> EventFilter.Decision.TELL;
            case ProcessEvent.Gone gone -> EventFilter.Decision.TELL;
            case ProcessEvent.ThreadCreated created -> EventFilter.Decision.PASS;
            case ProcessEvent.ThreadExited exited -> EventFilter.Decision.PASS;
            case ProcessEvent.ModuleLoaded loaded -> EventFilter.Decision.PASS;
            case ProcessEvent.ModuleUnloaded unloaded -> EventFilter.Decision.PASS;
        };
    }

    private boolean isWanted(ProcessEvent.Signal signal) {
        boolean isNamed = needs.signals().contains(SignalTrigger.ANY)
                || needs.signals().contains(signal.name());
        return isNamed && (signal.chance() == ProcessEvent.Chance.FATAL || needs.firstChance());
    }

    /** Whether anything would be done about an event now; otherwise nothing is held. */
    void want(boolean value) {
        wanted = value;
    }

    /** The next one, if there is one now. */
    Optional<ProcessEvents.Told> next() {
        try {
            return events.next(NEXT_MAX);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** What triggers make of it; empty for what they do not know. */
    static Optional<Event> asEvent(ProcessEvents.Told told) {
        return switch (told.event()) {
            case ProcessEvent.Signal signal ->
                Optional.of(new Event.SignalCame(
                        signal.name(),
                        signal.chance() == ProcessEvent.Chance.FATAL,
                        signal.tid(),
                        signal.address().isPresent()
                                ? Optional.of(
                                        "0x" + Long.toHexString(signal.address().getAsLong()))
                                : Optional.empty()));
            case ProcessEvent.Exiting end ->
                Optional.of(new Event.Ended(
                        end.exitCode(),
                        name(end.signal()),
                        end.isOrigin() ? Optional.of("thread " + end.tid()) : Optional.empty(),
                        told.held()));
            default -> Optional.empty();
        };
    }

    static Optional<String> name(OptionalInt signal) {
        return signal.isPresent()
                ? Optional.of(SignalNames.name(signal.getAsInt()))
                : Optional.empty();
    }

    /** How a snapshot is had at that event. */
    Actor.Standing at(ProcessEvents.Told told) {
        return options -> events.snapshot(told, options);
    }

    /** How one is had just now: nobody else can stop a process that we trace. */
    Actor.Standing now() {
        ProcessEvent nothing = new ProcessEvent.Passed(Instant.EPOCH, 0, Duration.ZERO);
        return at(new ProcessEvents.Told(nothing, false));
    }

    void release(ProcessEvents.Told told) {
        if (told.held()) {
            events.release(told);
        }
    }

    @Override
    public void close() {
        events.close();
    }
}
