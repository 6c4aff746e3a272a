package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.DumpOrigin;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The comment that ProcDump leaves in a dump: a line "*** " with its own command line, then one with what
 * made it write. Seen in dumps of ProcDump 8 to 11; its manual does not describe it.
 */
final class ProcDumpComment {
    private static final String MARK = "***";

    private ProcDumpComment() {}

    /** Of the first comment that has this form. */
    static Optional<DumpOrigin> find(List<String> comments) {
        return comments.stream().flatMap(comment -> parse(comment).stream()).findFirst();
    }

    private static Optional<DumpOrigin> parse(String comment) {
        List<String> marked = comment.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(MARK))
                .map(line -> line.substring(MARK.length()).strip())
                .toList();
        if (marked.isEmpty() || !isProcDump(marked.getFirst())) {
            return Optional.empty();
        }
        Optional<String> reason =
                marked.stream().skip(1).filter(line -> !line.isEmpty()).findFirst();
        return Optional.of(new DumpOrigin("ProcDump", marked.getFirst(), reason));
    }

    /** "procdump", "procdump64", "procdump64a", with a folder, ".exe" and quotes or without. */
    private static boolean isProcDump(String commandLine) {
        List<String> arguments = WindowsArguments.split(commandLine);
        if (arguments.isEmpty()) {
            return false;
        }
        String program = arguments.getFirst().toLowerCase(Locale.ROOT);
        return program.substring(1 + program.lastIndexOf('\\')).startsWith("procdump");
    }
}
