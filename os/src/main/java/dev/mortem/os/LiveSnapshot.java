package dev.mortem.os;

import dev.mortem.base.snapshot.ProcessSnapshot;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A process of this machine at the moment when it was stopped.
 *
 * <p>Either it runs again already and its memory is read from a frozen copy, which lives until {@link
 * #close}; or it stands until {@link #resume}, {@link #close}, or the deadline of its options. From then
 * on the memory cannot be read any more (reads answer 0 bytes, for what is there is of another moment);
 * all lists stay. Safe for any thread.
 */
public interface LiveSnapshot extends ProcessSnapshot {
    /** How it was taken, as sidecars name it: "stopTheWorld" or "snapshot". */
    String method();

    /** Why it was taken that way, in words. */
    String methodWhy();

    /**
     * Lets the process run again, where it does not yet, and returns when it does; gives up the frozen
     * copy, where there is one. Does nothing the second time.
     */
    void resume();

    /** How long the process stood; up to now, while it still stands. */
    Duration pause();

    /**
     * Why the memory was gone before the caller resumed the process: the deadline passed, it was killed,
     * or its frozen copy had to be given up. A dump that was not complete by then never will be, and
     * whoever writes it says so. Ask after {@link #resume}.
     */
    Optional<String> overran();

    /** What the reader of a dump should know about how it was taken. */
    List<String> warnings();

    /** Where the process's own root folder is seen from here: for looking up its files by its paths. */
    Optional<Path> root();

    /**
     * Names of the code that the process made at run time, as it wrote them down for profilers; empty
     * where it did not. Open until {@link #close}.
     */
    default Optional<JitMapFile> jitMap() {
        return Optional.empty();
    }

    /** Resumes the process and gives up everything held. */
    @Override
    void close();
}
