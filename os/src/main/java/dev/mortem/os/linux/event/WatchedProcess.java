package dev.mortem.os.linux.event;

import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Kernel.Waited;
import dev.mortem.os.linux.call.WakeSignal;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.stop.Rehearsal;
import dev.mortem.os.linux.stop.SnapshotWithin;
import dev.mortem.os.linux.stop.Surroundings;
import dev.mortem.os.linux.stop.TracedThreads.Traced;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that is watched by a thread of its own, which alone makes the calls that trace it.
 *
 * <p>That thread waits in waitid(2) for its own tracees (P_ALL with __WNOTHREAD: what other threads of this
 * JVM started is none of its business, nor is it taken from them), so that a stop is taken within the time
 * that the kernel needs to wake it, and nothing is polled while nothing happens. {@link WakeSignal} breaks
 * the wait off for requests of other threads. While something has a time of its own (a thread that is held,
 * a frozen copy, a storm) it looks again after 20 us to 2 ms instead.
 */
public final class WatchedProcess implements ProcessEvents, SnapshotWithin.Tracer {
    /** Told and not taken: about a minute of what one console can show. */
    private static final int QUEUE_MAX = 10_000;

    private static final long POLL_NANOS_MIN = 20_000;
    private static final long POLL_NANOS_MAX = 2_000_000;

    /** A thread that was about to wait misses the signal that is to wake it: sent again after this. */
    private static final long WAKE_AGAIN_NANOS = 100_000;

    /** The kernel lets the tracees go a moment after the Java thread has ended. */
    private static final Duration UNTRACED_WAIT = Duration.ofSeconds(2);

    /** A storm's last signals are told this late. */
    private static final long SLICE_NANOS = 500_000_000;

    private static final Duration SHUTDOWN_WAIT = Duration.ofSeconds(1);

    private final Surroundings surroundings;
    private final ProcFolder proc;
    private final Rehearsal rehearsal;
    private final Clock clock;
    private final long pid;
    private final EventOptions options;
    private final LinkedBlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final Queue<Runnable> requests = new ConcurrentLinkedQueue<>();
    private final Queue<Request> snapshots = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<EventLoop> attached = new CompletableFuture<>();
    private final AtomicLong unheard = new AtomicLong();
    private final Thread thread;
    private volatile boolean waits;
    private volatile boolean closing;
    private volatile boolean over;
    private volatile long tracerTid;
    private volatile Optional<SnapshotWithin> open = Optional.empty();

    // of the tracing thread alone: what the snapshot is about, and how long it waits between two
    // looks
    private Optional<Traced> focused = Optional.empty();
    private long pauseNanos = POLL_NANOS_MIN;

    private record Request(SnapshotWithin snapshot, Told told) {}

    private WatchedProcess(
            Surroundings surroundings,
            ProcFolder proc,
            Rehearsal rehearsal,
            Clock clock,
            long pid,
            EventOptions options) {
        this.surroundings = surroundings;
        this.proc = proc;
        this.rehearsal = rehearsal;
        this.clock = clock;
        this.pid = pid;
        this.options = options;
        this.thread = Thread.ofPlatform().name("mortem-watch-" + pid).daemon().unstarted(this::run);
    }

    /**
     * Begins to watch; returns when no event can be missed any more.
     *
     * @throws TargetException when it cannot be watched
     */
    public static WatchedProcess begin(
            Surroundings surroundings,
            ProcFolder proc,
            Rehearsal rehearsal,
            Clock clock,
            long pid,
            EventOptions options)
            throws TargetException {
        WatchedProcess watched =
                new WatchedProcess(surroundings, proc, rehearsal, clock, pid, options);
        rehearsal.begin();
        watched.thread.start();
        watched.awaitAttached();
        if (options.modulesEvery().isPresent()) {
            new ModuleWatch(proc, clock, pid, options, watched::offer, () -> watched.over).start();
        }
        return watched;
    }

