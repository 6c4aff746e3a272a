package dev.mortem.os.linux.stop;

import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Spawn;
import dev.mortem.os.linux.inject.Injection;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.inject.InjectionStep;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * Snapshots of a process of our own, before a target is touched: for this JVM to have loaded what it
 * needs, which would be some ten milliseconds of pause, and for the cost of copying page tables to be
 * measured on this machine. Done once, on a thread of its own. Safe for any thread.
 */
public final class Rehearsal {
    private static final List<Path> PROGRAMS =
            List.of(Path.of("/bin/sleep"), Path.of("/usr/bin/sleep"), Path.of("/system/bin/sleep"));

    /** It ends by itself should we be killed meanwhile. */
    private static final String SECONDS = "20";

    /** Memory that is added for the cost to be seen: a copy of its page tables takes 0.1 ms. */
    private static final long MEASURED_BYTES = 16L << 20;

    private static final long PAGES = MEASURED_BYTES / 4096;

    /** asm-generic/mman-common.h: PROT_READ | PROT_WRITE; MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE. */
    private static final long READ_WRITE = 3;

    private static final long PRIVATE_POPULATED = 0x2 | 0x20 | 0x8000;

    /** A program maps its libraries within a millisecond or so. */
    private static final int TRIES = 200;

    private static final long TRY_NANOS = 200_000;

    /** No machine copies entries faster, or so slowly that the next measurement would not differ. */
    private static final double NANOS_PER_PAGE_MIN = 4;

    private static final double NANOS_PER_PAGE_MAX = 200;

    /** The JVM compiles a method that was called 200 times. */
    private static final int REPETITIONS = 250;

    /** What a round does beside its snapshot. */
    private enum Extra {
        NONE,
        DRILL,
        GROW
    }

    private final ProcFolder proc;
    private final CompletableFuture<CopyCost> cost = new CompletableFuture<>();
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

    /** What copying costs here; waits for the end of the rehearsal. */
    CopyCost cost() {
        begin();
        return cost.join();
    }

    private void run() {
        Kernel kernel = new Kernel();
        CopyCost found = CopyCost.USUAL;
        long pid = PROGRAMS.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .map(path -> Spawn.start(
                        path.toString(), List.of("sleep", SECONDS), List.of("LC_ALL=C")))
                .orElse(-1L);
        try {
            if (pid > 0) {
                kernel.setTimerSlack(1);
                found = rehearse(kernel, pid);
            }
        } catch (TargetException | InjectionException notHere) {
            // the real attempt will say why
        } finally {
            if (pid > 0) {
                CopyMaker.end(kernel, pid);
            }
            cost.complete(found);
        }
    }

    private CopyCost rehearse(Kernel kernel, long pid) throws TargetException, InjectionException {
        round(kernel, pid, Extra.DRILL); // loads classes
        long small = round(kernel, pid, Extra.GROW);
        long large = round(kernel, pid, Extra.NONE);
        double perPage = Math.clamp(
                (double) (large - small) / PAGES, NANOS_PER_PAGE_MIN, NANOS_PER_PAGE_MAX);
        double factor = perPage / CopyCost.USUAL.nanosPerPage();
        return new CopyCost(perPage, Math.max(1, factor) * CopyCost.USUAL.nanosPerHugePage());
    }

    /**
     * One snapshot, all of it, and nothing kept.
     *
     * @return how long the kernel took to copy
     */
    private long round(Kernel kernel, long pid, Extra extra)
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
                threads.seizeAll(0);
                threads.stopAll(TracedThreads.STOP_DEADLINE);
                Freezer.Frozen frozen = freezer.freeze(
                        List.of(), System.nanoTime() + CopyMaker.GRACE_NANOS, () -> {});
                try {
                    look(kernel, gatherer, before, frozen);
                } finally {
                    freezer.discard(frozen.copy());
                }
                switch (extra) {
                    case NONE -> {}
                    case DRILL -> drill(kernel, threads, ground, pid);
                    case GROW -> grow(kernel, threads, ground, pid);
                }
                return frozen.copyNanos();
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

    private void look(
            Kernel kernel, Gatherer gatherer, Gatherer.Before before, Freezer.Frozen frozen)
            throws TargetException {
        long copy = frozen.copy().pid();
        long descriptor = Gatherer.openMemory(proc, kernel, copy, copy);
        try {
            LiveMemory memory = new LiveMemory(
                    gatherer.machine(frozen.captures()), descriptor, frozen.unforked());
            gatherer.gather(
                    before,
                    frozen.captures(),
                    OptionalLong.empty(),
                    memory,
                    proc.of(copy),
                    frozen.unforked(),
                    Instant.EPOCH);
        } finally {
            kernel.close(descriptor);
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

    private static void grow(Kernel kernel, TracedThreads threads, Ground ground, long pid)
            throws InjectionException {
        if (threads.stopOne()) {
            Injection.Call map = new Injection.Call(
                    InjectionTable.ofThisCpu().calls().mmap(),
                    List.of(0L, MEASURED_BYTES, READ_WRITE, PRIVATE_POPULATED, -1L, 0L));
            Freezer.callOnce(kernel, threads, ground, pid, InjectionStep.Listener.none(), map);
        }
    }
}
