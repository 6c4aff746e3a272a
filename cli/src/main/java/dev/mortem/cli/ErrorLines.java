package dev.mortem.cli;

import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.LineSource;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Consumer;

/** Lines that a program of ours writes to its standard error; safe for the thread that reads them. */
final class ErrorLines implements EventSource, Consumer<String> {
    /** A flood between two looks: what is more is lost, for the program must not wait for us. */
    private static final int LINES_MAX = 10_000;

    private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES_MAX);
    private final boolean wanted;

    ErrorLines(boolean wanted) {
        this.wanted = wanted;
    }

    /** For the launcher: nothing of the program's output is touched where nobody wants its lines. */
    Optional<Consumer<String>> reader() {
        return wanted ? Optional.of(this) : Optional.empty();
    }

    @Override
    public void accept(String line) {
        @SuppressWarnings("unused") // one that is lost is shown on standard error all the same
        boolean isKept = lines.offer(line);
    }

    @Override
    public void drainTo(List<Event> events) {
        for (String line = lines.poll(); line != null; line = lines.poll()) {
            events.add(new Event.LineCame(new LineSource.OfStandardError(), line));
        }
    }

    @Override
    public void close() {
        lines.clear();
    }
}
