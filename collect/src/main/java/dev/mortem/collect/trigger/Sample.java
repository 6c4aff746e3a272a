package dev.mortem.collect.trigger;

import dev.mortem.os.ProcessSample;

import java.time.LocalDateTime;
import java.util.List;

/**
 * What is known of one process now, and what has happened since the sample before.
 *
 * @param figures with the time by a clock that nobody sets: durations are measured with it
 * @param wallTime what the clock on the wall shows: for times of day alone
 * @param afterGap whether samples are missing before this one, so that nobody knows whether something held
 */
public record Sample(
        ProcessSample figures, LocalDateTime wallTime, List<Event> events, boolean afterGap) {
    public Sample {
        events = List.copyOf(events);
    }

    public long nanos() {
        return figures.takenNanos();
    }
}
