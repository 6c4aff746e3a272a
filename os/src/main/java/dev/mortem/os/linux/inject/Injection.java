package dev.mortem.os.linux.inject;

import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Kernel.Waited;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.inject.InjectionException.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/**
 * System calls made by one stopped thread, see the package. The thread stands in an EVENT_STOP when this
 * begins, and again after {@link #restore}. Belongs to the thread that traces.
 *
 * <p>The order of the steps is what keeps the thread safe: the frame stands before the registers are
 * changed; signals are blocked only after that, and unblocked before the registers are put back. So at
 * every moment the thread has its own registers and its own mask, or a stack that gives it both.
 */
public final class Injection {
    /** Short against everything here, long enough for what is ready to get the processor. */
    private static final long POLL_NANOS = 20_000;

    /** A stop that is near comes within this; sleeping would take longer. */
    private static final long SPIN_NANOS = 40_000;

    /** The kernel refuses to clone while a signal is due (fork(2), ERESTARTNOINTR): seen, once. */
    private static final int TRIES = 8;

    private static final long ERESTARTNOINTR = -513;

    private static final long ALL_SIGNALS = -1;

    /** Of scratch memory for a call that writes an answer. */
    private static final int WORD_BYTES = 64;

    private final Kernel kernel;
    private final Ptrace ptrace;
    private final InjectionTable table;
    private final InjectionStep.Listener listener;
    private final Place place;
    private final long memory;
    private final long tid;
    private final GeneralRegisters own;
    private final byte[] extendedState;
    private byte[] scratchWas = new byte[0];
    private long stack;
    private long ownMask;
    private boolean changed;
    private int owedStop;

    /**
     * Where an injection works.
     *
     * @param gadgets code that it borrows
     * @param scratch memory that nobody uses, a multiple of 64, of {@link #scratchBytes}
     * @param owned whether nobody but the thread itself could begin to use it meanwhile
     */
    public record Place(Gadgets gadgets, long scratch, boolean owned) {}

    /**
     * @param memory an open, writable /proc/PID/mem
     * @param registers NT_PRSTATUS of the thread as it stands
     * @param extendedState its NT_X86_XSTATE; not changed
     */
    public Injection(
            Kernel kernel,
            Ptrace ptrace,
            InjectionStep.Listener listener,
            Place place,
            long memory,
            long tid,
            GeneralRegisters registers,
            byte[] extendedState) {
        this.kernel = kernel;
        this.ptrace = ptrace;
        this.table = InjectionTable.ofThisCpu();
        this.listener = listener;
        this.place = place;
        this.memory = memory;
        this.tid = tid;
        this.own = registers;
        this.extendedState = extendedState;
        this.stack = place.scratch;
    }

    /**
     * Calls of a task that was cloned by this thread: its stack is the frame that ends it, so that it
     * never runs a single instruction of the target's.
     */
    public Injection ofTask(long task) throws InjectionException {
        byte[] set = ptrace.registers(task, Ptrace.NT_PRSTATUS).orElseThrow(this::gone);
        Injection injection = new Injection(
                kernel,
                ptrace,
                InjectionStep.Listener.none(),
                place,
                memory,
                task,
                new GeneralRegisters(table, set),
                extendedState);
        injection.stack = endingFrame();
        injection.changed = true; // it was cloned with all signals blocked
        return injection;
    }

    /** Whether a thread can be restored from that much: on a CPU without XSAVE there is none. */
    public static boolean restoresFrom(int extendedStateBytes) {
        return extendedStateBytes >= SignalFrame.EXTENDED_STATE_BYTES_MIN;
    }

    /** Whether memory holds what an injection left that did not live to take it away. */
    public static boolean isLeftBehind(byte[] bytes, Gadgets gadgets) {
        return SignalFrame.isOurs(bytes, gadgets.restorer());
    }

    /** How much scratch memory an injection into such a thread needs. */
    public static int scratchBytes(int extendedStateBytes) {
        return SignalFrame.alignUp(SignalFrame.sizeBytes(extendedStateBytes))
                + SignalFrame.ENDING_BYTES
                + WORD_BYTES;
    }

    /** The address of the frame that a cloned task is to start on: its first return ends it. */
    public long endingFrame() {
        return place.scratch + SignalFrame.alignUp(SignalFrame.sizeBytes(extendedState.length));
    }

    /** A word of scratch memory for a call that writes an answer. */
    public long word() {
        return endingFrame() + SignalFrame.ENDING_BYTES;
    }

