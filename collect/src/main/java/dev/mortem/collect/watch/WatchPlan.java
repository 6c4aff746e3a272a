package dev.mortem.collect.watch;

import dev.mortem.collect.trigger.Needs;
import dev.mortem.collect.trigger.Trigger;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to watch for, and how often to act.
 *
 * @param triggers each acts by itself
 * @param firingsMax after how many of them watching ends
 * @param series how many times to act at each firing, and how far apart
 * @param interval from one sample to the next
 * @param await whether a target that does not exist yet is waited for
 * @param follow whether processes that come later are watched too
 * @param coolDown how long nothing is done about a process after its last firing
 * @param atMost how long is watched at most
 */
public record WatchPlan(
        List<Trigger> triggers,
        int firingsMax,
        Series series,
        Duration interval,
        boolean await,
        boolean follow,
        Duration coolDown,
        Optional<Duration> atMost) {
    /** Quicker than this costs more than it tells: the kernel itself counts in steps of 1 to 10 ms. */
    public static final Duration INTERVAL_MIN = Duration.ofMillis(100);

    public static final Duration INTERVAL = Duration.ofSeconds(1);

    /** {@code 3x10s}. */
    public record Series(int count, Duration interval) {
        public static final Series SINGLE = new Series(1, Duration.ZERO);
    }

    public WatchPlan {
        triggers = List.copyOf(triggers);
        if (triggers.isEmpty() || firingsMax < 1 || series.count() < 1) {
            throw new IllegalArgumentException("nothing to watch for, or nothing to do");
        }
    }

    public Needs needs() {
        return triggers.stream().map(Trigger::needs).reduce(Needs.NOTHING, Needs::and);
    }
}
