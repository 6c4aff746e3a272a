package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Memory above a size, and again at each step further: at 800 MB, 900 MB, 1 GB. Steps that are passed at
 * once count once.
 */
public record MemoryStepTrigger(MemoryKind kind, long firstBytes, long stepBytes, Duration holdFor)
        implements Trigger {
    public MemoryStepTrigger {
        if (firstBytes <= 0 || stepBytes <= 0) {
            throw new IllegalArgumentException("steps of memory are more than nothing");
        }
    }

    /** @param nextBytes the threshold that was not passed yet */
    private record Climb(long nextBytes, long seenBytes, Hold hold) implements State {}

    @Override
    public Step step(State state, Sample sample) {
        Climb before = climb(state);
        OptionalLong bytes = sample.figures().get(kind.figure());
        Optional<Boolean> met = bytes.isPresent()
                ? Optional.of(bytes.getAsLong() >= before.nextBytes)
                : Optional.empty();
        Hold hold = before.hold.next(met, sample);
        Climb next = new Climb(before.nextBytes, bytes.orElse(before.seenBytes), hold);
        return hold.lasts(holdFor, sample)
                ? Step.fire(next, firing(next, hold.time(sample)))
                : Step.quiet(next);
    }

    private Climb climb(State state) {
        return state instanceof Climb climb ? climb : new Climb(firstBytes, 0, Hold.NONE);
    }

    private Firing firing(Climb climb, Duration held) {
        return Firing.of(
                "Memory",
                "%s memory %s%s (step %s)"
                        .formatted(
                                kind.label(),
                                Quantity.size(climb.seenBytes),
                                Words.heldFor(holdFor, held),
                                Quantity.size(climb.nextBytes)),
                "condition",
                text(),
                "memoryKind",
                kind.label(),
                "memoryBytes",
                Long.toString(climb.seenBytes),
                "thresholdBytes",
                Long.toString(climb.nextBytes),
                "heldFor",
                Quantity.time(held));
    }

    /** The next step is the first that is higher than what was seen. */
    @Override
    public State rearm(State state) {
        Climb before = climb(state);
        long above = Math.max(0, before.seenBytes - before.nextBytes);
        long next = before.nextBytes + (above / stepBytes + 1) * stepBytes;
        return new Climb(next, before.seenBytes, Hold.NONE);
    }

    @Override
    public Needs needs() {
        return Needs.of(kind.figure());
    }

    @Override
    public String text() {
        return "memory(%s) > %s step %s%s"
                .formatted(
                        kind.label(),
                        Quantity.shortSize(firstBytes),
                        Quantity.shortSize(stepBytes),
                        Words.holdFor(holdFor));
    }
}
