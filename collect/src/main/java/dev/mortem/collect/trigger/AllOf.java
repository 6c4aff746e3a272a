package dev.mortem.collect.trigger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All conditions are met at the same sample. Those with a time each need theirs; one that is met for a
 * moment only (a line, an answer) counts in that moment.
 */
public record AllOf(List<Trigger> parts, Duration holdFor) implements Trigger {
    private record Group(List<State> parts, Hold hold) implements State {}

    public AllOf {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a combination of nothing");
        }
    }

    @Override
    public Step step(State state, Sample sample) {
        Group before = group(state);
        List<State> states = new ArrayList<>();
        List<Firing> firings = new ArrayList<>();
        for (int index = 0; index < parts.size(); index++) {
            Step step = parts.get(index).step(before.parts.get(index), sample);
            states.add(step.next());
            step.firing().ifPresent(firings::add);
        }
        boolean met = firings.size() == parts.size();
        // after a gap what is measured between two samples is not known: no proof of a break
        Optional<Boolean> known = !met && sample.afterGap() ? Optional.empty() : Optional.of(met);
        Hold hold = before.hold.next(known, sample);
        Group next = new Group(List.copyOf(states), hold);
        return met && hold.lasts(holdFor, sample)
                ? Step.fire(next, Firing.merged(firings))
                : Step.quiet(next);
    }

    private Group group(State state) {
        return state instanceof Group group
                ? group
                : new Group(parts.stream().map(part -> State.ARMED).toList(), Hold.NONE);
    }

    /** Parts with a time are to be met afresh for all of it; the others must be untrue together. */
    @Override
    public State rearm(State state) {
        Group before = group(state);
        List<State> states = new ArrayList<>();
        for (int index = 0; index < parts.size(); index++) {
            Trigger part = parts.get(index);
            State known = before.parts.get(index);
            states.add(part.holdFor().isZero() ? known : part.rearm(known));
        }
        return new Group(List.copyOf(states), before.hold.afresh(holdFor));
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
        return AnyOf.text(parts, " and ", holdFor);
    }
}
