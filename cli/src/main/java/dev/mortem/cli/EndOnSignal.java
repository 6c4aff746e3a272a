package dev.mortem.cli;

import dev.mortem.collect.watch.RealPace;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends a watch on Ctrl-C, SIGTERM or SIGHUP, and keeps this process until it has ended: a dump that is being
 * written is given up, what there is of it removed, the target let go. Further signals change nothing.
 */
final class EndOnSignal implements AutoCloseable {
    /** Letting go of a target takes milliseconds; removing a file of many GiB some more. */
    private static final int END_SECONDS_MAX = 20;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean asked;

    private EndOnSignal(RealPace pace, Thread watcher) {
        hook = Thread.ofPlatform().unstarted(() -> {
            asked = true;
            pace.cancel();
            watcher.interrupt();
            awaitEnd();
        });
    }

    /** The calling thread is the one that watches. */
    static EndOnSignal begin(RealPace pace) {
        EndOnSignal signals = new EndOnSignal(pace, Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(signals.hook);
        return signals;
    }

    private void awaitEnd() {
        try {
            boolean done = ended.await(END_SECONDS_MAX, TimeUnit.SECONDS);
            asked |= !done;
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isAsked() {
        return asked;
    }

    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // it runs just now
        }
    }
}
