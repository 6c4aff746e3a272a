package dev.mortem.collect.trigger;

import dev.mortem.os.SamplePlan;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A line that was written since the last sample has a match of a regular expression.
 *
 * @param regex of java.util.regex; {@link LineTrigger#pattern} is it
 */
public record LineTrigger(String regex, LineSource source) implements Trigger {
    /** Lines that fire are kept in sidecars, which are read by people. */
    private static final int SHOWN_CHARS_MAX = 500;

    public LineTrigger {
        Pattern.compile(regex);
    }

    @Override
    public Step step(State state, Sample sample) {
        Pattern wanted = pattern();
        Optional<Event.LineCame> line = sample.events().stream()
                .filter(Event.LineCame.class::isInstance)
                .map(Event.LineCame.class::cast)
                .filter(each -> each.source().equals(source))
                .filter(each -> wanted.matcher(each.text()).find())
                .findFirst();
        return line.isPresent() ? Step.fire(state, firing(line.get().text())) : Step.quiet(state);
    }

    /** Made anew each time. */
    public Pattern pattern() {
        return Pattern.compile(regex);
    }

    private Firing firing(String line) {
        String shown = line.substring(0, Math.min(line.length(), SHOWN_CHARS_MAX));
        return Firing.of(
                "Line",
                "line in %s: %s".formatted(source.text(), shown),
                "condition",
                text(),
                "source",
                source.text(),
                "line",
                shown);
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return new Needs(
                SamplePlan.of(), Set.of(source), Set.of(), Set.of(), false, Set.of(), false);
    }

    @Override
    public String text() {
        return "line \"%s\" in %s".formatted(regex.replace("\"", "\\\""), source.text());
    }
}