    /**
     * Writes the frames. Nothing of the thread is changed yet.
     *
     * @param calls what will be called, for the thread's seccomp filters to be asked
     * @param filtered whether the thread has such filters
     * @throws InjectionException UNSUITABLE, GONE
     */
    public void prepare(List<Call> calls, boolean filtered) throws InjectionException {
        OptionalLong mask = ptrace.signalMask(tid);
        if (mask.isEmpty()) {
            throw gone();
        }
        ownMask = mask.getAsLong();
        if (!place.gadgets.stillThere(memory)) {
            throw new InjectionException(Kind.UNSUITABLE, "its code has changed meanwhile");
        }
        if (filtered) {
            askFilters(calls);
        }
        boolean interrupted = Restarts.apply(table.cpu(), own);
        byte[] frame = SignalFrame.of(
                place.scratch,
                place.gadgets.restorer(),
                own.asReturned(interrupted),
                extendedState,
                ownMask);
        GeneralRegisters end = own.calling(
                place.gadgets.call(), place.scratch, table.calls().exitGroup(), List.of());
        byte[] ending = SignalFrame.ending(endingFrame(), place.gadgets.restorer(), end);
        scratchWas = new byte[scratchBytes(extendedState.length)];
        ProcessMemory.read(memory, place.scratch, scratchWas, 0, scratchWas.length);
        if (!ProcessMemory.write(memory, place.scratch, frame)
                || !ProcessMemory.write(memory, endingFrame(), ending)) {
            throw new InjectionException(Kind.UNSUITABLE, "nothing can be written below its stack");
        }
        listener.reached(InjectionStep.FRAMES_WRITTEN);
    }

    /** One call that is going to be made. */
    public record Call(long number, List<Long> arguments) {
        public Call {
            arguments = List.copyOf(arguments);
        }
    }

    /** Refuses where a filter would kill the thread if it made one of the calls without us. */
    private void askFilters(List<Call> calls) throws InjectionException {
        List<SeccompFilter> filters = new ArrayList<>();
        Optional<byte[]> next = ptrace.seccompFilter(tid, 0);
        while (next.isPresent()) {
            filters.add(new SeccompFilter(next.get()));
            next = ptrace.seccompFilter(tid, filters.size());
        }
        if (filters.isEmpty()) {
            throw new InjectionException(
                    Kind.UNSUITABLE,
                    "it is under seccomp, and its filters may not be read: run as root");
        }
        for (Call call : calls) {
            int action = action(filters, call, place.gadgets.call());
            if (!SeccompFilter.isHarmless(action)) {
                throw forbidden(call.number());
            }
        }
        int restores = action(
                filters,
                new Call(table.calls().sigreturn(), List.of()),
                place.gadgets.restorer() + place.gadgets.restorerBytes().length - 2);
        int ends = action(
                filters, new Call(table.calls().exitGroup(), List.of()), place.gadgets.call());
        if (restores != SeccompFilter.ALLOW && restores != SeccompFilter.LOG) {
            throw forbidden(table.calls().sigreturn());
        }
        if (ends != SeccompFilter.ALLOW && ends != SeccompFilter.LOG) {
            throw forbidden(table.calls().exitGroup());
        }
    }

    private static int action(List<SeccompFilter> filters, Call call, long pc) {
        List<Long> arguments = new ArrayList<>(call.arguments());
        while (arguments.size() < 6) {
            arguments.add(0L);
        }
        long afterCall = pc + 2; // a filter sees where the call returns to
        return SeccompFilter.action(
                filters, new SeccompFilter.Call(call.number(), afterCall, arguments));
    }

    private static InjectionException forbidden(long number) {
        return new InjectionException(
                Kind.UNSUITABLE,
                "its seccomp filter would not let it live through system call " + number
                        + " if Mortem died meanwhile");
    }

