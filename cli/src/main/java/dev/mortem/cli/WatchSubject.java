package dev.mortem.cli;

import dev.mortem.os.Target;

import java.util.List;

/** Whom {@code mortem watch} is asked to watch. */
sealed interface WatchSubject {
    /** Processes that run, or that others will start. */
    record Named(Target target) implements WatchSubject {}

    /**
     * A program that the watch starts.
     *
     * @param command its name or path, then its arguments
     */
    record Program(List<String> command) implements WatchSubject {
        public Program {
            command = List.copyOf(command);
        }
    }

    /**
     * What the command line names: a TARGET, or what follows "--".
     *
     * @param operands all that are no options
     * @param arguments the command line as it was typed
     * @throws IllegalArgumentException with what is wrong about it
     */
    static WatchSubject of(List<String> operands, List<String> arguments) {
        int mark = arguments.indexOf("--");
        if (mark < 0) {
            return named(operands);
        }
        int behind = Math.min(operands.size(), arguments.size() - mark - 1);
        if (behind == 0) {
            throw new IllegalArgumentException("a program to start must follow --");
        }
        if (behind < operands.size()) {
            throw new IllegalArgumentException(
                    "either a TARGET that runs, or -- and a program to start, not both: "
                            + operands.getFirst() + " and "
                            + operands.get(operands.size() - behind));
        }
        return new Program(operands);
    }

    private static WatchSubject named(List<String> operands) {
        if (operands.isEmpty()) {
            throw new IllegalArgumentException(
                    "TARGET is missing: a pid, a name, unit:, container:, port: or command:;"
                            + " or -- and a program to start");
        }
        if (operands.size() > 1) {
            throw new IllegalArgumentException("one TARGET is watched, not %s and %s; a program to"
                            .formatted(operands.get(0), operands.get(1))
                    + " start follows --");
        }
        return new Named(Target.parse(operands.getFirst()));
    }
}
