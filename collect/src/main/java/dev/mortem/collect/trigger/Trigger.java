package dev.mortem.collect.trigger;

import java.time.Duration;
import java.util.stream.Stream;

/**
 * A condition on one process. Pure: the same state and sample give the same step.
 *
 * <p>A condition with a time ("for 5 s") is met when it was true at every sample of that time; one that
 * cannot be read is not true. After a dump it is {@link #rearm re-armed}: it must be met afresh, for the
 * whole time; one without a time must have been untrue in between.
 */
public sealed interface Trigger
        permits CpuTrigger,
                ThreadCpuTrigger,
                MemoryTrigger,
                MemoryStepTrigger,
                MemoryGrowthTrigger,
                CountTrigger,
                RateTrigger,
                PressureTrigger,
                CgroupLimitTrigger,
                OomKillTrigger,
                StartTrigger,
                EndTrigger,
                SignalTrigger,
                ModuleTrigger,
                ThreadTrigger,
                LineTrigger,
                UrlTrigger,
                IdleTrigger,
                CommandTrigger,
                TimeTrigger,
                AllOf,
                AnyOf {
    /** @param state of this trigger for this process; {@link State#ARMED} at first */
    Step step(State state, Sample sample);

    /** The state after its firing was acted on. */
    State rearm(State state);

    /** What it must be told. */
    Needs needs();

    /** As the condition language writes it. */
    String text();

    /** How long its condition must be true without a break; zero for a moment. */
    default Duration holdFor() {
        return Duration.ZERO;
    }

    /** The conditions of a combination, whatever its depth; one of its own is its only leaf. */
    default Stream<Trigger> leaves() {
        return Stream.of(this);
    }
}