    /** Makes a call and gives its result, as the kernel returns it. The thread stands behind it. */
    public long call(Call call, long deadlineNanos) throws InjectionException {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            begin(call);
            awaitCallStop(deadlineNanos);
            listener.reached(InjectionStep.CALL_ENTERED);
            proceed(true);
            awaitCallStop(deadlineNanos);
            listener.reached(InjectionStep.CALL_RETURNED);
            long result = result();
            if (result != ERESTARTNOINTR) {
                return result;
            }
        }
        return ERESTARTNOINTR;
    }

    /**
     * Sends the thread into a clone(2), and does not wait for what comes of it: {@link #awaitClone}.
     */
    public void startClone(Call clone, long deadlineNanos) throws InjectionException {
        begin(clone);
        awaitCallStop(deadlineNanos);
        listener.reached(InjectionStep.CALL_ENTERED);
        proceed(true);
    }

    /**
     * Waits until the new task exists, stopped and traced. The thread stands in the middle of the call
     * then; {@link #endOfCall} goes on.
     *
     * @param clone what {@link #startClone} began, to be begun again where the kernel wants that
     * @return the new task's id as we see it; or minus an errno where the kernel refused
     */
    public long awaitClone(Call clone, long deadlineNanos) throws InjectionException {
        int attempt = 1;
        while (true) {
            Waited stop = awaitStop(tid, deadlineNanos);
            switch (stop.stopEvent()) {
                case Ptrace.EVENT_FORK, Ptrace.EVENT_VFORK, Ptrace.EVENT_CLONE -> {
                    return ptrace.eventMessage(tid).orElseThrow(this::gone);
                }
                default -> {
                    if (stop.stopSignal() != Ptrace.SYSCALL_STOP) {
                        noteOwed(stop);
                        proceed(true);
                    } else if (result() != ERESTARTNOINTR || attempt++ >= TRIES) {
                        return result();
                    } else {
                        startClone(clone, deadlineNanos);
                    }
                }
            }
        }
    }

    /** Lets a call that stands in its middle return; its result. */
    public long endOfCall(long deadlineNanos) throws InjectionException {
        proceed(true);
        awaitCallStop(deadlineNanos);
        return result();
    }

    private void begin(Call call) throws InjectionException {
        GeneralRegisters registers =
                own.calling(place.gadgets.call(), stack, call.number(), call.arguments());
        if (ptrace.setRegisters(tid, Ptrace.NT_PRSTATUS, registers.bytes()) < 0) {
            throw gone();
        }
        listener.reached(InjectionStep.REGISTERS_SET);
        if (!changed) {
            changed = true;
            ptrace.setSignalMask(tid, ALL_SIGNALS);
            listener.reached(InjectionStep.SIGNALS_BLOCKED);
        }
        proceed(true);
    }

    private void proceed(boolean toSystemCall) throws InjectionException {
        long result = toSystemCall ? ptrace.resumeToSystemCall(tid, 0) : ptrace.resume(tid, 0);
        if (result < 0) {
            throw gone();
        }
    }

    private long result() throws InjectionException {
        byte[] set = ptrace.registers(tid, Ptrace.NT_PRSTATUS).orElseThrow(this::gone);
        return new GeneralRegisters(table, set).result();
    }

    /** Passes over other stops: SIGSTOP cannot be blocked, and is owed to the whole process. */
    private void awaitCallStop(long deadlineNanos) throws InjectionException {
        Waited stop = awaitStop(tid, deadlineNanos);
        while (stop.stopSignal() != Ptrace.SYSCALL_STOP) {
            noteOwed(stop);
            proceed(true);
            stop = awaitStop(tid, deadlineNanos);
        }
    }

    private void noteOwed(Waited stop) {
        if (stop.stopEvent() == 0) {
            owedStop = stop.stopSignal();
        }
    }

    /** A signal that came and could not be delivered: to be sent to the process again; 0 for none. */
    public int owedStop() {
        return owedStop;
    }

    /**
     * Puts the thread's own mask and registers back. Where it cannot be brought to a stand in time, it
     * is let go as it is, and restores itself.
     *
     * @throws InjectionException when the thread is gone, or was let go already
     */
    public void restore(long deadlineNanos) throws InjectionException {
        if (!changed) {
            return;
        }
        ptrace.interrupt(tid);
        proceed(false);
        Waited stop = awaitStop(tid, deadlineNanos);
        while (stop.stopEvent() != Ptrace.EVENT_STOP) {
            noteOwed(stop);
            proceed(false);
            stop = awaitStop(tid, deadlineNanos);
        }
        listener.reached(InjectionStep.READY_TO_RESTORE);
        ptrace.setSignalMask(tid, ownMask);
        listener.reached(InjectionStep.MASK_RESTORED);
        if (ptrace.setRegisters(tid, Ptrace.NT_PRSTATUS, own.bytes()) < 0) {
            throw gone();
        }
        changed = false;
        listener.reached(InjectionStep.REGISTERS_RESTORED);
        if (place.owned) {
            clean(memory);
        }
    }

    /**
     * Makes the scratch memory what it was.
     *
     * @param memoryOf an open, writable /proc/PID/mem of the target or of a copy of it
     */
    public void clean(long memoryOf) {
        ProcessMemory.write(memoryOf, place.scratch, scratchWas);
    }

    /**
     * Waits for a tracee to stand.
     *
     * @param deadlineNanos of System.nanoTime
     */
    public Waited awaitStop(long tracee, long deadlineNanos) throws InjectionException {
        long begun = System.nanoTime();
        while (true) {
            Optional<Waited> stop = kernel.pollStop(tracee);
            if (stop.isPresent()) {
                return stop.get();
            }
            long now = System.nanoTime();
            if (now - deadlineNanos > 0) {
                throw new InjectionException(
                        Kind.TIMED_OUT,
                        "task %d did not come to a stand in time".formatted(tracee));
            }
            if (now - begun > SPIN_NANOS) {
                if (kernel.isGone(tracee)) {
                    throw gone();
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    private InjectionException gone() {
        return new InjectionException(Kind.GONE, "thread %d has ended".formatted(tid));
    }

    /** What an errno of clone(2) means for people. */
    public static String describe(long result) {
        return switch ((int) -result) {
            case Errno.EAGAIN ->
                "EAGAIN: no more processes are allowed to it (pids.max, RLIMIT_NPROC)";
            case Errno.ENOMEM -> "ENOMEM: the kernel has no memory for another process";
            default -> Errno.name((int) -result);
        };
    }
}
