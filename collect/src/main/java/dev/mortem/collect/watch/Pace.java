package dev.mortem.collect.watch;

import java.time.LocalDateTime;

/** Time, and waiting for it. */
public interface Pace {
    /** By a clock that nobody sets. */
    long nanos();

    /** What the clock on the wall shows. */
    LocalDateTime wallTime();

    /** Waits until that moment; false when watching is to end now. */
    boolean awaitUntil(long nanos);
}
