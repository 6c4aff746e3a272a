package dev.mortem.collect.source;

import dev.mortem.collect.trigger.Event;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Events on their way from a thread that waits for them to the one that samples. Safe for any thread. */
final class EventQueue {
    /** A log that floods writes some 100,000 lines a second; the newest of them are as good as all. */
    private static final int EVENTS_MAX = 10_000;

    private final Deque<Event> events = new ArrayDeque<>();

    synchronized void add(Event event) {
        if (events.size() == EVENTS_MAX) {
            events.removeFirst();
        }
        events.addLast(event);
    }

    synchronized void drainTo(List<Event> target) {
        target.addAll(events);
        events.clear();
    }
}
