package dev.mortem.os.linux.event;

import dev.mortem.os.ProcessEvents.Counts;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How much of a storm of signals is looked at. Pure: times come in. Belongs to one thread.
 *
 * <p>Looking costs the program's thread more than passing a signal on, so that only so many a second are
 * looked at; a thread that is struck far more often is left alone for a while, for passing on costs too.
 */
final class SignalBudget {
    /** What is done with a signal. */
    enum Answer {
        LOOK,
        PASS,
        /** Passed on, and its thread is left alone until {@link #rested} names it. */
        REST
    }

    private static final long SECOND = 1_000_000_000L;

    /** A thread's rate is taken over this. */
    static final long WINDOW_NANOS = SECOND / 10;

    /** With the window before it: a thread that storms is watched a tenth of the time. */
    static final long REST_NANOS = 9 * WINDOW_NANOS;

    /** Passed signals are told this often. */
    private static final long TELL_NANOS = SECOND;

    private final int looksPerSecond;
    private final long restAbovePerWindow;
    private final Map<Long, int[]> window = new HashMap<>();
    private final Map<Long, Long> resting = new HashMap<>();
    private long windowBegan;
    private double looksLeft;
    private long refilledAt;
    private volatile long toldAt;
    private volatile long passedSinceTold;
    private long restedSinceTold;
    private volatile long signals;
    private volatile long passed;
    private volatile long restedNanos;

    SignalBudget(int looksPerSecond, int restAbovePerSecond, long now) {
        this.looksPerSecond = looksPerSecond;
        this.restAbovePerWindow = restAbovePerSecond * WINDOW_NANOS / SECOND;
        this.looksLeft = looksPerSecond;
        this.refilledAt = now;
        this.windowBegan = now;
        this.toldAt = now;
    }

    /** Counts a signal that is not looked at in any case. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others read
    Answer count(long tid, long now) {
        signals++;
        return isStorming(tid, now) ? rest(tid, now) : Answer.PASS;
    }

    /** Counts a signal that would be looked at. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others read
    Answer take(long tid, long now) {
        signals++;
        boolean storming = isStorming(tid, now);
        refill(now);
        if (!storming && looksLeft >= 1) {
            looksLeft--;
            return Answer.LOOK;
        }
        passed++;
        passedSinceTold++;
        return storming ? rest(tid, now) : Answer.PASS;
    }

    private void refill(long now) {
        double since = (double) (now - refilledAt) / SECOND;
        looksLeft = Math.min(looksPerSecond, looksLeft + since * looksPerSecond);
        refilledAt = now;
    }

    private boolean isStorming(long tid, long now) {
        if (restAbovePerWindow == 0) {
            return false;
        }
        if (now - windowBegan >= WINDOW_NANOS) {
            window.clear();
            windowBegan = now;
        }
        int[] count = window.computeIfAbsent(tid, _ -> new int[1]);
        return ++count[0] > restAbovePerWindow;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others read
    private Answer rest(long tid, long now) {
        resting.put(tid, now + REST_NANOS);
        restedNanos += REST_NANOS;
        restedSinceTold += REST_NANOS;
        return Answer.REST;
    }

    /** Whether a thread is left alone now. */
    boolean isAnyResting() {
        return !resting.isEmpty();
    }

    /** Takes a thread that was left alone for long enough. */
    OptionalLong rested(long now) {
        for (Map.Entry<Long, Long> entry : resting.entrySet()) {
            if (now - entry.getValue() >= 0) {
                long tid = entry.getKey();
                resting.remove(tid);
                return OptionalLong.of(tid);
            }
        }
        return OptionalLong.empty();
    }

    /** Signals that were passed on and not told of yet, and how long threads were left alone. */
    record Untold(long signals, Duration unwatched) {}

    boolean isAnyUntold() {
        return passedSinceTold > 0;
    }

    /** Whether something is to be told by now; nothing is more often than once a second. For any thread. */
    boolean isTimeToTell(long now) {
        return passedSinceTold > 0 && now - toldAt >= TELL_NANOS;
    }

    Untold tell(long now) {
        Untold untold = new Untold(passedSinceTold, Duration.ofNanos(restedSinceTold));
        passedSinceTold = 0;
        restedSinceTold = 0;
        toldAt = now;
        return untold;
    }

    /** For any thread. */
    Counts counts(long unheard) {
        return new Counts(signals, passed, unheard, Duration.ofNanos(restedNanos));
    }
}
