package dev.mortem.os.linux.stop;

import dev.mortem.base.limit.Limit;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.stop.TracedThreads.Traced;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
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
public final class TargetOwner {
    static final Limit CRASH_HOLD = new Limit(
            "pause at a fatal signal",
            600_000,
            "milliseconds",
            "a process that is about to die serves nobody, so that the usual bound does not hold; ten "
                    + "minutes write a dump of 100 GiB to a slow disk");

    private static final Duration SHUTDOWN_WAIT = Duration.ofSeconds(1);

    private final ProcFolder proc;
    private final Clock clock;
    private final long pid;
    private final SnapshotOptions options;
    private final Optional<Duration> watchFor;
    private final Preflight preflight;
    private final Thread thread;
    private final CompletableFuture<Optional<LiveSnapshot>> ready = new CompletableFuture<>();
    private final CountDownLatch watching = new CountDownLatch(1);
    private final CountDownLatch releaseWanted = new CountDownLatch(1);
    private volatile long stoppedAt;
    private volatile Optional<Duration> pause = Optional.empty();
    private volatile Optional<String> overran = Optional.empty();

    /** @param watchFor how long to wait for a fatal signal; empty stops the target at once */
    public TargetOwner(
            ProcFolder proc,
            Clock clock,
            long pid,
            SnapshotOptions options,
            Optional<Duration> watchFor) {
        this.proc = proc;
        this.clock = clock;
        this.pid = pid;
        this.options = options;
        this.watchFor = watchFor;
        this.preflight = new Preflight(proc, ProcessHandle.current().pid());
        this.thread =
                Thread.ofPlatform().name("mortem-tracer-" + pid).daemon().unstarted(this::run);
    }

    /** The estimate alone; nothing is touched. */
    public static PauseEstimate estimate(ProcFolder proc, long pid, SnapshotOptions options)
            throws TargetException {
        Preflight preflight = new Preflight(proc, ProcessHandle.current().pid());
        StatusFile status = preflight.look(pid);
        long tid = preflight.livingThread(pid).orElseThrow(() -> Preflight.exited(pid));
        return new PauseEstimator(proc, new Kernel()).estimate(pid, tid, status, options);
    }

