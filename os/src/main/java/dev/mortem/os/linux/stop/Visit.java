package dev.mortem.os.linux.stop;

import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.inject.InjectionStep;
import dev.mortem.os.linux.limit.MemoryWatch;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.stop.Gatherer.Before;
import dev.mortem.os.linux.stop.TracedThreads.Traced;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * One visit to one target: it is looked at, stopped, copied or read where it stands, and let go.
 * Everything here runs on the one thread that traces it.
 */
final class Visit {
    static final Limit CRASH_HOLD = new Limit(
            "pause at a fatal signal",
            600_000,
            "milliseconds",
            "a process that is about to die serves nobody, so that the usual bound does not hold; ten "
                    + "minutes write a dump of 100 GiB to a slow disk");

    /** Writing into fresh pages, a target takes some 10 MB of memory in this time. */
    private static final long LOOK_AFTER_NANOS = 5_000_000;

    /** linux/sched.h: the task is on its way out. */
    private static final long PF_EXITING = 0x4;

    /** Whoever wants the snapshot, on other threads. */
    interface Host {
        /** What is going to happen; the target was not touched. */
        void planned(PauseEstimate estimate);

        /** Whether to go on; waits for the answer. */
        boolean isWanted();

        /** No fatal signal is missed from now on. */
        void watching();

        /** The target is about to stand; the moment, of System.nanoTime. */
        long stopping();

        /** The target runs again. */
        void running();

        /** The snapshot is there. */
        void taken(Contents contents, LiveMemory memory, String method, String why);

        boolean isReleaseWanted();

        /** Waits until the snapshot is not wanted any more; false when the time has passed. */
        boolean awaitRelease(long nanos);

        /** The memory went away before that. */
        void overran(String why);
    }

    private final Surroundings surroundings;
    private final Rehearsal rehearsal;
    private final ProcFolder proc;
    private final Clock clock;
    private final Kernel kernel;
    private final long pid;
    private final long pidfd;
    private final SnapshotOptions options;
    private final InjectionStep.Listener listener;
    private final Host host;
    private final Preflight preflight;
    private final Gatherer gatherer;
    private final TracedThreads threads;
    private long stoppedAt;
    private boolean held;

    Visit(
            Surroundings surroundings,
            Rehearsal rehearsal,
            Clock clock,
            Kernel kernel,
            long pid,
            long pidfd,
            SnapshotOptions options,
            InjectionStep.Listener listener,
            Host host)
            throws TargetException {
        this(
                surroundings,
                rehearsal,
                clock,
                kernel,
                pid,
                pidfd,
                options,
                listener,
                host,
                Optional.empty());
    }

    /** A visit to a target whose threads are traced already, and stay so. */
    static Visit within(
            Surroundings surroundings,
            Rehearsal rehearsal,
            Clock clock,
            Kernel kernel,
            long pid,
            SnapshotOptions options,
            TracedThreads threads,
            Host host)
            throws TargetException {
        return new Visit(
                surroundings,
                rehearsal,
                clock,
                kernel,
                pid,
                -1,
                options,
                InjectionStep.Listener.none(),
                host,
                Optional.of(threads));
    }

    private Visit(
            Surroundings surroundings,
            Rehearsal rehearsal,
            Clock clock,
            Kernel kernel,
            long pid,
            long pidfd,
            SnapshotOptions options,
            InjectionStep.Listener listener,
            Host host,
            Optional<TracedThreads> traced)
            throws TargetException {
        this.surroundings = surroundings;
        this.rehearsal = rehearsal;
        this.proc = surroundings.proc();
        this.clock = clock;
        this.kernel = kernel;
        this.pid = pid;
        this.pidfd = pidfd;
        this.options = options;
        this.listener = listener;
        this.host = host;
        this.preflight = new Preflight(proc, ProcessHandle.current().pid());
        this.gatherer = new Gatherer(proc, kernel, pid, options);
        this.threads = traced.isPresent()
                ? traced.get()
                : new TracedThreads(kernel, proc, preflight, pid, ownThreadId());
    }

    /** Waits for a fatal signal and holds the target there. */
    void watch(Duration atMost) throws TargetException {
        StatusFile status = preflight.look(pid);
        try {
            FatalSignalWatch watch = new FatalSignalWatch(kernel, proc, threads, pid);
            Optional<Traced> crashed = watch.await(atMost, host::watching, host::isReleaseWanted);
            if (crashed.isEmpty()) {
                return;
            }
            standDying(
                    status, new Focus(crashed.get().tid(), Optional.empty(), OptionalInt.empty()));
        } finally {
            letGo();
        }
    }

