package dev.mortem.collect.source;

import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.LineSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What is written to the systemd journal from now on, by way of journalctl(1). */
public final class JournalLines implements EventSource {
    private static final String PROGRAM = "journalctl";

    private final Process journalctl;
    private final EventQueue queue = new EventQueue();
    private final String match;
    private volatile boolean closed;
    private volatile Optional<String> trouble = Optional.empty();

    /**
     * @param match what journalctl shows only: "_SYSTEMD_UNIT=shop.service", "_PID=123"
     * @throws IOException when there is no journalctl
     */
    public JournalLines(String match) throws IOException {
        this(PROGRAM, match);
    }

    JournalLines(String program, String match) throws IOException {
        this.match = match;
        journalctl = new ProcessBuilder(program, "-f", "-n", "0", "-o", "cat", match)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread.ofPlatform().daemon().name("mortem-journal").start(this::read);
    }

    private void read() {
        LineSource source = new LineSource.OfJournal();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(journalctl.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                queue.add(new Event.LineCame(source, line));
            }
        } catch (IOException ended) {
            // closed from our side
        }
        tellEnd();
    }

    private void tellEnd() {
        try {
            int status = journalctl.waitFor();
            if (!closed) {
                trouble = Optional.of(
                        "the journal is not read any more: journalctl ended with status %d; see what 'journalctl -f -n 0 %s' says"
                                .formatted(status, match));
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void drainTo(List<Event> events) {
        queue.drainTo(events);
    }

    @Override
    public List<String> troubles() {
        List<String> told = trouble.stream().toList();
        trouble = Optional.empty();
        return told;
    }

    @Override
    public void close() {
        closed = true;
        journalctl.destroy();
    }
}
