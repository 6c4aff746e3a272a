package dev.mortem.os.linux.stop;

import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.inject.GeneralRegisters;
import dev.mortem.os.linux.inject.Injection;
import dev.mortem.os.linux.inject.Injection.Call;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.inject.InjectionException.Kind;
import dev.mortem.os.linux.inject.InjectionStep;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.inject.InjectionTable.Calls;
import dev.mortem.os.linux.stop.TracedThreads.Traced;
import dev.mortem.os.linux.table.Signals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes a frozen copy-on-write copy of a process that stands, by a clone(2) that one of its threads
 * makes for us. For one copy; belongs to the thread that traces.
 *
 * <p>The thread first clones a helper that shares its memory; the helper clones the copy and is killed;
 * the thread takes the helper's exit status. So the copy is an orphan whom init adopts, and the target
 * sees neither a child nor a SIGCHLD. A process that adopts orphans itself (PID 1 of its namespace, a
 * child subreaper) would get the copy back: there the copy is the thread's own child without an exit
 * signal, and {@link Copy#childOfTarget} says that the target has to reap it in the end.
 */
final class CopyMaker {
    /** linux/sched.h: the new task shares memory, working directory, open files; no exit signal. */
    private static final long CLONE_VM = 0x100;

    private static final long CLONE_FS = 0x200;
    private static final long CLONE_FILES = 0x400;

    /** linux/wait.h: children of any kind. */
    static final long WALL = 0x40000000;

    /** linux/prctl.h. */
    private static final long PR_GET_CHILD_SUBREAPER = 37;

    /** linux/close_range.h: the table of open files becomes the caller's own first. */
    private static final long CLOSE_RANGE_UNSHARE = 2;

    private static final long ALL_DESCRIPTORS = 0xffff_ffffL;

    /** What a task that we kill, or a thread that we put back, may take beyond all deadlines. */
    static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long POLL_NANOS = 20_000;

    /**
     * The thread that makes the calls, and what they need.
     *
     * @param memory an open, writable /proc/PID/mem
     * @param capture the thread's registers
     * @param filtered whether it is under seccomp
     */
    record Spot(
            long memory,
            Traced thread,
            ThreadCapture capture,
            Injection.Place place,
            boolean filtered) {}

    /**
     * A copy, stopped, that ends when we do.
     *
     * @param pid as we see it
     * @param innerPid as the target sees its child; 0 where the copy is none
     */
    record Copy(long pid, long innerPid) {
        boolean childOfTarget() {
            return innerPid != 0;
        }
    }

    /** What is to be done meanwhile; must not throw. */
    interface Meanwhile {
        /** The kernel copies the page tables; the target stands, and its memory may not be touched. */
        void copying();

        /** The copy exists; the target's other threads may run. */
        void copied();
    }

    private enum Stage {
        OUTSIDE,
        CLONING,
        IN_CLONE
    }

    private final Kernel kernel;
    private final Ptrace ptrace;
    private final InjectionStep.Listener listener;
    private final Spot spot;
    private final Injection injection;
    private final Calls calls = InjectionTable.ofThisCpu().calls();
    private Stage stage = Stage.OUTSIDE;
    private long helper;
    private long copy;

    CopyMaker(Kernel kernel, Ptrace ptrace, InjectionStep.Listener listener, Spot spot) {
        this.kernel = kernel;
        this.ptrace = ptrace;
        this.listener = listener;
        this.spot = spot;
        this.injection = injection(kernel, ptrace, listener, spot);
    }

    static Injection injection(
            Kernel kernel, Ptrace ptrace, InjectionStep.Listener listener, Spot spot) {
        return new Injection(
                kernel,
                ptrace,
                listener,
                spot.place(),
                spot.memory(),
                spot.thread().tid(),
                new GeneralRegisters(
                        InjectionTable.ofThisCpu(), spot.capture().general().orElseThrow()),
                spot.capture().note(Ptrace.NT_X86_XSTATE).orElse(new byte[0]));
    }

    /**
     * @param adopts whether the target is known to adopt orphans
     * @param deadlineNanos of System.nanoTime, until the copy must exist
     * @throws InjectionException when there is none; the thread is then itself again, or will be
     */
    Copy make(boolean adopts, long deadlineNanos, Meanwhile meanwhile) throws InjectionException {
        injection.prepare(expectedCalls(), spot.filtered());
        setOptions(spot.thread().tid(), 0);
        try {
            boolean keepsOrphans = adopts || isSubreaper(deadlineNanos);
            Copy made = keepsOrphans
                    ? directly(deadlineNanos, meanwhile)
                    : throughHelper(deadlineNanos, meanwhile);
            injection.restore(System.nanoTime() + GRACE_NANOS);
            return made;
        } catch (InjectionException | RuntimeException failed) {
            abandon();
            throw failed;
        }
    }

    /** A stop signal that came meanwhile and is owed to the process; 0 for none. */
    int owedStop() {
        return injection.owedStop();
    }

    private List<Call> expectedCalls() {
        return List.of(subreaper(), cloneHelper(), cloneCopy(), waitFor(1), closeAll());
    }

    private Call subreaper() {
        return new Call(calls.prctl(), List.of(PR_GET_CHILD_SUBREAPER, injection.word()));
    }

    private Call cloneHelper() {
        return new Call(
                calls.cloneTask(),
                List.of(CLONE_VM | CLONE_FS | CLONE_FILES, injection.endingFrame()));
    }

    private Call cloneCopy() {
        return new Call(
                calls.cloneTask(), List.of(CLONE_FS | CLONE_FILES, injection.endingFrame()));
    }

    private Call waitFor(long innerPid) {
        return new Call(calls.wait4(), List.of(innerPid, 0L, WALL));
    }

    private Call closeAll() {
        return new Call(calls.closeRange(), List.of(0L, ALL_DESCRIPTORS, CLOSE_RANGE_UNSHARE));
    }

    private void setOptions(long tid, long more) throws InjectionException {
        long options = Ptrace.TRACE_SYSGOOD
                | Ptrace.TRACE_CLONE
                | Ptrace.TRACE_FORK
                | Ptrace.TRACE_VFORK
                | (spot.filtered() ? Ptrace.SUSPEND_SECCOMP : 0)
                | more;
        if (ptrace.setOptions(tid, options) < 0) {
            throw new InjectionException(
                    Kind.UNSUITABLE, "task %d does not take ptrace options".formatted(tid));
        }
    }

    private boolean isSubreaper(long deadlineNanos) throws InjectionException {
        byte[] answer = new byte[Integer.BYTES];
        return injection.call(subreaper(), deadlineNanos) == 0
                && ProcessMemory.read(spot.memory(), injection.word(), answer, 0, answer.length)
                        == answer.length
                && ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder()).getInt() != 0;
    }

    private Copy throughHelper(long deadlineNanos, Meanwhile meanwhile) throws InjectionException {
        stage = Stage.CLONING;
        injection.startClone(cloneHelper(), deadlineNanos);
        helper = clonedTask(injection.awaitClone(cloneHelper(), deadlineNanos));
        bind(helper, deadlineNanos);
        // other programs must not come between; the copy does not inherit it
        kernel.setRealTime(helper, true);
        Injection inHelper = injection.ofTask(helper);
        inHelper.startClone(cloneCopy(), deadlineNanos);
        listener.reached(InjectionStep.COPY_BEGUN);
        meanwhile.copying();
        copy = task(inHelper.awaitClone(cloneCopy(), deadlineNanos));
        injection.awaitStop(copy, deadlineNanos);
        listener.reached(InjectionStep.COPY_MADE);
        meanwhile.copied();
        long grace = System.nanoTime() + GRACE_NANOS;
        end(helper);
        helper = 0;
        listener.reached(InjectionStep.HELPER_ENDED);
        long innerHelper = injection.endOfCall(grace);
        stage = Stage.OUTSIDE;
        injection.call(waitFor(innerHelper), grace);
        return new Copy(copy, 0);
    }

    private Copy directly(long deadlineNanos, Meanwhile meanwhile) throws InjectionException {
        stage = Stage.CLONING;
        injection.startClone(cloneCopy(), deadlineNanos);
        listener.reached(InjectionStep.COPY_BEGUN);
        meanwhile.copying();
        copy = clonedTask(injection.awaitClone(cloneCopy(), deadlineNanos));
        bind(copy, deadlineNanos);
        listener.reached(InjectionStep.COPY_MADE);
        meanwhile.copied();
        long inner = injection.endOfCall(System.nanoTime() + GRACE_NANOS);
        stage = Stage.OUTSIDE;
        return new Copy(copy, inner);
    }

    private long clonedTask(long result) throws InjectionException {
        stage = result > 0 ? Stage.IN_CLONE : Stage.OUTSIDE;
        long task = task(result);
        listener.reached(InjectionStep.TASK_CLONED);
        return task;
    }

    private static long task(long result) throws InjectionException {
        if (result <= 0) {
            throw new InjectionException(
                    Kind.UNSUITABLE, "it cannot be copied: " + Injection.describe(result));
        }
        return result;
    }

    /** From here on the kernel ends the task when we end. */
    private void bind(long task, long deadlineNanos) throws InjectionException {
        injection.awaitStop(task, deadlineNanos);
        setOptions(task, Ptrace.EXIT_KILL);
        listener.reached(InjectionStep.TASK_BOUND);
    }

    /** Leaves no task behind, and the thread as it was. */
    private void abandon() {
        long grace = System.nanoTime() + GRACE_NANOS;
        try {
            end(copy);
            end(helper);
            if (stage == Stage.CLONING) {
                long late = injection.awaitClone(cloneHelper(), grace);
                stage = late > 0 ? Stage.IN_CLONE : Stage.OUTSIDE;
                end(late);
            }
            if (stage == Stage.IN_CLONE) {
                injection.call(waitFor(injection.endOfCall(grace)), grace);
            }
            injection.restore(grace);
        } catch (InjectionException restoresItself) {
            spot.thread().forgetRegisters();
        }
    }

    private void end(long task) {
        if (task > 0) {
            end(kernel, task);
        }
    }

    /** Kills a tracee of ours and takes its end. */
    static void end(Kernel kernel, long task) {
        kernel.kill(task, Signals.SIGKILL);
        long deadline = System.nanoTime() + GRACE_NANOS;
        while (!kernel.reap(task) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /**
     * Makes the copy give up the target's open files, so that a socket closes when the target says so, and
     * hold what the target's memory held.
     */
    void separate(Copy made) throws InjectionException {
        injection.ofTask(made.pid()).call(closeAll(), System.nanoTime() + GRACE_NANOS);
        long memory = kernel.openForWriting(Path.of("/proc", Long.toString(made.pid()), "mem"));
        if (memory >= 0) {
            injection.clean(memory);
            kernel.close(memory);
        }
        listener.reached(InjectionStep.COPY_ALONE);
    }
}
