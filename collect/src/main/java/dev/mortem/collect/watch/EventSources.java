package dev.mortem.collect.watch;

import dev.mortem.collect.source.CommandEnds;
import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.source.FileLines;
import dev.mortem.collect.source.JournalLines;
import dev.mortem.collect.source.UrlAnswers;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.LineSource;
import dev.mortem.collect.trigger.Needs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The sources that some triggers need, together. */
public final class EventSources implements EventSource {
    private final List<EventSource> sources = new ArrayList<>();

    /**
     * Begins them all.
     *
     * @param journalMatch what journalctl shows only, should the journal be needed
     * @param standardError the lines of a launched target's standard error; closed with the others
     *     where some trigger needs it
     * @throws IOException when one cannot be had, with words for the user
     */
    public static EventSources begin(
            Needs needs, String journalMatch, Optional<EventSource> standardError)
            throws IOException {
        EventSources all = new EventSources();
        try {
            for (LineSource source : needs.lines()) {
                all.sources.add(lines(source, journalMatch, standardError));
            }
            needs.urls().forEach(probe -> all.sources.add(new UrlAnswers(probe)));
            needs.commands().forEach(probe -> all.sources.add(new CommandEnds(probe)));
            return all;
        } catch (IOException failed) {
            all.close();
            throw failed;
        }
    }

    private EventSources() {}

    private static EventSource lines(
            LineSource source, String journalMatch, Optional<EventSource> standardError)
            throws IOException {
        return switch (source) {
            case LineSource.OfFile file -> FileLines.fromNow(file, file.path());
            case LineSource.OfJournal journal -> {
                try {
                    yield new JournalLines(journalMatch);
                } catch (IOException missing) {
                    throw new IOException(
                            "the journal cannot be read: journalctl cannot be started", missing);
                }
            }
            case LineSource.OfStandardError error ->
                standardError.orElseThrow(() -> new IOException(
                        "no target was started whose " + error.text() + " could be read"));
        };
    }

    @Override
    public void drainTo(List<Event> events) {
        sources.forEach(source -> source.drainTo(events));
    }

    @Override
    public List<String> troubles() {
        return sources.stream().flatMap(source -> source.troubles().stream()).toList();
    }

    @Override
    public void close() {
        sources.forEach(EventSource::close);
    }
}