    /** The process is about to end: a copy of it has nobody to serve. */
    void takeDying(Focus focus) throws TargetException {
        try {
            standDying(preflight.status(pid), focus);
        } finally {
            letGo();
        }
    }

    private void standDying(StatusFile status, Focus dying) throws TargetException {
        Before before = gatherer.before(livingThread(), isNamespaced(status));
        stopAll();
        // it stands anyway, and the others ran on while it was looked at before
        hold(
                before.with(gatherer.kernelObjects(clock.instant())),
                Optional.of(dying),
                true,
                "it was about to end");
    }

    /** Takes a snapshot now. */
    void take() throws TargetException {
        take(preflight.look(pid), Optional.empty(), () -> {});
    }

    /**
     * Takes a snapshot now of a process that is traced already.
     *
     * @param beforeStop run when it is sure to be taken, before threads stop
     */
    void takeTraced(Optional<Focus> focus, Runnable beforeStop) throws TargetException {
        take(preflight.status(pid), focus, beforeStop);
    }

    private void take(StatusFile status, Optional<Focus> focus, Runnable beforeStop)
            throws TargetException {
        long tid = livingThread();
        rehearsal.await();
        try (Plan plan = Plan.of(surroundings, kernel, pid, tid, status, options)) {
            host.planned(plan.estimate());
            if (!host.isWanted()) {
                return;
            }
            if (plan.refusal().isPresent()) {
                throw plan.refusal().get();
            }
            KernelObjects objects = gatherer.kernelObjects(clock.instant());
            Before before = gatherer.before(tid, isNamespaced(status)).with(objects);
            beforeStop.run();
            if (plan.ground().isPresent()) {
                copy(plan, plan.ground().get(), before, focus);
            } else {
                stand(before, focus, plan.estimate().why());
            }
        }
    }

    private void stand(Before before, Optional<Focus> focus, String why) throws TargetException {
        try {
            stopAll();
            hold(before, focus, false, why);
        } finally {
            letGo();
        }
    }

    private void stopAll() throws TargetException {
        if (!threads.isKept()) {
            threads.seizeAll(0);
        }
        stoppedAt = host.stopping();
        listener.reached(InjectionStep.STOPPING);
        threads.stopAll(TracedThreads.STOP_DEADLINE);
        // between finding the process and stopping it, it may have ended and its pid be used again
        if (pidfd >= 0 && kernel.pidfdProbe(pidfd) == -Errno.ESRCH) {
            throw Preflight.exited(pid);
        }
    }

    private void letGo() {
        boolean there = threads.releaseAll();
        host.running();
        if (held && !there) {
            host.overran("the process was killed while it stood");
        }
    }

    /** Gathers, hands the snapshot over, and returns when it is time to let the target go. */
    private void hold(Before before, Optional<Focus> focus, boolean dying, String why)
            throws TargetException {
        long tid = livingThread();
        List<ThreadCapture> captures = Focus.applied(focus, captureAll());
        Machine machine = gatherer.machine(captures);
        try (LiveMemory memory =
                LiveMemory.open(proc, kernel, machine, pid, tid, Unforked.none())) {
            Contents contents = gatherer.gather(
                    before,
                    captures,
                    focus,
                    memory,
                    proc.task(pid, tid),
                    Unforked.none(),
                    clock.instant());
            host.taken(contents, memory, PauseEstimate.STOP_THE_WORLD, why);
            held = true;
            holdStanding(dying);
        }
    }

    private List<ThreadCapture> captureAll() {
        List<ThreadCapture> captures = new ArrayList<>();
        for (Traced thread : threads.all()) {
            captures.add(ThreadCapture.of(threads.ptrace(), thread));
            threads.mend(thread);
        }
        return captures;
    }

    private void holdStanding(boolean dying) {
        long allowedNanos = dying
                ? TimeUnit.MILLISECONDS.toNanos(CRASH_HOLD.defaultMax())
                : options.maxPause().toNanos();
        long left = allowedNanos - (System.nanoTime() - stoppedAt);
        if (!host.awaitRelease(left)) {
            host.overran(
                    "the process stood for %s and was let go before all of its memory was read; "
                                    .formatted(Plan.seconds(Duration.ofNanos(allowedNanos)))
                            + "allow more with --max-pause");
        }
    }

