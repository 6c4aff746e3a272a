package dev.mortem.stack.symbol;

import dev.mortem.stack.unwind.StackEnd;

import java.util.List;

/** A call stack with names, innermost frame first. */
public record SymbolizedStack(long threadId, List<Frame> frames, StackEnd end) {
    public SymbolizedStack {
        frames = List.copyOf(frames);
    }
}
