package dev.mortem.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code --do} asks for at each firing. */
sealed interface WatchAction {
    /** A dump. */
    record Dump() implements WatchAction {}

    /** A program; %1% in its arguments is the pid, %2% the path of the dump before it. */
    record Run(List<String> command) implements WatchAction {
        public Run {
            command = List.copyOf(command);
        }

        List<String> filledIn(long pid, Optional<String> dump) {
            return command.stream()
                    .map(each ->
                            each.replace("%1%", Long.toString(pid)).replace("%2%", dump.orElse("")))
                    .toList();
        }
    }

    /**
     * "dump", or "run:" and a command line; arguments with blanks stand in quotation marks.
     *
     * @throws IllegalArgumentException for anything else
     */
    static WatchAction parse(String text) {
        if (text.equals("dump")) {
            return new Dump();
        }
        if (text.startsWith("run:")) {
            List<String> command = words(text.substring("run:".length()));
            if (!command.isEmpty()) {
                return new Run(command);
            }
        }
        throw new IllegalArgumentException("'" + text
                + "' is not dump or run:COMMAND, such as 'run:/usr/local/bin/drain %1%'");
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        boolean begun = false;
        for (int index = 0; index < line.length(); index++) {
            char each = line.charAt(index);
            if (each == '"') {
                quoted = !quoted;
                begun = true;
            } else if (!quoted && Character.isWhitespace(each)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                begun = false;
            } else {
                word.append(each);
                begun = true;
            }
        }
        if (begun) {
            words.add(word.toString());
        }
        if (quoted) {
            throw new IllegalArgumentException(
                    "'" + line + "' has a quotation mark without its other");
        }
        return words;
    }
}
