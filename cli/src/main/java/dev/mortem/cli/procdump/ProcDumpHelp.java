package dev.mortem.cli.procdump;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What {@code -?} prints. */
public final class ProcDumpHelp {
    private static final int WORDS_COLUMN = 28;
    private static final int WIDTH = 100;

    private ProcDumpHelp() {}

    /** The lines. */
    public static List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(
                "Dumps a process, now or when something happens to it, by ProcDump's command line.",
                "",
                "  procdump [OPTIONS] [-w] NAME|SERVICE|PID [FILE|FOLDER]",
                "  procdump [OPTIONS] -x FOLDER PROGRAM [ARGUMENTS]",
                "  procdump -cancel PID",
                "",
                "Options begin with - or /, in capitals or not. Without a condition it dumps at once; of",
                "several conditions any one does. After each dump a condition must be met afresh.",
                ""));
        for (ProcDumpOption option : ProcDumpOption.values()) {
            if (!option.isRefused()) {
                add(option, lines);
            }
        }
        lines.add("");
        lines.add("Without a counterpart here, refused with what to use instead: "
                + String.join(" ", refused()));
        lines.addAll(
                List.of(
                        "",
                        "A dump is NAME_YYMMDD_HHMMSS.core, an ELF core; a FILE that ends in .dmp is a minidump.",
                        "In FILE, PROCESSNAME, PID, EXCEPTIONCODE, YYMMDD and HHMMSS stand for what they say.",
                        "Ctrl-C ends it, and the process runs on.",
                        "",
                        "Exit codes: 0 as many dumps as asked for, 1 defect, 2 wrong usage, 3 no such process or",
                        "several, 4 not permitted, 5 fewer dumps than asked for (the process ended, or -cancel), 6",
                        "storage, 130 Ctrl-C. mortem watch has more conditions; docs/procdump.md tells all."));
        return lines;
    }

    private static List<String> refused() {
        return Arrays.stream(ProcDumpOption.values())
                .filter(ProcDumpOption::isRefused)
                .map(ProcDumpOption::text)
                .toList();
    }

    private static void add(ProcDumpOption option, List<String> lines) {
        String words = option.role() == ProcDumpOption.Role.NOTED
                ? "Accepted: " + option.words() + "."
                : option.words();
        StringBuilder line = new StringBuilder("  " + option.form());
        line.append(" ".repeat(Math.max(2, WORDS_COLUMN - line.length())));
        boolean isEmpty = true;
        for (String word : words.split(" ", -1)) {
            if (!isEmpty && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
                line.append(" ".repeat(WORDS_COLUMN));
                isEmpty = true;
            }
            line.append(isEmpty ? "" : " ").append(word);
            isEmpty = false;
        }
        lines.add(line.toString());
    }
}
