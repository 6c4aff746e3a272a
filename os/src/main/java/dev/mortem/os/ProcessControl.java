package dev.mortem.os;

import java.time.Duration;
import java.util.Optional;

/**
 * Stops processes to look at them, and always lets them go.
 *
 * <p>Safe for any thread: each target has one platform thread that owns it, and the same target cannot
 * be owned twice. Whatever happens here (an exception, a deadline, our own death) the target runs on as
 * it would have.
 */
public interface ProcessControl {
    /** The control of the system that we run on. */
    static ProcessControl ofThisMachine() {
        return Platform.ofThisMachine().processControl();
    }

    /**
     * Begins, on another thread, what the first snapshot needs to be quick; does nothing the second time.
     * {@link #prepare} does it too: called earlier, there is less to wait for.
     */
    void rehearse();

    /** Whether that process is the one that was started to rehearse with: nobody means it as a target. */
    boolean isRehearsal(long pid);

    /**
     * Looks at a process and decides how a snapshot of it is taken. Nothing of it is touched.
     *
     * @param pid as we see it, in our own pid namespace
     * @throws TargetException when none can be taken of any sort, for a reason seen from outside
     */
    PendingSnapshot prepare(long pid, SnapshotOptions options) throws TargetException;

    /**
     * Stops all threads of a process and takes what describes it, see {@link SnapshotMode} for how long
     * it stands.
     *
     * @param pid as we see it, in our own pid namespace
     * @throws TargetException when there is no snapshot; the process is then not, or no longer, stopped
     */
    default LiveSnapshot snapshot(long pid, SnapshotOptions options) throws TargetException {
        try (PendingSnapshot pending = prepare(pid, options)) {
            return pending.take();
        }
    }

    /**
     * Waits until a signal is about to end the process with a core, and takes the snapshot there: the
     * faulting thread first, the reason a {@link dev.mortem.base.snapshot.CrashReason.Signal}. Signals
     * that the process handles or ignores pass through. When the snapshot is resumed or closed, the
     * signal is delivered and the process ends of it as it would have.
     *
     * @param whenWatching run once, by the calling thread, as soon as no fatal signal can be missed any more
     * @return empty when the deadline passes first, or when the calling thread is interrupted (its flag
     *     stays set); the process then runs on, unwatched
     * @throws TargetException when it cannot be watched, or ends without such a signal (EXITED)
     */
    Optional<LiveSnapshot> awaitFatalSignal(
            long pid, SnapshotOptions options, Duration deadline, Runnable whenWatching)
            throws TargetException;

    /** The same for a caller that need not know when the watch has begun. */
    default Optional<LiveSnapshot> awaitFatalSignal(
            long pid, SnapshotOptions options, Duration deadline) throws TargetException {
        return awaitFatalSignal(pid, options, deadline, () -> {});
    }

    /**
     * Watches a process without stopping it. Several may watch different processes; one process has one
     * watcher, and the exception names the other.
     *
     * @param pid as we see it, in our own pid namespace
     * @throws TargetException when it cannot be watched; nothing was touched then
     */
    ProcessEvents events(long pid, EventOptions options) throws TargetException;

    /**
     * How long a snapshot would stop the process, without touching it.
     *
     * @throws TargetException when no snapshot of it could be taken, for a reason seen from outside
     */
    default PauseEstimate estimatePause(long pid, SnapshotOptions options) throws TargetException {
        try (PendingSnapshot pending = prepare(pid, options)) {
            return pending.estimate();
        }
    }
}
