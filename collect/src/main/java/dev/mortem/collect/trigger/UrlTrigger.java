package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.SamplePlan;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A URL that is asked for again and again answers too late, with a status that it should not, or not at
 * all. Each answer decides by itself.
 */
public record UrlTrigger(Probe probe, Check check) implements Trigger {
    /**
     * How it is asked.
     *
     * @param timeout how long an answer is waited for
     */
    public record Probe(String url, Duration every, Duration timeout) {
        /** Often enough for a person who waits, seldom enough for the server. */
        public static final Duration EVERY = Duration.ofSeconds(5);

        /** As long as browsers' users wait. */
        public static final Duration TIMEOUT = Duration.ofSeconds(30);
    }

    /** What is wrong with an answer. */
    public sealed interface Check {
        /** It took longer than that; one that had not come by then is too late too. */
        record SlowerThan(Duration time) implements Check {}

        /** Its status is within these bounds, both of them included. */
        record StatusWithin(int least, int most) implements Check {}

        /** There was none. */
        record Fails() implements Check {}
    }

    @Override
    public Step step(State state, Sample sample) {
        Optional<Event.UrlAnswered> bad = sample.events().stream()
                .filter(Event.UrlAnswered.class::isInstance)
                .map(Event.UrlAnswered.class::cast)
                .filter(answer -> answer.url().equals(probe.url))
                .filter(this::isBad)
                .findFirst();
        return bad.isPresent() ? Step.fire(state, firing(bad.get())) : Step.quiet(state);
    }

    private boolean isBad(Event.UrlAnswered answer) {
        return switch (check) {
            case Check.SlowerThan slow -> answer.time().compareTo(slow.time) > 0;
            case Check.StatusWithin range -> {
                OptionalInt status = answer.status();
                yield status.isPresent()
                        && status.getAsInt() >= range.least
                        && status.getAsInt() <= range.most;
            }
            case Check.Fails fails -> answer.failure().isPresent();
        };
    }

    private Firing firing(Event.UrlAnswered answer) {
        String how = answer.failure()
                .orElse("status "
                        + (answer.status().isPresent()
                                ? Integer.toString(answer.status().getAsInt())
                                : "unknown"));
        return Firing.of(
                "Request",
                "%s: %s after %s".formatted(probe.url, how, Quantity.time(answer.time())),
                "condition",
                text(),
                "url",
                probe.url,
                "answer",
                how,
                "timeMs",
                Long.toString(answer.time().toMillis()));
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return new Needs(
                SamplePlan.of(), Set.of(), Set.of(probe), Set.of(), false, Set.of(), false);
    }

    @Override
    public String text() {
        String what = switch (check) {
            case Check.SlowerThan slow -> "> " + Quantity.shortTime(slow.time);
            case Check.StatusWithin range -> "status " + range(range);
            case Check.Fails fails -> "fails";
        };
        return "url %s %s every %s".formatted(probe.url, what, Quantity.shortTime(probe.every));
    }

    private static String range(Check.StatusWithin range) {
        boolean isClass = range.least % 100 == 0 && range.most == range.least + 99;
        if (isClass) {
            return range.least / 100 + "xx";
        }
        return range.least == range.most
                ? Integer.toString(range.least)
                : range.least + "-" + range.most;
    }
}
