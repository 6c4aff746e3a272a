package dev.mortem.os;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What is watched in a process, and how much that may cost it.
 *
 * @param filter asked for every event that is looked at
 * @param firstChance the signals that are told although the program handles or ignores them; empty tells
 *     fatal ones only, which is what nearly everybody wants
 * @param looksPerSecond how many signals a second are looked at, in bursts of as many; all others are counted
 *     and passed on. A fatal one among these is still caught at the process's end, without its siginfo
 * @param restAbovePerSecond a thread that is struck by more signals a second than this is left alone for nine
 *     tenths of the time, because each costs it some 20 us; what strikes it meanwhile is not seen, not even a
 *     fatal one. 0 never leaves a thread alone
 * @param holdMax how long a thread is held that is not about to die; then it runs on, snapshot or not
 * @param modulesEvery how often the mappings are compared for modules that come and go; empty for never
 * @param hurried whether the process may have ended by the time that our code has been run warm, which
 *     otherwise comes first so that its threads stand for a shorter time: for one that has just begun, after
 *     another was watched
 */
public record EventOptions(
        EventFilter filter,
        Set<Integer> firstChance,
        int looksPerSecond,
        int restAbovePerSecond,
        Duration holdMax,
        Optional<Duration> modulesEvery,
        boolean hurried) {
    /** As many as a console, a log or a reader can take in. */
    public static final int DEFAULT_LOOKS_PER_SECOND = 100;

    /** At this rate a thread spends a tenth of its time standing, and less above it. */
    public static final int DEFAULT_REST_ABOVE_PER_SECOND = 5_000;

    /** A snapshot begins within milliseconds of its event; who has not asked by then has other troubles. */
    public static final Duration DEFAULT_HOLD_MAX = Duration.ofSeconds(5);

    public EventOptions {
        firstChance = Set.copyOf(firstChance);
        if (looksPerSecond < 1 || restAbovePerSecond < 0) {
            throw new IllegalArgumentException("%d looks a second and rest above %d"
                    .formatted(looksPerSecond, restAbovePerSecond));
        }
        if (modulesEvery.isPresent() && modulesEvery.get().toMillis() < 1) {
            throw new IllegalArgumentException("modules every " + modulesEvery.get());
        }
    }

    /** Fatal signals only, and whatever else the filter wants; no modules. */
    public static EventOptions fatalOnly(EventFilter filter) {
        return new EventOptions(
                filter,
                Set.of(),
                DEFAULT_LOOKS_PER_SECOND,
                DEFAULT_REST_ABOVE_PER_SECOND,
                DEFAULT_HOLD_MAX,
                Optional.empty(),
                false);
    }

    public EventOptions withFirstChance(Set<Integer> signals) {
        return new EventOptions(
                filter,
                signals,
                looksPerSecond,
                restAbovePerSecond,
                holdMax,
                modulesEvery,
                hurried);
    }

    public EventOptions withLooksPerSecond(int value) {
        return new EventOptions(
                filter, firstChance, value, restAbovePerSecond, holdMax, modulesEvery, hurried);
    }

    public EventOptions withRestAbovePerSecond(int value) {
        return new EventOptions(
                filter, firstChance, looksPerSecond, value, holdMax, modulesEvery, hurried);
    }

    public EventOptions withHoldMax(Duration value) {
        return new EventOptions(
                filter,
                firstChance,
                looksPerSecond,
                restAbovePerSecond,
                value,
                modulesEvery,
                hurried);
    }

    public EventOptions withModulesEvery(Duration value) {
        return new EventOptions(
                filter,
                firstChance,
                looksPerSecond,
                restAbovePerSecond,
                holdMax,
                Optional.of(value),
                hurried);
    }

    public EventOptions inAHurry() {
        return new EventOptions(
                filter,
                firstChance,
                looksPerSecond,
                restAbovePerSecond,
                holdMax,
                modulesEvery,
                true);
    }
}
