package dev.mortem.format.dwarf.function;

import java.util.List;
import java.util.OptionalLong;

/**
 * How a function was reached that its caller did not call: the caller called another one, which left by
 * a jump (DWARF 5, section 3.4.1, DW_AT_call_tail_call).
 *
 * @param calledSvma the start of the function that the caller called
 * @param first the jumps with which each way begins that leads from there to the function that was
 *     reached, in the order in which they were made; empty where not all ways are known
 * @param last those, behind them, with which each way ends
 * @param complete whether there is but one way, and so nothing between {@code first} and {@code last}
 */
public record TailCalls(long calledSvma, List<Jump> first, List<Jump> last, boolean complete) {
    public TailCalls {
        first = List.copyOf(first);
        last = List.copyOf(last);
    }

    /**
     * @param svma behind the jump, as a debugger shows the pc of such a frame; where the debug
     *     information does not say that, the jump's own
     * @param lookupSvma an svma of the jump itself
     */
    public record Jump(long svma, long lookupSvma) {}

    /** The function that was reached, by what is known of it. */
    public interface Reached {
        /** An svma of its code, in the file of the caller. */
        OptionalLong svma();

        /** Whether a symbol of that name means the function's start. */
        boolean isNamed(String linkageName);

        /** Where the caller's file defines a function of that name; empty where it does not. */
        OptionalLong definedAt(String linkageName);
    }
}
