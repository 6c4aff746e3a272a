package dev.mortem.os;

import java.time.Duration;
import java.util.Optional;

/**
 * A running process that is watched: its signals, its end, its threads and modules.
 *
 * <p>Nothing stands but a thread that something happened to, for some microseconds, or until it is released
 * where the filter wants it held. A process whose whole end is held, or that a fatal signal is about to end,
 * dies exactly as it would have when it is released; until then its memory is there. Whatever becomes of us,
 * the process runs on.
 *
 * <p>Events come in the order in which they were seen. {@link #next}, {@link #snapshot} and {@link #release}
 * belong to one thread, {@link #counts} and {@link #close} to any.
 */
public interface ProcessEvents extends AutoCloseable {
    /**
     * An event as it was told.
     *
     * @param held whether its thread stands until {@link #release}
     */
    record Told(ProcessEvent event, boolean held) {}

    /**
     * How much was seen.
     *
     * @param signals that came to the process, of all kinds
     * @param passed of these were not looked at, because there were too many
     * @param unheard events that nobody took in time, and that are lost
     * @param unwatched how long single threads were left alone altogether
     */
    record Counts(long signals, long passed, long unheard, Duration unwatched) {}

    long pid();

    /**
     * The next event.
     *
     * @return empty when the time has passed without one, and at once when {@link ProcessEvent.Gone} was told
     *     or the watch is closed
     */
    Optional<Told> next(Duration atMost) throws InterruptedException;

    /**
     * Takes a snapshot while the process goes on being watched: with the thread of a held event first and at
     * its fault, and with its signal as the reason. To be closed before the next one is taken. After it the
     * event is still held, if it is about to end the process; otherwise its thread runs on as soon as the
     * frozen copy is made.
     *
     * @param told the event that it is of; of one that is not held (any more) the thread is where
     *     it is by now
     * @throws TargetException as {@link ProcessControl#prepare} and {@link PendingSnapshot#take} do, and
     *     EXITED when the process is gone; a held event stays held
     */
    LiveSnapshot snapshot(Told told, SnapshotOptions options) throws TargetException;

    /** Lets the thread of a held event run on, with the signal that it stands at. Does nothing twice. */
    void release(Told told);

    Counts counts();

    /** Ends the watch, and returns when the process runs on, untraced. Does nothing the second time. */
    @Override
    void close();
}
