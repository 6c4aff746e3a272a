package dev.mortem.os;

import java.time.Duration;
import java.util.Optional;

/**
 * Processes of this machine as they begin. Those that run already are not told. Belongs to one thread.
 *
 * <p>Where the kernel tells us of each exec, none is missed however short its life. Elsewhere we look every
 * few milliseconds: one that begins and ends between two looks is not seen.
 */
public interface ProcessArrivals extends AutoCloseable {
    /** How often the kernel is asked, where it does not tell: it costs 0.1 % of a core. */
    Duration DEFAULT_EVERY = Duration.ofMillis(10);

    /** The arrivals of the system that we run on, looked for that often where the kernel does not tell. */
    static ProcessArrivals ofThisMachine(Duration every) {
        return Platform.ofThisMachine().processArrivals(every);
    }

    /**
     * A process that began, or became another program.
     *
     * @param executable the path of its file; empty where that may not be seen
     */
    record Arrival(long pid, Optional<String> executable) {}

    /** The next one; empty when the time has passed, or the calling thread is interrupted. */
    Optional<Arrival> next(Duration atMost);

    /** How they are seen, in words. */
    String how();

    @Override
    void close();
}
