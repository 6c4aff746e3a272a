package dev.mortem.collect.source;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Does something again and again on a thread of its own, which ends when it is interrupted. */
final class Rounds implements AutoCloseable {
    private final Thread thread;

    /** @param every from the start of one round to the next; one that takes longer delays the next */
    Rounds(String name, Duration every, Runnable round) {
        thread = Thread.ofPlatform().daemon().name(name).start(() -> {
            long next = System.nanoTime();
            while (!Thread.currentThread().isInterrupted()) {
                round.run();
                next = Math.max(next + every.toNanos(), System.nanoTime());
                awaitUntil(next);
            }
        });
    }

    private static void awaitUntil(long nanos) {
        long left = nanos - System.nanoTime();
        while (left > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(left);
            left = nanos - System.nanoTime();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
