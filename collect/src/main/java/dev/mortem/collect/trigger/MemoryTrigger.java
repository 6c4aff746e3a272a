package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;

import java.time.Duration;
import java.util.OptionalLong;

/** Memory above or below a size. */
public record MemoryTrigger(MemoryKind kind, Compare compare, long sizeBytes, Duration holdFor)
        implements Trigger {
    @Override
    public Step step(State state, Sample sample) {
        OptionalLong bytes = sample.figures().get(kind.figure());
        Hold hold = Hold.of(state).next(compare.holds(bytes, sizeBytes), sample);
        return hold.lasts(holdFor, sample)
                ? Step.fire(hold, firing(bytes.orElse(0), hold.time(sample)))
                : Step.quiet(hold);
    }

    private Firing firing(long bytes, Duration held) {
        return Firing.of(
                "Memory",
                "%s memory %s%s (%s %s)"
                        .formatted(
                                kind.label(),
                                Quantity.size(bytes),
                                Words.heldFor(holdFor, held),
                                compare.sign(),
                                Quantity.size(sizeBytes)),
                "condition",
                text(),
                "memoryKind",
                kind.label(),
                "memoryBytes",
                Long.toString(bytes),
                "thresholdBytes",
                Long.toString(sizeBytes),
                "heldFor",
                Quantity.time(held));
    }

    @Override
    public State rearm(State state) {
        return Hold.of(state).afresh(holdFor);
    }

    @Override
    public Needs needs() {
        return Needs.of(kind.figure());
    }

    @Override
    public String text() {
        return "memory(%s) %s %s%s"
                .formatted(
                        kind.label(),
                        compare.sign(),
                        Quantity.shortSize(sizeBytes),
                        Words.holdFor(holdFor));
    }
}
