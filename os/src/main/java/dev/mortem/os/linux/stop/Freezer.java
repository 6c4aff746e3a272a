package dev.mortem.os.linux.stop;

import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.inject.Injection;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.inject.InjectionStep;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.stop.CopyMaker.Copy;
import dev.mortem.os.linux.stop.CopyMaker.Spot;
import dev.mortem.os.linux.stop.TracedThreads.Traced;
import dev.mortem.os.linux.table.Signals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a frozen copy of a target whose threads stand, and lets them go as soon as it exists. Belongs to
 * the thread that traces.
 */
final class Freezer {
    /** proc_pid_oom_score_adj(5): the kernel's first choice when memory runs out. */
    private static final String FIRST_TO_DIE = "1000";

    /**
     * So many threads are let go before the one that worked for us, which takes 0.2 ms more. A thousand
     * that wake up would keep that one from the processor for 20 ms.
     */
    private static final int RELEASED_FIRST_MAX = 32;

    private final Kernel kernel;
    private final TracedThreads threads;
    private final Ground ground;
    private final long pid;
    private final InjectionStep.Listener listener;

    Freezer(
            Kernel kernel,
            TracedThreads threads,
            Ground ground,
            long pid,
            InjectionStep.Listener listener) {
        this.kernel = kernel;
        this.threads = threads;
        this.ground = ground;
        this.pid = pid;
        this.listener = listener;
    }

    /** What was taken during the pause. */
    record Frozen(Copy copy, List<ThreadCapture> captures, Unforked unforked) {}

    /**
     * @param lacking what a copy will not have
     * @param deadlineNanos of System.nanoTime, until the copy must exist
     * @param whenReleased run as soon as all threads that stood run again
     * @throws InjectionException when there is none; the target's threads stand then
     * @throws TargetException when it was there and is lost; the target runs
     */
    Frozen freeze(Unforked.Lacking lacking, long deadlineNanos, Runnable whenReleased)
            throws InjectionException, TargetException {
        listener.reached(InjectionStep.STOPPED);
        Spot spot = new InjectionSpots(threads.ptrace(), ground, pid).choose(threads);
        listener.reached(InjectionStep.CHOSEN);
        Unforked unforked = lacking.all().isEmpty()
                ? Unforked.none()
                : Unforked.read(kernel, ground.memory(), ground.pagemap(), lacking);
        CopyMaker maker = new CopyMaker(kernel, threads.ptrace(), listener, spot);
        Captures captures = new Captures(spot);
        Copy copy = maker.make(ground.adoptsOrphans(), deadlineNanos, captures);
        threads.release(spot.thread());
        threads.releaseOthers(spot.thread());
        whenReleased.run();
        if (maker.owedStop() != 0) {
            kernel.kill(pid, maker.owedStop());
        }
        listener.reached(InjectionStep.RELEASED);
        try {
            maker.separate(copy);
        } catch (InjectionException killed) {
            discard(copy);
            throw new TargetException(
                    Kind.NO_SNAPSHOT, "the frozen copy of process " + pid + " was killed at once");
        }
        preferForKilling(copy);
        return new Frozen(copy, captures.all, unforked);
    }

    /** What is done while the kernel copies, and when it has. */
    private final class Captures implements CopyMaker.Meanwhile {
        private final Spot spot;
        private final List<ThreadCapture> all = new ArrayList<>();

        private Captures(Spot spot) {
            this.spot = spot;
        }

        @Override
        public void copying() {
            for (Traced thread : threads.all()) {
                if (thread == spot.thread()) {
                    all.add(spot.capture());
                } else {
                    all.add(ThreadCapture.of(threads.ptrace(), thread));
                    threads.mend(thread);
                }
            }
        }

        @Override
        public void copied() {
            if (threads.count() <= RELEASED_FIRST_MAX) {
                threads.releaseOthers(spot.thread());
                listener.reached(InjectionStep.OTHERS_RELEASED);
            }
        }
    }

    private static void preferForKilling(Copy copy) {
        try {
            Files.writeString(
                    Path.of("/proc", Long.toString(copy.pid()), "oom_score_adj"), FIRST_TO_DIE);
        } catch (IOException notOurs) {
            // a lower score may need CAP_SYS_RESOURCE, a higher one never does; the watch remains
        }
    }

    /**
     * Ends the copy. Giving up its memory takes the kernel 40 ms a GiB, and nobody waits for that: its
     * adopter hears of the end. Where it is the target's own child, the target takes its exit status.
     */
    void discard(Copy copy) {
        if (copy.childOfTarget()) {
            CopyMaker.end(kernel, copy.pid());
            reapInTarget(copy.innerPid());
        } else {
            kernel.kill(copy.pid(), Signals.SIGKILL);
        }
    }

    /** Stops one thread for as long as a single call takes. */
    private void reapInTarget(long innerPid) {
        try {
            if (threads.stopOne()) {
                Injection.Call reap = new Injection.Call(
                        InjectionTable.ofThisCpu().calls().wait4(),
                        List.of(innerPid, 0L, CopyMaker.WALL));
                callOnce(reap);
            }
        } catch (InjectionException remains) {
            // one child that has ended remains for the target to find, without a signal
        } finally {
            threads.releaseAll();
        }
    }

    /** Makes one call in a thread that stands; it stands again afterwards. */
    private void callOnce(Injection.Call call) throws InjectionException {
        Spot spot = new InjectionSpots(threads.ptrace(), ground, pid).choose(threads);
        Injection injection = CopyMaker.injection(kernel, threads.ptrace(), listener, spot);
        long deadline = System.nanoTime() + CopyMaker.GRACE_NANOS;
        injection.prepare(List.of(call), ground.isFiltered());
        long options = Ptrace.TRACE_SYSGOOD | (ground.isFiltered() ? Ptrace.SUSPEND_SECCOMP : 0);
        threads.ptrace().setOptions(spot.thread().tid(), options);
        try {
            injection.call(call, deadline);
            injection.restore(deadline);
        } catch (InjectionException restoresItself) {
            spot.thread().forgetRegisters();
            throw restoresItself;
        }
    }
}
