package dev.mortem.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** How long one dump may take from when this was made, the copy counted: ProcDump's -at. */
final class ProcDumpTimeLimit {
    private final Optional<Duration> atMost;
    private final LongSupplier nanos;
    private final long began;

    /** @param nanos a clock such as {@link System#nanoTime} */
    ProcDumpTimeLimit(Optional<Duration> atMost, LongSupplier nanos) {
        this.atMost = atMost;
        this.nanos = nanos;
        this.began = nanos.getAsLong();
    }

    void check() throws DumpTaker.GivenUpException {
        boolean isOver = atMost.filter(most -> nanos.getAsLong() - began > most.toNanos())
                .isPresent();
        if (isOver) {
            throw new DumpTaker.GivenUpException(
                    "the dump took longer than the %d s that -at allows; what there was of it was removed"
                            .formatted(atMost.orElseThrow().toSeconds()));
        }
    }
}
