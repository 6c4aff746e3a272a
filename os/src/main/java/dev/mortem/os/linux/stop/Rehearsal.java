package dev.mortem.os.linux.stop;

import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.call.Spawn;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.inject.InjectionStep;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.table.Signals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * Snapshots of a process of our own, before a target is touched: for this JVM to have loaded and compiled
 * what it needs, which would be some ten milliseconds of pause. Done once, on a thread of its own. Safe
 * for any thread.
 */
public final class Rehearsal {
    private static final List<Path> PROGRAMS =
            List.of(Path.of("/bin/sleep"), Path.of("/usr/bin/sleep"), Path.of("/system/bin/sleep"));

    /** It ends by itself should we be killed before we trace it. */
    private static final String SECONDS = "5";

    /** A program maps its libraries within a millisecond or so. */
    private static final int TRIES = 200;

    private static final long TRY_NANOS = 200_000;

    /** No process has this id, and kill(2) refuses it. */
    private static final long NOBODY = Integer.MAX_VALUE;

    /** The JVM compiles a method that was called 200 times. */
    private static final int REPETITIONS = 250;

    private final ProcFolder proc;
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private volatile long pid = NOBODY;
    private boolean begun;

    public Rehearsal(Surroundings surroundings) {
        this.proc = surroundings.proc();
    }

    /** Begins, unless it has begun already; does not wait. */
    public synchronized void begin() {
        if (!begun) {
            begun = true;
            Thread.ofPlatform().name("mortem-rehearsal").daemon().start(this::run);
        }
    }

    /** Waits for its end; it may have failed, for reasons that the target's snapshot will meet too. */
    void await() {
        begin();
        ended.join();
    }

    /** Whether it is the process that this rehearsal started for itself. */
    public boolean isOn(long candidate) {
        return pid == candidate;
    }

    private void run() {
        try {
            PROGRAMS.stream().filter(Files::isExecutable).findFirst().ifPresent(this::run);
        } finally {
            ended.complete(true);
        }
    }

    private void run(Path program) {
        Kernel kernel = new Kernel();
        Thread hook = new Thread(() -> new Kernel().kill(pid, Signals.SIGKILL));
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException ending) {
            return; // nobody will take a snapshot any more
        }
        long child = Spawn.startSilent(
                program.toString(), List.of("sleep", SECONDS), List.of("LC_ALL=C"));
        if (child < 0) {
            return;
        }
        pid = child;
        try {
            kernel.setTimerSlack(1);
            round(kernel, child, true);
            round(kernel, child, false);
        } catch (TargetException | InjectionException notHere) {
            // the real attempt will say why
        } finally {
            CopyMaker.end(kernel, child);
            pid = NOBODY;
        }
    }

    /** One snapshot, all of it, and nothing kept. */
    private void round(Kernel kernel, long pid, boolean drills)
            throws TargetException, InjectionException {
        SnapshotOptions options = SnapshotOptions.defaults().withMaxPause(Duration.ofSeconds(10));
        try (Ground ground = ground(kernel, pid)) {
            Gatherer gatherer = new Gatherer(proc, kernel, pid, options);
            Gatherer.Before before = gatherer.before(pid, false);
            Preflight preflight = new Preflight(proc, ProcessHandle.current().pid());
            TracedThreads threads =
                    new TracedThreads(kernel, proc, preflight, pid, Visit.ownThreadId());
            Freezer freezer =
                    new Freezer(kernel, threads, ground, pid, InjectionStep.Listener.none());
            try {
                threads.seizeAll(Ptrace.EXIT_KILL); // it is our own
                threads.stopAll(TracedThreads.STOP_DEADLINE);
                Freezer.Frozen frozen = freezer.freeze(
                        Unforked.Lacking.NOTHING,
                        System.nanoTime() + CopyMaker.GRACE_NANOS,
                        () -> {});
                try (LiveMemory memory = gatherer.memoryOfCopy(frozen)) {
                    gatherer.gatherCopy(before, frozen, Optional.empty(), memory, Instant.EPOCH);
                } finally {
                    CopyMaker.end(kernel, frozen.copy().pid());
                }
                if (drills) {
                    drill(kernel, threads, ground, pid);
                }
            } finally {
                threads.releaseAll();
            }
        }
    }

    /** Waits until the program has mapped what it needs. */
    private Ground ground(Kernel kernel, long pid) throws InjectionException {
        for (int attempt = 1; ; attempt++) {
            List<Mapping> mappings = Mapping.parseAll(
                    ProcFolder.bytes(proc.of(pid).resolve("smaps")).orElse(new byte[0]));
            try {
                return Ground.open(
                        proc,
                        kernel,
                        proc.of(pid),
                        proc.status(pid).orElseGet(() -> StatusFile.parse("")),
                        mappings);
            } catch (InjectionException notYet) {
                if (attempt >= TRIES) {
                    throw notYet;
                }
                LockSupport.parkNanos(TRY_NANOS);
            }
        }
    }

    /** What is done during a pause, often enough for the JVM to compile it. */
    private static void drill(Kernel kernel, TracedThreads threads, Ground ground, long pid)
            throws InjectionException {
        if (!threads.stopOne()) {
            return;
        }
        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
            threads.pollAll();
            CopyMaker.Spot spot = new InjectionSpots(threads.ptrace(), ground, pid).choose(threads);
            CopyMaker.injection(kernel, threads.ptrace(), InjectionStep.Listener.none(), spot)
                    .prepare(List.of(), false);
        }
    }
}
