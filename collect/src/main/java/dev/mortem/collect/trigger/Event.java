package dev.mortem.collect.trigger;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Something that happened at a moment, between two samples. */
public sealed interface Event {
    /** The process began while it was awaited. */
    record Started() implements Event {}

    /**
     * The process ends. Where it {@code stands} its memory is still there; else it is gone.
     *
     * @param status of an exit; empty when a signal ends it, or nobody could tell
     * @param signal that ends it
     * @param caller who called exit: a function, a module, an address
     */
    record Ended(
            OptionalInt status, Optional<String> signal, Optional<String> caller, boolean stands)
            implements Event {}

    /**
     * A signal was delivered.
     *
     * @param name "SIGSEGV"
     * @param fatal whether it ends the process; otherwise the program handles it
     * @param address of the fault, in hex
     */
    record SignalCame(String name, boolean fatal, long threadId, Optional<String> address)
            implements Event {}

    /** A line was written. */
    record LineCame(LineSource source, String text) implements Event {}

    /**
     * A URL was asked for.
     *
     * @param time until the answer's head was there, or until nobody waited any longer
     * @param status of HTTP; empty where there was no answer
     * @param failure why there was none
     */
    record UrlAnswered(String url, Duration time, OptionalInt status, Optional<String> failure)
            implements Event {}

    /** A command was run; 128 and the signal's number for one that a signal ended. */
    record CommandEnded(String command, int status) implements Event {}
}
