package dev.mortem.os.linux.stop;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.inject.InjectionStep;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that traces a target: it stops it, reads it, holds it until released or until the
 * deadline has passed, and lets it go. The kernel ties tracees to the thread that seized them; it also
 * frees them when that thread ends, however it ends, which is the last line of safety here.
 */
public final class TargetOwner implements Visit.Host, TakenProcess.Owner {
    private static final Duration SHUTDOWN_WAIT = Duration.ofSeconds(1);

    private final Surroundings surroundings;
    private final Rehearsal rehearsal;
    private final Clock clock;
    private final long pid;
    private final SnapshotOptions options;
    private final Optional<Duration> watchFor;
    private final InjectionStep.Listener listener;
    private final Thread thread;
    private final CompletableFuture<PauseEstimate> planned = new CompletableFuture<>();
    private final CompletableFuture<Optional<LiveSnapshot>> ready = new CompletableFuture<>();
    private final CountDownLatch watching = new CountDownLatch(1);
    private final CountDownLatch decided = new CountDownLatch(1);
    private final CountDownLatch releaseWanted = new CountDownLatch(1);
    private volatile boolean wanted;
    private volatile long stoppedAt;
    private volatile Optional<Duration> pause = Optional.empty();
    private volatile Optional<String> overran = Optional.empty();

    /**
     * @param watchFor how long to wait for a fatal signal; empty stops the target at once
     * @param listener is told of the steps of an injection, by the tracing thread
     */
    public TargetOwner(
            Surroundings surroundings,
            Rehearsal rehearsal,
            Clock clock,
            long pid,
            SnapshotOptions options,
            Optional<Duration> watchFor,
            InjectionStep.Listener listener) {
        this.surroundings = surroundings;
        this.rehearsal = rehearsal;
        this.clock = clock;
        this.pid = pid;
        this.options = options;
        this.watchFor = watchFor;
        this.listener = listener;
        this.thread =
                Thread.ofPlatform().name("mortem-tracer-" + pid).daemon().unstarted(this::run);
    }

    /**
     * Looks at the target and waits for what comes of it; nothing is touched.
     *
     * @throws TargetException when it cannot be stopped, for a reason seen from outside
     */
    public PauseEstimate plan() throws TargetException {
        thread.start();
        return outcome(planned);
    }

    /** After {@link #plan}: leaves the target alone. */
    public void cancel() {
        decided.countDown();
    }

    /** After {@link #plan}: takes the snapshot and waits for it. */
    public LiveSnapshot take() throws TargetException {
        wanted = true;
        decided.countDown();
        return outcome(ready).orElseThrow();
    }

    private <T> T outcome(CompletableFuture<T> future) throws TargetException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException soonDone) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failed) {
            throw asTargetException(failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private TargetException asTargetException(ExecutionException failed) {
        if (failed.getCause() instanceof TargetException refused) {
            return refused;
        }
        throw new IllegalStateException("tracing process " + pid + " failed", failed);
    }

    /**
     * Waits for a fatal signal.
     *
     * @param whenWatching run by this thread once the target is watched
     * @return empty when the watch ended without a fatal signal
     */
    public Optional<LiveSnapshot> watch(Runnable whenWatching) throws TargetException {
        thread.start();
        boolean interrupted = false;
        boolean told = false;
        try {
            while (true) {
                try {
                    if (!told) {
                        watching.await();
                        told = true;
                        if (!ready.isDone()) {
                            whenWatching.run();
                        }
                    }
                    return ready.get();
                } catch (InterruptedException stop) {
                    interrupted = true;
                    releaseWanted.countDown();
                }
            }
        } catch (ExecutionException failed) {
            throw asTargetException(failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Lets the target go, and returns when it runs. */
    @Override
    public void release() {
        releaseWanted.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Duration pause() {
        return pause.orElseGet(() -> Duration.ofNanos(System.nanoTime() - stoppedAt));
    }

    @Override
    public Optional<String> overran() {
        return overran;
    }

    private void run() {
        Kernel kernel = new Kernel();
        Thread hook = new Thread(this::releaseAtShutdown, "mortem-release-" + pid);
        long pidfd = -1;
        try {
            pidfd = kernel.pidfdOpen(pid);
            Runtime.getRuntime().addShutdownHook(hook);
            kernel.setTimerSlack(1);
            Visit visit = new Visit(
                    surroundings, rehearsal, clock, kernel, pid, pidfd, options, listener, this);
            if (watchFor.isPresent()) {
                visit.watch(watchFor.get());
            } else {
                visit.take();
            }
        } catch (TargetException | RuntimeException | Error failed) {
            planned.completeExceptionally(failed);
            ready.completeExceptionally(failed);
        } finally {
            watching.countDown();
            ready.complete(Optional.empty());
            if (pidfd >= 0) {
                kernel.close(pidfd);
            }
            removeHook(hook);
        }
    }

    /** Bounded, unlike {@link #release}: a JVM that is told to end must end; the kernel does the rest. */
    private void releaseAtShutdown() {
        releaseWanted.countDown();
        try {
            thread.join(SHUTDOWN_WAIT);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // the hook runs, or has run, and has nothing left to do
        }
    }

    @Override
    public void planned(PauseEstimate estimate) {
        planned.complete(estimate);
    }

    @Override
    public boolean isWanted() {
        try {
            decided.await();
            return wanted;
        } catch (InterruptedException nobodyDoes) {
            return false;
        }
    }

    @Override
    public void watching() {
        watching.countDown();
    }

    @Override
    public long stopping() {
        stoppedAt = System.nanoTime();
        return stoppedAt;
    }

    @Override
    public void running() {
        if (pause.isEmpty()) {
            pause = Optional.of(Duration.ofNanos(System.nanoTime() - stoppedAt));
        }
    }

    @Override
    public void taken(Contents contents, LiveMemory memory, String method, String why) {
        ready.complete(Optional.of(new TakenProcess(contents, memory, this, method, why)));
    }

    @Override
    public boolean isReleaseWanted() {
        return releaseWanted.getCount() == 0;
    }

    @Override
    public boolean awaitRelease(long nanos) {
        try {
            return releaseWanted.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException nobodyDoes) {
            return true;
        }
    }

    @Override
    public void overran(String why) {
        if (overran.isEmpty()) {
            overran = Optional.of(why);
        }
    }
}
