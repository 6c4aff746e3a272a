package dev.mortem.os;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A process cannot be found, stopped or watched. The message says what was found and what the user can
 * do about it.
 */
public final class TargetException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What stands in the way. */
    public enum Kind {
        /** No such process. */
        NOT_FOUND,
        /** Several processes fit; {@link TargetException#candidates} lists them. */
        AMBIGUOUS,
        /** The system does not let us. */
        NOT_PERMITTED,
        /** Another debugger, or another of ours, has it; a process has at most one. */
        ALREADY_TRACED,
        /** It has ended and waits for its parent to ask for its exit status: nothing is left of it. */
        ZOMBIE,
        /** Part of the kernel: it has no memory of its own. */
        KERNEL_THREAD,
        /** It ended while we looked at it. */
        EXITED,
        /** It would stand longer than allowed; {@link TargetException#estimate} says how long. */
        PAUSE_TOO_LONG,
        /** A frozen copy was required, and cannot be made or kept. */
        NO_SNAPSHOT,
        /** This system, or this kind of process, is not supported. */
        UNSUPPORTED,
        /** A thread did not stop in time. */
        TIMED_OUT
    }

    private final Kind kind;
    private final transient List<ProcessEntry> candidates;
    private final transient Optional<Duration> estimate;

    public TargetException(Kind kind, String message) {
        this(kind, message, List.of(), Optional.empty());
    }

    private TargetException(
            Kind kind, String message, List<ProcessEntry> candidates, Optional<Duration> estimate) {
        super(message);
        this.kind = kind;
        this.candidates = List.copyOf(candidates);
        this.estimate = estimate;
    }

    public static TargetException ambiguous(String message, List<ProcessEntry> candidates) {
        return new TargetException(Kind.AMBIGUOUS, message, candidates, Optional.empty());
    }

    public static TargetException pauseTooLong(String message, Duration estimate) {
        return new TargetException(Kind.PAUSE_TOO_LONG, message, List.of(), Optional.of(estimate));
    }

    public Kind kind() {
        return kind;
    }

    /** The processes that fit, where several do; empty otherwise. */
    public List<ProcessEntry> candidates() {
        return candidates;
    }

    /** How long the process would stand, where that is the reason. */
    public Optional<Duration> estimate() {
        return estimate;
    }
}
