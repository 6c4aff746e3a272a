package dev.mortem.collect.watch;

import dev.mortem.collect.trigger.Needs;
import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Processes that are traced as soon as somebody hears of them, before it is known for certain that they are
 * meant: one that lives for some milliseconds has ended until that is found out. Where no trigger needs a
 * tracer none is. Safe for any thread.
 */
public final class SeizedArrivals implements AutoCloseable {
    /** A thread of ours each; whoever starts more at once is no service. */
    private static final int SEIZED_MAX = 16;

    /** The first call of a method reads its class, some later ones are quicker still. */
    private static final int REHEARSALS = 5;

    private final ProcessControl control;
    private final Needs needs;
    private final Map<Long, TracedEvents> seized = new HashMap<>();
    private final Set<Long> coming = new HashSet<>();
    private boolean wanted = true;
    private boolean closed;

    public SeizedArrivals(ProcessControl control, Needs needs) {
        this.control = control;
        this.needs = needs;
    }

    /** Does to a child of ours what is done to one that arrives: what is done first takes longest. */
    public void rehearse() {
        if (!TracedEvents.areNeeded(needs)) {
            return;
        }
        Launcher.Watched program =
                new Launcher.Watched(List.of("true"), Map.of(), Optional.empty());
        try (Launcher.Waiting waiting = Launcher.ofThisMachine().startWatched(program);
                Launcher.Child child = waiting.child()) {
            TracedEvents.begin(control, child.pid(), needs).close();
            for (int round = 0; round < REHEARSALS; round++) {
                TracedEvents.beginInAHurry(control, child.pid(), needs).close();
            }
        } catch (IOException | TargetException refused) {
            // the first one is then a little late, or told why it is not watched
        }
    }

    /** Traces it from now on, if it can be. */
    public void seize(long pid) {
        if (!begin(pid)) {
            return;
        }
        Optional<TracedEvents> traced = Optional.empty();
        try {
            traced = Optional.of(TracedEvents.beginInAHurry(control, pid, needs));
        } catch (TargetException endedOrRefused) {
            // whoever watches it tries again, and says why not
        } finally {
            end(pid, traced).ifPresent(TracedEvents::close);
        }
    }

    private synchronized boolean begin(long pid) {
        return wanted
                && !closed
                && TracedEvents.areNeeded(needs)
                && seized.size() < SEIZED_MAX
                && !seized.containsKey(pid)
                && coming.add(pid);
    }

    /** What is not wanted any more comes back. */
    private synchronized Optional<TracedEvents> end(long pid, Optional<TracedEvents> traced) {
        coming.remove(pid);
        notifyAll();
        if (!wanted || closed) {
            return traced;
        }
        traced.ifPresent(events -> seized.put(pid, events));
        return Optional.empty();
    }

    /** It is not meant. */
    public void release(long pid) {
        take(pid).ifPresent(TracedEvents::close);
    }

    /** It is the caller's now; one that is being seized is waited for. */
    synchronized Optional<TracedEvents> take(long pid) {
        try {
            while (coming.contains(pid)) {
                wait();
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
        return Optional.ofNullable(seized.remove(pid));
    }

    /** Whether more of them would be watched; where not, all are let go. */
    void want(boolean value) {
        synchronized (this) {
            wanted = value;
        }
        if (!value) {
            releaseAll();
        }
    }

    private void releaseAll() {
        List<TracedEvents> all;
        synchronized (this) {
            all = List.copyOf(seized.values());
            seized.clear();
        }
        all.forEach(TracedEvents::close);
    }

    /** Lets all go that nobody took. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        releaseAll();
    }
}