    private void copy(Plan plan, Ground ground, Before before, Optional<Focus> focus)
            throws TargetException {
        Freezer freezer = new Freezer(kernel, threads, ground, pid, listener);
        try {
            Freezer.Frozen frozen;
            Instant takenAt;
            try {
                kernel.setRealTime(0, true);
                stopAll();
                takenAt = clock.instant();
                frozen = freezer.freeze(
                        plan.lacking(), stoppedAt + options.maxPause().toNanos(), host::running);
            } finally {
                kernel.setRealTime(0, false);
            }
            holdCopy(freezer, frozen, focus, before, takenAt, plan);
        } catch (InjectionException failed) {
            insteadOfCopy(plan, before, focus, failed);
        } finally {
            letGo();
        }
    }

    /** The target stands, and no copy of it could be made: it is held, if that is allowed. */
    private void insteadOfCopy(
            Plan plan, Before before, Optional<Focus> focus, InjectionException failed)
            throws TargetException {
        String why = String.valueOf(failed.getMessage());
        switch (failed.kind()) {
            case GONE -> throw Preflight.exited(pid);
            case TIMED_OUT ->
                throw new TargetException(
                        Kind.TIMED_OUT,
                        ("making a frozen copy of process %d was given up after %d ms: %s."
                                        + " Allow more with --max-pause")
                                .formatted(
                                        pid,
                                        TimeUnit.NANOSECONDS.toMillis(
                                                System.nanoTime() - stoppedAt),
                                        why));
            case UNSUITABLE -> {
                if (options.mode() == SnapshotMode.REQUIRE) {
                    throw Plan.required(pid, why);
                }
                PauseEstimate standing = plan.standing().because("no frozen copy: " + why);
                Optional<TargetException> tooLong = Plan.tooLong(pid, standing, options);
                if (tooLong.isPresent()) {
                    throw tooLong.get();
                }
                hold(before, focus, false, standing.why());
            }
        }
    }

    /** Hands the snapshot over, and looks after the copy until it is not wanted any more. */
    private void holdCopy(
            Freezer freezer,
            Freezer.Frozen frozen,
            Optional<Focus> focus,
            Before before,
            Instant takenAt,
            Plan plan)
            throws TargetException, InjectionException {
        long copy = frozen.copy().pid();
        try (LiveMemory memory = gatherer.memoryOfCopy(frozen)) {
            Contents contents = gatherer.gatherCopy(before, frozen, focus, memory, takenAt);
            host.taken(contents, memory, PauseEstimate.SNAPSHOT, plan.estimate().why());
            lookAfter(copy, plan.watch());
        } finally {
            freezer.discard(frozen.copy());
        }
    }

    private void lookAfter(long copy, Optional<MemoryWatch> watch) {
        while (!host.awaitRelease(LOOK_AFTER_NANOS)) {
            threads.releaseStragglers();
            Optional<String> giveUp = watch.flatMap(MemoryWatch::poll);
            if (giveUp.isPresent()) {
                host.overran(
                        "the frozen copy was given up before all of it was read: " + giveUp.get());
                return;
            }
            if (kernel.isGone(copy)) {
                break;
            }
        }
        // also when it is not wanted any more: who reads less than there was may be the first to
        // know
        if (isEnding(copy)) {
            host.overran("the frozen copy was killed by somebody else before all of it was read");
        }
    }

    /** Its memory goes before it can be seen to have ended. */
    private boolean isEnding(long copy) {
        return proc.stat(copy)
                .map(stat -> stat.isDead() || (stat.flags() & PF_EXITING) != 0)
                .orElse(true);
    }

    private long livingThread() throws TargetException {
        return preflight.livingThread(pid).orElseThrow(() -> Preflight.exited(pid));
    }

    private static boolean isNamespaced(StatusFile status) {
        return !status.innermostPid().equals(status.number("Pid"));
    }

    /** This thread's id, as /proc/PID/status of a tracee names its tracer. */
    static long ownThreadId() throws TargetException {
        String link = ProcFolder.link(Path.of("/proc/thread-self")).orElse("");
        return Numbers.parseUnsigned(link.substring(link.lastIndexOf('/') + 1)).stream()
                .boxed()
                .findFirst()
                .orElseThrow(() -> new TargetException(
                        Kind.UNSUPPORTED, "/proc/thread-self cannot be read: is /proc mounted?"));
    }
}
