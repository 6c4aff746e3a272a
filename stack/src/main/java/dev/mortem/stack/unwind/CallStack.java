package dev.mortem.stack.unwind;

import java.util.List;

/**
 * The frames of one thread, innermost first, and why there are no more.
 *
 * @param threadId the thread's id in the snapshot
 */
public record CallStack(long threadId, List<UnwoundFrame> frames, StackEnd end) {
    public CallStack {
        frames = List.copyOf(frames);
    }
}
