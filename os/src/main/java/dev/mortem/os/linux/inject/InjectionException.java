package dev.mortem.os.linux.inject;

/**
 * A call could not be injected. The thread is what it was, or will be by itself. The message says why,
 * for people.
 */
public final class InjectionException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What it means for whoever wanted the call. */
    public enum Kind {
        /** Not with this thread or process; nothing was changed. */
        UNSUITABLE,
        /** The target is gone. */
        GONE,
        /** It took longer than allowed. */
        TIMED_OUT
    }

    private final Kind kind;

    public InjectionException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
