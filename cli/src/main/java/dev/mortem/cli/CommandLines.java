package dev.mortem.cli;

import dev.mortem.analyze.mask.CommandLineMask;

import java.util.List;
import java.util.Optional;

/** Command lines as Mortem may show them. */
final class CommandLines {
    private CommandLines() {}

    /** One line with secrets masked; nothing for a process that has no command line. */
    static Optional<String> masked(List<String> arguments) {
        return arguments.isEmpty()
                ? Optional.empty()
                : Optional.of(CommandLineMask.line(arguments));
    }
}
