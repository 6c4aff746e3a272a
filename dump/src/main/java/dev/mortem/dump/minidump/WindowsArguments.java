package dev.mortem.dump.minidump;

import java.util.ArrayList;
import java.util.List;

/**
 * A command line of Windows as arguments, by the rules of the C runtime ("Parsing C command-line
 * arguments", Microsoft Learn): blanks separate, quotes hold together, backslashes are only special in
 * front of a quote.
 */
final class WindowsArguments {
    private final String line;
    private int at;

    private WindowsArguments(String line) {
        this.line = line;
    }

    /** The program first. */
    static List<String> split(String commandLine) {
        WindowsArguments arguments = new WindowsArguments(commandLine);
        List<String> all = new ArrayList<>();
        if (!commandLine.isEmpty()) {
            all.add(arguments.program());
        }
        while (arguments.skipBlanks()) {
            all.add(arguments.next());
        }
        return all;
    }

    /** The program's name has no escapes: a backslash separates folders. */
    private String program() {
        StringBuilder name = new StringBuilder();
        boolean quoted = false;
        while (at < line.length() && (quoted || !isBlank(line.charAt(at)))) {
            char letter = line.charAt(at++);
            if (letter == '"') {
                quoted = !quoted;
            } else {
                name.append(letter);
            }
        }
        return name.toString();
    }

    private boolean skipBlanks() {
        while (at < line.length() && isBlank(line.charAt(at))) {
            at++;
        }
        return at < line.length();
    }

    private String next() {
        StringBuilder argument = new StringBuilder();
        boolean quoted = false;
        while (at < line.length() && (quoted || !isBlank(line.charAt(at)))) {
            int backslashes = backslashes();
            boolean quote = at < line.length() && line.charAt(at) == '"';
            argument.repeat('\\', quote ? backslashes / 2 : backslashes);
            if (quote && backslashes % 2 == 1) {
                argument.append('"');
                at++;
            } else if (quote && quoted && at + 1 < line.length() && line.charAt(at + 1) == '"') {
                argument.append('"');
                at += 2;
            } else if (quote) {
                quoted = !quoted;
                at++;
            } else if (backslashes == 0) {
                argument.append(line.charAt(at++));
            }
        }
        return argument.toString();
    }

    private int backslashes() {
        int from = at;
        while (at < line.length() && line.charAt(at) == '\\') {
            at++;
        }
        return at - from;
    }

    private static boolean isBlank(char letter) {
        return letter == ' ' || letter == '\t';
    }
}
