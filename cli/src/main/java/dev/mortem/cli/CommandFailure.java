package dev.mortem.cli;

/** A command cannot do what was asked; the message says why and what the user can do about it. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    CommandFailure(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    CommandFailure(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** A failure that another one explains: its message is this one's. */
    static CommandFailure because(ExitCode exitCode, Exception cause) {
        return new CommandFailure(exitCode, String.valueOf(cause.getMessage()), cause);
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
