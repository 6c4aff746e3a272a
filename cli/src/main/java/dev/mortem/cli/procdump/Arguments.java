package dev.mortem.cli.procdump;

import java.util.List;
import java.util.Optional;

/** The arguments, taken one after the other. */
final class Arguments {
    private final List<String> arguments;
    private int next;

    Arguments(List<String> arguments) {
        this.arguments = List.copyOf(arguments);
    }

    boolean isAtEnd() {
        return next >= arguments.size();
    }

    String take() {
        return arguments.get(next++);
    }

    /** The next one, left where it is. */
    Optional<String> peek() {
        return isAtEnd() ? Optional.empty() : Optional.of(arguments.get(next));
    }

    /** All that are left. */
    List<String> takeRest() {
        List<String> rest = arguments.subList(next, arguments.size());
        next = arguments.size();
        return rest;
    }

    /** The value of an option; another option is none, but what only looks like one may be. */
    String value(ProcDumpOption option, String allowed) throws ProcDumpUsageException {
        if (isAtEnd() || ProcDumpOption.of(arguments.get(next)).isPresent()) {
            throw new ProcDumpUsageException(option.text() + " needs " + allowed + " behind it"
                    + peek().map(found -> ", and " + found + " is an option").orElse(""));
        }
        return take();
    }

    /** A whole number in its range. */
    long number(ProcDumpOption option, String what, long min, long max)
            throws ProcDumpUsageException {
        String allowed = "%s from %d to %d".formatted(what, min, max);
        String text = value(option, allowed);
        if (text.matches("\\d{1,15}")) {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw new ProcDumpUsageException(
                "%s takes %s, not \"%s\"".formatted(option.text(), allowed, text));
    }
}
