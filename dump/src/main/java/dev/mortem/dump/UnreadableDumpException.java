package dev.mortem.dump;

/**
 * The file is no dump that can be read. The message says what it is, what is read, and what to do.
 */
public final class UnreadableDumpException extends Exception {
    private static final long serialVersionUID = 1L;

    public UnreadableDumpException(String message) {
        super(message);
    }

    public UnreadableDumpException(String message, Throwable cause) {
        super(message, cause);
    }
}
