package dev.mortem.os.linux.stop;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The thread that a snapshot is about: it comes first, as in the kernel's cores.
 *
 * @param tid as we see it
 * @param capture what was read of it where it stood; it may have had to move on before the copy was made
 * @param endedBy the signal that ends it, where it is past the delivery of that
 */
record Focus(long tid, Optional<ThreadCapture> capture, OptionalInt endedBy) {
    boolean isOf(ThreadCapture other) {
        return other.tid() == tid;
    }

    /** The captures of all threads, with that one as it stood. */
    static List<ThreadCapture> applied(Optional<Focus> focus, List<ThreadCapture> captures) {
        if (focus.isEmpty() || focus.get().capture.isEmpty()) {
            return captures;
        }
        ThreadCapture kept = focus.get().capture.get();
        return captures.stream()
                .map(capture -> focus.get().isOf(capture) ? kept : capture)
                .toList();
    }
}
