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
    private long lastAskedNanos = System.nanoTime() - SLICE_NANOS;
    private volatile boolean cancelled;
    private volatile Thread waiting = Thread.currentThread();

    /** @param endAsked asked twice a second */
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
        do {
            if (isOver() || isEndAsked()) {
                return false;
            }
            long left = nanos - nanos();
            if (left > 0) {
                LockSupport.parkNanos(Math.min(left, SLICE_NANOS));
            }
        } while (nanos - nanos() > 0);
        return !isOver();
    }

    private boolean isEndAsked() {
        boolean isDue = nanos() - lastAskedNanos >= SLICE_NANOS;
        if (isDue) {
            lastAskedNanos = nanos();
        }
        return isDue && endAsked.getAsBoolean();
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
