package dev.mortem.cli.procdump;

/** A command line that cannot be followed. The message says what was found and what to write instead. */
public final class ProcDumpUsageException extends Exception {
    private static final long serialVersionUID = 1L;

    ProcDumpUsageException(String message) {
        super(message);
    }
}