    /**
     * Starts the work and waits for its outcome.
     *
     * @param whenWatching run by this thread once the target is watched
     * @return empty when the watch ended without a fatal signal
     */
    public Optional<LiveSnapshot> take(Runnable whenWatching) throws TargetException {
        thread.start();
        boolean interrupted = false;
        boolean told = watchFor.isEmpty();
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
                    // a snapshot is done in no time; a watch is ended by this
                    interrupted = true;
                    if (watchFor.isPresent()) {
                        releaseWanted.countDown();
                    }
                }
            }
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof TargetException refused) {
                throw refused;
            }
            throw new IllegalStateException("tracing process " + pid + " failed", failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Lets the target go, and returns when it runs. */
    void release() {
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

    Duration pause() {
        return pause.orElseGet(() -> Duration.ofNanos(System.nanoTime() - stoppedAt));
    }

    Optional<String> overran() {
        return overran;
    }

    private void run() {
        Kernel kernel = new Kernel();
        Thread hook = new Thread(this::releaseAtShutdown, "mortem-release-" + pid);
        long pidfd = -1;
        try {
            pidfd = kernel.pidfdOpen(pid);
            Runtime.getRuntime().addShutdownHook(hook);
            own(kernel, pidfd);
        } catch (TargetException | RuntimeException | Error failed) {
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

    private void own(Kernel kernel, long pidfd) throws TargetException {
        StatusFile status = preflight.look(pid);
        long tid = preflight.livingThread(pid).orElseThrow(() -> Preflight.exited(pid));
        if (watchFor.isEmpty()) {
            refuseLongPause(new PauseEstimator(proc, kernel).estimate(pid, tid, status, options));
        }
        long ownTid = ownThreadId();
        TracedThreads threads = new TracedThreads(kernel, proc, preflight, pid, ownTid);
        boolean held = false;
        try {
            Optional<Traced> crashed = Optional.empty();
            if (watchFor.isPresent()) {
                FatalSignalWatch watch = new FatalSignalWatch(kernel, proc, threads, pid);
                crashed = watch.await(
                        watchFor.get(), watching::countDown, () -> releaseWanted.getCount() == 0);
                if (crashed.isEmpty()) {
                    return;
                }
            }
            boolean namespaced = !status.innermostPid().equals(status.number("Pid"));
            Gatherer gatherer = new Gatherer(proc, kernel, threads.ptrace(), pid, options);
            gatherer.rehearse(tid);
            Map<Long, ThreadFacts> before = ThreadFacts.ofAll(proc, pid, namespaced);
            stoppedAt = System.nanoTime();
            threads.stopAll(TracedThreads.STOP_DEADLINE);
            refuseOtherProcess(kernel, pidfd);
            hold(kernel, gatherer, threads, before, crashed);
            held = true;
        } finally {
            boolean letGo = threads.releaseAll();
            pause = Optional.of(Duration.ofNanos(System.nanoTime() - stoppedAt));
            if (held && !letGo && overran.isEmpty()) {
                overran = Optional.of("the process was killed while it stood");
            }
        }
    }

    /** Gathers, hands the snapshot over, and returns when it is time to let go. */
    private void hold(
            Kernel kernel,
            Gatherer gatherer,
            TracedThreads threads,
            Map<Long, ThreadFacts> before,
            Optional<Traced> crashed)
            throws TargetException {
        long tid = preflight.livingThread(pid).orElseThrow(() -> Preflight.exited(pid));
        long descriptor = gatherer.openMemory(tid);
        try {
            StoppedMemory memory =
                    new StoppedMemory(gatherer.layout(threads).machine(), descriptor);
            try {
                StoppedProcess.Contents contents =
                        gatherer.gather(threads, before, crashed, memory, tid, clock.instant());
                ready.complete(Optional.of(new StoppedProcess(contents, memory, this)));
                awaitRelease(crashed.isPresent());
            } finally {
                memory.shut();
            }
        } finally {
            kernel.close(descriptor);
        }
    }

    private void awaitRelease(boolean dying) {
        long allowedNanos = dying
                ? TimeUnit.MILLISECONDS.toNanos(CRASH_HOLD.defaultMax())
                : options.maxPause().toNanos();
        try {
            long left = allowedNanos - (System.nanoTime() - stoppedAt);
            if (!releaseWanted.await(left, TimeUnit.NANOSECONDS)) {
                overran = Optional.of(
                        "the process stood for %s and was let go before all of its memory was read; "
                                        .formatted(seconds(Duration.ofNanos(allowedNanos)))
                                + "allow more with --max-pause");
            }
        } catch (InterruptedException nobodyDoes) {
            overran = Optional.of("the snapshot was interrupted");
        }
    }

    private void refuseLongPause(PauseEstimate estimate) throws TargetException {
        if (estimate.pause().compareTo(options.maxPause()) > 0) {
            throw TargetException.pauseTooLong(
                    "process %d would stand for about %s while %,d MiB are copied; %s are allowed. "
                                    .formatted(
                                            pid,
                                            seconds(estimate.pause()),
                                            estimate.copyBytes() >> 20,
                                            seconds(options.maxPause()))
                            + "Allow more with --max-pause " + roundedUp(estimate.pause()),
                    estimate.pause());
        }
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }

    /** Half as much again: an estimate is one. */
    private static String roundedUp(Duration estimate) {
        return Math.max(2, (estimate.toMillis() * 3 / 2 + 999) / 1000) + "s";
    }

    /** Between finding the process and stopping it, it may have ended and its pid be used again. */
    private void refuseOtherProcess(Kernel kernel, long pidfd) throws TargetException {
        if (pidfd >= 0 && kernel.pidfdProbe(pidfd) == -Errno.ESRCH) {
            throw Preflight.exited(pid);
        }
    }

    /** This thread's id, as /proc/PID/status of a tracee names its tracer. */
    private static long ownThreadId() throws TargetException {
        String link = ProcFolder.link(Path.of("/proc/thread-self")).orElse("");
        return Numbers.parseUnsigned(link.substring(link.lastIndexOf('/') + 1)).stream()
                .boxed()
                .findFirst()
                .orElseThrow(() -> new TargetException(
                        Kind.UNSUPPORTED, "/proc/thread-self cannot be read: is /proc mounted?"));
    }
}
