package dev.mortem.collect.source;

import dev.mortem.collect.trigger.Event;

import java.util.List;

/** Events since they were asked for last. Asked by one thread; closing ends what runs for it. */
public interface EventSource extends AutoCloseable {
    /** Adds what has happened; returns at once. */
    void drainTo(List<Event> events);

    /** What went wrong with the source since this was asked last, in words for the user. */
    default List<String> troubles() {
        return List.of();
    }

    @Override
    void close();
}
