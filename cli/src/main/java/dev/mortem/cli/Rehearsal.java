package dev.mortem.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;

/**
 * Runs what the start-up cache is to hold, once, when the cache is made: the JVM remembers which classes
 * a run loaded. Prints nothing; its argument is a small dump.
 */
final class Rehearsal {
    private Rehearsal() {}

    public static void main(String[] arguments) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Console console = new Console(nowhere, nowhere, false, false);
        for (List<String> command : List.of(
                List.of("--help"),
                List.of("--version"),
                List.of("ps", "--window", "0s"),
                List.of("dump", "--help"),
                List.of("analyze", arguments[0]),
                List.of("analyze", "--json", arguments[0]),
                List.of("analyze", "--format", "html", arguments[0]))) {
            Main.run(console, command.toArray(String[]::new));
        }
    }
}
