package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.SamplePlan;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A command that is run again and again ends with such a status: a health check fails. */
public record CommandTrigger(Probe probe, Check check) implements Trigger {
    /** How it is run: by a shell. One that takes longer than {@code timeout} is ended, as by SIGKILL. */
    public record Probe(String command, Duration every, Duration timeout) {
        public static final Duration EVERY = Duration.ofSeconds(5);
        public static final Duration TIMEOUT = Duration.ofSeconds(30);
    }

    /** Which status fires. */
    public sealed interface Check {
        record Is(int status) implements Check {}

        record IsNot(int status) implements Check {}
    }

    @Override
    public Step step(State state, Sample sample) {
        Optional<Event.CommandEnded> end = sample.events().stream()
                .filter(Event.CommandEnded.class::isInstance)
                .map(Event.CommandEnded.class::cast)
                .filter(each -> each.command().equals(probe.command))
                .filter(each -> switch (check) {
                    case Check.Is is -> each.status() == is.status;
                    case Check.IsNot isNot -> each.status() != isNot.status;
                })
                .findFirst();
        return end.isPresent() ? Step.fire(state, firing(end.get().status())) : Step.quiet(state);
    }

    private Firing firing(int status) {
        return Firing.of(
                "Command",
                "\"%s\" ended with status %d".formatted(probe.command, status),
                "condition",
                text(),
                "exitStatus",
                Integer.toString(status));
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return new Needs(
                SamplePlan.of(), Set.of(), Set.of(), Set.of(probe), false, Set.of(), false);
    }

    @Override
    public String text() {
        String status = switch (check) {
            case Check.Is is -> "= " + is.status;
            case Check.IsNot isNot -> "!= " + isNot.status;
        };
        return "command \"%s\" status %s every %s"
                .formatted(
                        probe.command.replace("\"", "\\\""),
                        status,
                        Quantity.shortTime(probe.every));
    }
}
