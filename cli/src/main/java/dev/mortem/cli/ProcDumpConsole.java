package dev.mortem.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.time.Clock;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Prints in ProcDump's form: what happens to standard output, with the time; notes to standard error. */
final class ProcDumpConsole {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final Console console;
    private final Clock clock;

    ProcDumpConsole(Console console, Clock clock) {
        this.console = console;
        this.clock = clock;
    }

    /** A line without a time. */
    void line(String text) {
        console.out().println(text);
        console.out().flush();
    }

    /** Something happened now. */
    void event(String text) {
        line("[" + TIME.format(LocalTime.now(clock.withZone(ZoneId.systemDefault()))) + "] "
                + Shown.oneLine(text));
    }

    /** @param what info, initiated, writing, complete or error */
    void dump(int number, String what, String text) {
        event("Dump %d %s: %s".formatted(number, what, text));
    }

    void note(String text) {
        console.note(text);
    }

    /** Makes lines about a dump of all that is noted. */
    Console infoOf(int number) {
        Writer lines = new Writer() {
            private final StringBuilder line = new StringBuilder();

            @Override
            public void write(char[] chars, int from, int length) {
                for (int index = from; index < from + length; index++) {
                    if (chars[index] != '\n') {
                        line.append(chars[index]);
                    } else {
                        dump(number, "info", ProcDumpWords.of(line.toString().strip()));
                        line.setLength(0);
                    }
                }
            }

            @Override
            public void flush() {
                // each line was
            }

            @Override
            public void close() {
                // the console is not ours
            }
        };
        return new Console(console.out(), new PrintWriter(lines, true), false, false);
    }
}
