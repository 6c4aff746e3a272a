package dev.mortem.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a command writes: results to standard output, all else to standard error, both as UTF-8.
 *
 * @param out results
 * @param err progress, notes, errors
 * @param outIsTerminal whether standard output is a terminal: colour in results
 * @param errIsTerminal whether standard error is one: progress bars
 */
record Console(PrintWriter out, PrintWriter err, boolean outIsTerminal, boolean errIsTerminal) {
    /** This process's own streams. */
    static Console ofThisProcess() {
        return new Console(
                new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), false),
                new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true),
                isTerminal(1),
                isTerminal(2));
    }

    /** Colour where somebody sees it and has not said no (no-color.org). */
    boolean useColour() {
        return outIsTerminal
                && System.getenv("NO_COLOR") == null
                && !"dumb".equals(System.getenv("TERM"));
    }

    /** Whether standard output shows more than ASCII, by the locale's encoding. */
    boolean unicode() {
        return !outIsTerminal
                || System.getProperty("stdout.encoding", "UTF-8").equalsIgnoreCase("UTF-8");
    }

    void note(String text) {
        err.println(text);
    }

    void flush() {
        out.flush();
        err.flush();
    }

    /** Java asks only about input and output together; the descriptor's link tells of each alone. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }
}
