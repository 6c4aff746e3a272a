package dev.mortem.os.linux.stop;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.stop.TracedThreads.Traced;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A snapshot of a process whose threads are watched, taken by the thread that watches them: the kernel lets
 * no other. While a frozen copy is written, that thread goes on watching.
 */
public final class SnapshotWithin implements Visit.Host, TakenProcess.Owner {
    /** The thread that traces. */
    public interface Tracer {
        /** Works on what happens for that long at most, or until woken; the target runs. */
        void watchOn(long nanos);

        /** The thread that the snapshot is about is not held any more. Run by the thread itself. */
        void focusFree();

        /** From any thread: breaks off {@link #watchOn}. */
        void wake();
    }

    private final Surroundings surroundings;
    private final Rehearsal rehearsal;
    private final Clock clock;
    private final long pid;
    private final SnapshotOptions options;
    private final CompletableFuture<LiveSnapshot> ready = new CompletableFuture<>();
    private final CountDownLatch releaseWanted = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final Tracer tracer;
    private volatile long stoppedAt;
    private volatile Optional<Duration> pause = Optional.empty();
    private volatile Optional<String> overran = Optional.empty();

    /** @param tracer of the target */
    public SnapshotWithin(
            Surroundings surroundings,
            Rehearsal rehearsal,
            Clock clock,
            long pid,
            SnapshotOptions options,
            Tracer tracer) {
        this.surroundings = surroundings;
        this.rehearsal = rehearsal;
        this.clock = clock;
        this.pid = pid;
        this.options = options;
        this.tracer = tracer;
    }

    /**
     * Takes it, and returns when it is not wanted any more; by the thread that traces.
     *
     * @param focus the thread that it is about, which stands
     * @param dying whether the process is about to end: it then stands until the snapshot is released
     * @param endedBy the signal that ends it, where the thread is past its delivery
     */
    public void run(
            Kernel kernel,
            TracedThreads threads,
            Optional<Traced> focus,
            boolean dying,
            OptionalInt endedBy) {
        try {
            Visit visit = Visit.within(
                    surroundings, rehearsal, clock, kernel, pid, options, threads, this);
            Optional<Focus> about = focus.map(thread -> new Focus(
                    thread.tid(),
                    Optional.of(ThreadCapture.of(threads.ptrace(), thread)),
                    endedBy));
            if (dying && about.isPresent()) {
                visit.takeDying(about.get());
            } else {
                visit.takeTraced(about, tracer::focusFree);
            }
        } catch (TargetException | RuntimeException | Error failed) {
            ready.completeExceptionally(failed);
        } finally {
            refuse();
            over.countDown();
        }
    }

    /** It will not be taken: the watch is over. */
    public void refuse() {
        ready.completeExceptionally(Preflight.exited(pid));
    }

    /** The snapshot, as soon as it is there; from any other thread. */
    public LiveSnapshot await() throws TargetException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return ready.get();
                } catch (InterruptedException soonDone) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof TargetException refused) {
                throw refused;
            }
            throw new IllegalStateException("a snapshot of process " + pid + " failed", failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Gives it up; does not wait. */
    public void cancel() {
        releaseWanted.countDown();
        tracer.wake();
    }

    @Override
    public void release() {
        cancel();
        boolean interrupted = false;
        while (over.getCount() > 0) {
            try {
                over.await();
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

    @Override
    public void planned(PauseEstimate estimate) {
        // nobody asked: the options say what is allowed
    }

    @Override
    public boolean isWanted() {
        return true;
    }

    @Override
    public void watching() {
        // since long
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
        ready.complete(new TakenProcess(contents, memory, this, method, why));
    }

    @Override
    public boolean isReleaseWanted() {
        return releaseWanted.getCount() == 0;
    }

    @Override
    public boolean awaitRelease(long nanos) {
        if (pause.isPresent()) {
            if (!isReleaseWanted()) {
                tracer.watchOn(nanos);
            }
            return isReleaseWanted();
        }
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
