package dev.mortem.collect.trigger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Some condition is met. */
public record AnyOf(List<Trigger> parts, Duration holdFor) implements Trigger {
    /** @param met which part was met at the last sample */
    private record Group(List<State> parts, List<Boolean> met, Hold hold) implements State {}

    public AnyOf {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a combination of nothing");
        }
    }

    @Override
    public Step step(State state, Sample sample) {
        Group before = group(state);
        List<State> states = new ArrayList<>();
        List<Boolean> met = new ArrayList<>();
        List<Firing> firings = new ArrayList<>();
        for (int index = 0; index < parts.size(); index++) {
            Step step = parts.get(index).step(before.parts.get(index), sample);
            states.add(step.next());
            met.add(step.firing().isPresent());
            step.firing().ifPresent(firings::add);
        }
        Hold hold = before.hold.next(Optional.of(!firings.isEmpty()), sample);
        Group next = new Group(List.copyOf(states), List.copyOf(met), hold);
        return !firings.isEmpty() && hold.lasts(holdFor, sample)
                ? Step.fire(next, Firing.merged(firings))
                : Step.quiet(next);
    }

    private Group group(State state) {
        return state instanceof Group group
                ? group
                : new Group(
                        parts.stream().map(part -> State.ARMED).toList(),
                        parts.stream().map(part -> false).toList(),
                        Hold.NONE);
    }

    /** Only what was met must be met afresh. */
    @Override
    public State rearm(State state) {
        Group before = group(state);
        List<State> states = new ArrayList<>();
        for (int index = 0; index < parts.size(); index++) {
            State known = before.parts.get(index);
            states.add(before.met.get(index) ? parts.get(index).rearm(known) : known);
        }
        return new Group(List.copyOf(states), before.met, Hold.NONE);
    }

    @Override
    public Stream<Trigger> leaves() {
        return parts.stream().flatMap(Trigger::leaves);
    }

    @Override
    public Needs needs() {
        return parts.stream().map(Trigger::needs).reduce(Needs.NOTHING, Needs::and);
    }

    @Override
    public String text() {
        return text(parts, " or ", holdFor);
    }

    static String text(List<Trigger> parts, String word, Duration holdFor) {
        String all = parts.stream()
                .map(part -> part instanceof AllOf || part instanceof AnyOf
                        ? "(" + part.text() + ")"
                        : part.text())
                .collect(Collectors.joining(word));
        return holdFor.isZero() ? all : "(" + all + ")" + Words.holdFor(holdFor);
    }
}
