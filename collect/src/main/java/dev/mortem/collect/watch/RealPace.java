package dev.mortem.collect.watch;

import java.time.Clock;
import java.time.LocalDateTime;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** This machine's time. One thread waits; any may {@link #cancel}. */
public final class RealPace implements Pace {
    /** How long a request to end, which is a file, may go unseen. */
    private static final long SLICE_NANOS = 500_000_000L;

    private final Clock clock;
    private final BooleanSupplier endAsked;
    private volatile boolean cancelled;
    private volatile Thread waiting = Thread.currentThread();

    /** @param endAsked asked at each wait, twice a second at least */
    public RealPace(Clock clock, BooleanSupplier endAsked) {
        this.clock = clock;
        this.endAsked = endAsked;
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public LocalDateTime wallTime() {
        return LocalDateTime.now(clock);
    }

    @Override
    public boolean awaitUntil(long nanos) {
        waiting = Thread.currentThread();
        if (endAsked.getAsBoolean()) {
            return false;
        }
        for (long left = nanos - nanos(); left > 0 && !isOver(); left = nanos - nanos()) {
            LockSupport.parkNanos(Math.min(left, SLICE_NANOS));
            if (left > SLICE_NANOS && endAsked.getAsBoolean()) {
                return false;
            }
        }
        return !isOver();
    }

    /** Also once for a thread that was interrupted. */
    private boolean isOver() {
        return cancelled || Thread.currentThread().isInterrupted();
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /** Ends the wait that is on, and every later one at once. */
    public void cancel() {
        cancelled = true;
        LockSupport.unpark(waiting);
    }
}
