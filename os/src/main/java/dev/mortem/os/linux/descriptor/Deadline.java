package dev.mortem.os.linux.descriptor;

import java.time.Duration;

/** A time that is over at some moment, of System.nanoTime. */
record Deadline(long nanos) {
    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    boolean hasPassed() {
        return System.nanoTime() - nanos >= 0;
    }
}
