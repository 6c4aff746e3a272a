package dev.mortem.os.linux.stop;

import dev.mortem.base.snapshot.SignalNames;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Kernel.Waited;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.stop.TracedThreads.Traced;
import dev.mortem.os.linux.table.Signals;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Follows a running target and passes every signal on, until one comes that would end it with a core.
 *
 * <p>A tracer is asked about each signal before the program sees it; a fault that the program handles
 * (a JVM's null checks and safepoints) is none, and how long we take to say so is time that the program
 * stands. Waiting in the kernel cannot be given a deadline, so that we poll: often after something
 * happened, more and more rarely while nothing does.
 */
final class FatalSignalWatch {
    private static final long POLL_NANOS_MIN = 20_000;

    /** 500 polls a second, each 2 us: a tenth of a per cent of one processor. */
    private static final long POLL_NANOS_MAX = 2_000_000;

    private final Kernel kernel;
    private final ProcFolder proc;
    private final TracedThreads threads;
    private final long pid;

    FatalSignalWatch(Kernel kernel, ProcFolder proc, TracedThreads threads, long pid) {
        this.kernel = kernel;
        this.proc = proc;
        this.threads = threads;
        this.pid = pid;
    }

    /**
     * The thread that stands at the delivery of a fatal signal; the others run on.
     *
     * @return empty when the time has passed, or {@code cancelled} says so
     * @throws TargetException EXITED when the target ended in another way
     */
    Optional<Traced> await(Duration atMost, Runnable whenWatching, BooleanSupplier cancelled)
            throws TargetException {
        threads.seizeAll(Ptrace.TRACE_CLONE | Ptrace.TRACE_EXEC);
        whenWatching.run();
        long start = System.nanoTime();
        long pauseNanos = POLL_NANOS_MIN;
        while (!cancelled.getAsBoolean() && System.nanoTime() - start < atMost.toNanos()) {
            Optional<Waited> change = kernel.peekOwn();
            if (change.isEmpty()) {
                LockSupport.parkNanos(pauseNanos);
                pauseNanos = Math.min(pauseNanos * 2, POLL_NANOS_MAX);
                continue;
            }
            pauseNanos = POLL_NANOS_MIN;
            Optional<Traced> crashed = take(change.get());
            if (crashed.isPresent()) {
                return crashed;
            }
        }
        return Optional.empty();
    }

    private Optional<Traced> take(Waited change) throws TargetException {
        if (!change.ended()) {
            Optional<Waited> stop = kernel.pollStop(change.tid());
            return stop.isPresent() ? stopped(stop.get()) : Optional.empty();
        }
        if (change.tid() == pid) {
            // not consumed: its parent, which may be we, wants to hear of it too
            throw new TargetException(Kind.EXITED, "process " + pid + " " + describeEnd(change));
        }
        kernel.pollEnd(change.tid());
        threads.forget(change.tid());
        return Optional.empty();
    }

    private static String describeEnd(Waited end) {
        return end.exitStatus() > 128 && end.code() != 1
                ? "was ended by " + SignalNames.name(end.status()) + " before a crash"
                : "exited with status " + end.status() + " before a crash";
    }

    private Optional<Traced> stopped(Waited stop) {
        Traced thread = threads.note(stop);
        int signal = stop.stopSignal();
        switch (stop.stopEvent()) {
            case 0 -> {
                if (isFatal(signal)) {
                    return Optional.of(thread);
                }
                threads.resume(thread, signal);
            }
            case Ptrace.EVENT_STOP -> {
                if (signal != Signals.SIGTRAP) {
                    threads.listen(thread);
                } else if (proc.tids(pid).contains(thread.tid())) {
                    threads.resume(thread, 0);
                } else {
                    threads.giveUp(thread);
                }
            }
            case Ptrace.EVENT_EXEC -> {
                threads.forgetGone();
                threads.resume(thread, 0);
            }
            default -> threads.resume(thread, 0);
        }
        return Optional.empty();
    }

    /** Whether the signal's default action is a core, and the program leaves it at that. */
    private boolean isFatal(int signal) {
        if (!Signals.dumpsCore(signal)) {
            return false;
        }
        Optional<StatusFile> status = proc.status(pid);
        return status.isPresent()
                && !status.get().hasSignal("SigCgt", signal)
                && !status.get().hasSignal("SigIgn", signal);
    }
}
