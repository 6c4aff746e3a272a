package dev.mortem.cli;

import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.LineSource;
import dev.mortem.collect.trigger.LineTrigger;
import dev.mortem.collect.trigger.Trigger;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Lines that a program of ours writes to its standard error. The program never waits for us: the thread that
 * reads only puts them down, another one keeps those that are wanted, for an expression may take its time.
 */
final class ErrorLines implements EventSource {
    /** Of each of both queues; more in one instant than this is looked at by nobody. */
    private static final long CHARS_MAX = 16L << 20;

    private final LineQueue came = new LineQueue(CHARS_MAX);
    private final LineQueue kept = new LineQueue(CHARS_MAX);
    private final Predicate<String> wanted;
    private final boolean isAsked;
    private final Consumer<String> told;
    private final Thread thread;

    private ErrorLines(Predicate<String> wanted, boolean isAsked, Consumer<String> told) {
        this.wanted = wanted;
        this.isAsked = isAsked;
        this.told = told;
        this.thread = Thread.ofPlatform().daemon().name("mortem-stderr").unstarted(this::choose);
        if (isAsked) {
            thread.start();
        }
    }

    /** @param isAsked whether anybody wants them; all of them then */
    static ErrorLines all(boolean isAsked, Consumer<String> told) {
        return new ErrorLines(line -> true, isAsked, told);
    }

    /**
     * Those that some trigger waits for.
     *
     * @param told is given what there is to say of lines that were lost
     */
    static ErrorLines of(List<Trigger> triggers, Consumer<String> told) {
        List<Pattern> patterns = triggers.stream()
                .flatMap(Trigger::leaves)
                .filter(LineTrigger.class::isInstance)
                .map(LineTrigger.class::cast)
                .filter(trigger -> trigger.source() instanceof LineSource.OfStandardError)
                .map(LineTrigger::pattern)
                .toList();
        return new ErrorLines(
                line -> patterns.stream()
                        .anyMatch(pattern -> pattern.matcher(line).find()),
                !patterns.isEmpty(),
                told);
    }

    /** For the launcher: nothing of the program's output is touched where nobody wants its lines. */
    Optional<Consumer<String>> reader() {
        return isAsked ? Optional.of(came::add) : Optional.empty();
    }

    private void choose() {
        try {
            while (true) {
                String line = came.take();
                if (wanted.test(line)) {
                    kept.add(line);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void drainTo(List<Event> events) {
        List<String> lines = new ArrayList<>();
        kept.drainTo(lines);
        lines.forEach(
                line -> events.add(new Event.LineCame(new LineSource.OfStandardError(), line)));
        long lost = came.takeDropped() + kept.takeDropped();
        if (lost > 0) {
            told.accept(
                    "%,d lines of standard error came too fast to be looked at".formatted(lost));
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
