package dev.mortem.stack.unwind;

import dev.mortem.base.address.Addresses;

/** Why a stack has no further frame. Only {@link Complete} means that the whole stack is there. */
public sealed interface StackEnd {
    /** The outermost frame was reached: its unwind rule says that it has no caller. */
    record Complete() implements StackEnd {}

    /**
     * The outermost frame was reached, but only by way of frames that a search found: they may be stale, and
     * others may be missing.
     */
    record Searched() implements StackEnd {}

    /** The dump has no registers for this thread. */
    record NoRegisters() implements StackEnd {}

    /** The CPU is not one whose stacks we read. */
    record UnsupportedCpu(String name) implements StackEnd {}

    /** The stack's memory at that address is not in the dump. */
    record NoMemory(long address) implements StackEnd {}

    /** Every way of finding a caller failed; the reason says what the last one met. */
    record NoCaller(long pc, String why) implements StackEnd {}

    /** The next frame would not have been further out: a broken or circular stack. */
    record NoProgress(long sp) implements StackEnd {}

    /** As many frames as the limit allows. */
    record TooManyFrames(int frames) implements StackEnd {}

    /** One sentence for a report. */
    default String text() {
        return switch (this) {
            case Complete() -> "complete";
            case Searched() ->
                "at its outermost frame, but by way of frames that a search found: they may be wrong,"
                        + " and others missing";
            case NoRegisters() -> "the dump has no registers of this thread";
            case UnsupportedCpu(String name) -> "stacks of " + name + " are not read";
            case NoMemory(long address) ->
                "the stack's memory at " + Addresses.hex(address) + " is not in the dump";
            case NoCaller(long pc, String why) ->
                "no caller of " + Addresses.hex(pc) + " found: " + why;
            case NoProgress(long sp) -> "the stack does not go on beyond " + Addresses.hex(sp);
            case TooManyFrames(int frames) -> "cut after " + frames + " frames";
        };
    }
}
