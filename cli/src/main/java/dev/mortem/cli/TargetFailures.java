package dev.mortem.cli;

import dev.mortem.os.ProcessEntry;
import dev.mortem.os.TargetException;

import java.util.Locale;

/** What the command line makes of a target that cannot be had. */
final class TargetFailures {
    private TargetFailures() {}

    static CommandFailure asCommandFailure(TargetException failure) {
        ExitCode code = switch (failure.kind()) {
            case NOT_FOUND, AMBIGUOUS -> ExitCode.TARGET_NOT_FOUND;
            case NOT_PERMITTED, ALREADY_TRACED, KERNEL_THREAD -> ExitCode.NOT_PERMITTED;
            case ZOMBIE, EXITED, PAUSE_TOO_LONG, NO_SNAPSHOT, TIMED_OUT -> ExitCode.NO_DUMP;
            case UNSUPPORTED -> ExitCode.WRONG_USAGE;
        };
        return CommandFailure.because(code, failure);
    }

    /** Shows which processes fit, where several do. */
    static void listCandidates(Console console, TargetException failure) {
        if (failure.candidates().isEmpty()) {
            return;
        }
        Table table = new Table("PID", "NAME", "UNIT/CONTAINER", "CPU %", "PRIVATE MB", "COMMAND");
        table.alignRight(0, 3, 4);
        for (ProcessEntry entry : failure.candidates()) {
            table.row(
                    Long.toString(entry.pid()),
                    Shown.oneLine(entry.name()),
                    Shown.oneLine(entry.container().or(entry::unit).orElse("-")),
                    entry.cpuPercent().isPresent()
                            ? Long.toString(Math.round(entry.cpuPercent().getAsDouble()))
                            : "?",
                    entry.privateBytes().isPresent()
                            ? String.format(
                                    Locale.ROOT, "%.1f", entry.privateBytes().getAsLong() / 1e6)
                            : "?",
                    Shown.shortened(CommandLines.masked(entry.commandLine()).orElse(""), 50));
        }
        table.writeTo(console.err());
    }
}
