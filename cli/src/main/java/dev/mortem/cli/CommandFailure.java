package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;

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

    /** A dump that cannot be opened or read. */
    static CommandFailure unreadable(Path file, IOException cause) {
        return cause instanceof AccessDeniedException denied
                ? new CommandFailure(
                        ExitCode.NOT_PERMITTED,
                        denied.getFile()
                                + " may not be read by this user; run Mortem as its owner or as root",
                        denied)
                : new CommandFailure(
                        ExitCode.NOT_A_DUMP,
                        file + " cannot be read: " + cause.getMessage(),
                        cause);
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
