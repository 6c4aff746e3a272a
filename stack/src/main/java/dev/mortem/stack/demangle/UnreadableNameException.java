package dev.mortem.stack.demangle;

/** The text is no mangled name, or one beyond the limits. Costs no stack trace: it is ordinary. */
final class UnreadableNameException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableNameException(String message) {
        super(message, null, false, false);
    }
}