    private void awaitAttached() throws TargetException {
        try {
            attached.get();
        } catch (InterruptedException stop) {
            close();
            Thread.currentThread().interrupt();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof TargetException refused) {
                throw refused;
            }
            throw new IllegalStateException("watching process " + pid + " failed", failed);
        }
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public Optional<Told> next(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            boolean isLast = over;
            long left = isLast ? 0 : end - System.nanoTime();
            Told next = told.poll(Math.min(left, SLICE_NANOS), TimeUnit.NANOSECONDS);
            if (next != null || left <= 0) {
                return Optional.ofNullable(next);
            }
            if (loop().budget().isTimeToTell(System.nanoTime())) {
                request(loop()::due); // the storm may be over, and nothing else wake that thread
            }
        }
    }

    @Override
    public LiveSnapshot snapshot(Told of, SnapshotOptions how) throws TargetException {
        SnapshotWithin snapshot =
                new SnapshotWithin(surroundings, rehearsal, clock, pid, how, this);
        snapshots.add(new Request(snapshot, of));
        wake();
        if (over) {
            snapshot.refuse();
        }
        return snapshot.await();
    }

    @Override
    public void release(Told of) {
        request(() -> loop().release(of));
    }

    private EventLoop loop() {
        return attached.join();
    }

    private void request(Runnable request) {
        requests.add(request);
        wake();
    }

    /** Sends the signal until the thread has seen that it is not to wait. */
    @Override
    public void wake() {
        Kernel kernel = new Kernel();
        while (waits && thread.isAlive()) {
            WakeSignal.send(kernel, tracerTid);
            LockSupport.parkNanos(WAKE_AGAIN_NANOS);
        }
    }

    @Override
    public Counts counts() {
        return attached.isDone() && !attached.isCompletedExceptionally()
                ? loop().budget().counts(unheard.get())
                : new Counts(0, 0, 0, Duration.ZERO);
    }

    @Override
    public void close() {
        stop();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        awaitUntraced();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop() {
        closing = true;
        open.ifPresent(SnapshotWithin::cancel);
        wake();
    }

    private void awaitUntraced() {
        long end = System.nanoTime() + UNTRACED_WAIT.toNanos();
        while (isTracedByUs() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(WAKE_AGAIN_NANOS);
        }
    }

    private boolean isTracedByUs() {
        return proc.tids(pid).stream()
                .flatMap(tid -> ProcFolder.text(proc.task(pid, tid).resolve("status")).stream())
                .anyMatch(
                        text -> StatusFile.parse(text).number("TracerPid").orElse(0) == tracerTid);
    }

    private void run() {
        Thread hook = new Thread(this::stopAtShutdown, "mortem-unwatch-" + pid);
        Kernel kernel = new Kernel();
        try {
            tracerTid = ownThreadId();
            Runtime.getRuntime().addShutdownHook(hook);
            kernel.setTimerSlack(1);
            try (EventLoop loop =
                    new EventLoop(kernel, surroundings, proc, clock, pid, options, this::offer)) {
                attached.complete(loop);
                while (!loop.isOver() && !closing) {
                    takeSnapshots(kernel, loop);
                    step(kernel, loop, POLL_NANOS_MAX);
                }
            }
        } catch (TargetException | RuntimeException | Error failed) {
            attached.completeExceptionally(failed);
        } finally {
            over = true;
            attached.completeExceptionally(new IllegalStateException("closed"));
            snapshots.forEach(request -> request.snapshot().refuse());
            removeHook(hook);
        }
    }

    private static long ownThreadId() {
        String link = ProcFolder.link(Path.of("/proc/thread-self")).orElse("");
        return Numbers.parseUnsigned(link.substring(link.lastIndexOf('/') + 1)).orElse(0);
    }

    /** Bounded, unlike {@link #close}: a JVM that is told to end must end; the kernel does the rest. */
    private void stopAtShutdown() {
        stop();
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

    /** Run by the thread that traces, and the one that looks at modules. */
    private void offer(Told event) {
        boolean isLast = event.event() instanceof ProcessEvent.Gone;
        if (told.size() < QUEUE_MAX || event.held() || isLast) {
            told.add(event);
        } else {
            unheard.incrementAndGet();
        }
    }

    private void takeSnapshots(Kernel kernel, EventLoop loop) {
        for (Request next = snapshots.poll(); next != null; next = snapshots.poll()) {
            open = Optional.of(next.snapshot());
            if (closing) {
                next.snapshot().cancel(); // it was not there yet for whoever closes
            }
            focused = loop.held(next.told());
            boolean dies = focused.isPresent() && EventLoop.isEnd(next.told());
            OptionalInt endedBy = next.told().event() instanceof ProcessEvent.Exiting end
                    ? end.signal()
                    : OptionalInt.empty();
            next.snapshot().run(kernel, loop.threads(), focused, dies, endedBy);
            focused = Optional.empty();
            open = Optional.empty();
            loop.takeUnseen();
        }
    }

    @Override
    public void focusFree() {
        focused.ifPresent(free -> loop().free(free.tid()));
    }

    @Override
    public void watchOn(long nanos) {
        Kernel kernel = new Kernel();
        EventLoop loop = loop();
        long end = System.nanoTime() + nanos;
        loop.takeUnseen();
        while (!closing && !loop.isOver() && System.nanoTime() - end < 0) {
            if (open.isEmpty() || open.get().isReleaseWanted()) {
                return;
            }
            step(kernel, loop, Math.min(POLL_NANOS_MAX, nanos));
        }
        if (loop.isOver()) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private void step(Kernel kernel, EventLoop loop, long atMostNanos) {
        for (Runnable next = requests.poll(); next != null; next = requests.poll()) {
            next.run();
        }
        boolean patient = loop.mayWait() && open.isEmpty() && WakeSignal.isReady();
        if (!patient) {
            loop.due();
        }
        Optional<Waited> change = patient ? await(kernel) : kernel.peekOwn();
        if (change.isPresent()) {
            pauseNanos = POLL_NANOS_MIN;
            loop.take(change.get());
        } else if (requests.isEmpty() && snapshots.isEmpty() && !closing) {
            if (patient) {
                loop.checkThere();
            }
            LockSupport.parkNanos(Math.min(pauseNanos, atMostNanos));
            pauseNanos = Math.min(pauseNanos * 2, POLL_NANOS_MAX);
        }
    }

    private Optional<Waited> await(Kernel kernel) {
        waits = true;
        try {
            boolean isAsked = closing || !requests.isEmpty() || !snapshots.isEmpty();
            return isAsked ? Optional.empty() : kernel.awaitOwn();
        } finally {
            waits = false;
        }
    }
}
