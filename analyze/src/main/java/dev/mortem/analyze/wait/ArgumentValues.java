package dev.mortem.analyze.wait;

import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.symbol.Argument;

import java.util.Optional;

/** What functions on a thread's stack were called with, as far as debug information tells. */
@FunctionalInterface
public interface ArgumentValues {
    /**
     * The first argument of a function.
     *
     * @param lookupAddress of the function's frame, see
     *     {@link dev.mortem.stack.symbol.Frame#lookupAddress}
     */
    Optional<Argument> first(ThreadSnapshot thread, long lookupAddress);

    /** No debug information. */
    static ArgumentValues none() {
        return (thread, lookupAddress) -> Optional.empty();
    }
}
