package dev.mortem.stack.fetch;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits between two tries; a test's does not. Safe for any thread. */
@FunctionalInterface
public interface Pause {
    /** The thread stands still for that long. */
    Pause REAL = time -> {
        LockSupport.parkNanos(time.toNanos());
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    };

    void of(Duration time) throws InterruptedException;
}
