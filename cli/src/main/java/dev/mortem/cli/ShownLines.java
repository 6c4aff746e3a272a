package dev.mortem.cli;

import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Event;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Events of another source, whose lines are shown too. */
record ShownLines(EventSource source, Consumer<String> show) implements EventSource {
    @Override
    public void drainTo(List<Event> events) {
        List<Event> news = new ArrayList<>();
        source.drainTo(news);
        for (Event event : news) {
            if (event instanceof Event.LineCame line) {
                show.accept(line.text());
            }
        }
        events.addAll(news);
    }

    @Override
    public List<String> troubles() {
        return source.troubles();
    }

    @Override
    public void close() {
        source.close();
    }
}
