package dev.mortem.os;

/**
 * A snapshot that is about to be taken: the process was looked at, and not touched yet. For one thread;
 * closing it without {@link #take} leaves the process alone.
 */
public interface PendingSnapshot extends AutoCloseable {
    /** How it will be taken, and for how long the process will stand. */
    PauseEstimate estimate();

    /**
     * Takes it. To be called once.
     *
     * @throws TargetException when there is no snapshot; the process is then not, or no longer, stopped.
     *     PAUSE_TOO_LONG by the estimate, and NO_SNAPSHOT where a frozen copy is required and cannot be
     *     made, come before anything is touched
     */
    LiveSnapshot take() throws TargetException;

    /** Does nothing after {@link #take}: the snapshot is closed by itself. */
    @Override
    void close();
}
