package dev.mortem.testkit.checks;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Rules that need no more than the text of a source. */
final class TextRules {
    private static final int COLUMNS_MAX = 100;

    /** The formatter breaks code, but no comments: a word may stand out. */
    private static final int TEXT_COLUMNS_MAX = 110;

    /** A message in one piece can be searched for. */
    private static final int MESSAGE_COLUMNS_MAX = 170;

    private static final Pattern MESSAGE = Pattern.compile("\"[^\"]{30,}");

    private static final int FILE_LINES_MAX = 800;

    /** Split so that this file does not break its own rules. */
    private static final Pattern UNFINISHED =
            Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

    private static final Pattern SKIPPED_TEST = Pattern.compile("^\\s*@Dis" + "abled");

    /** Folders of whatever machine the code was written on. */
    static final Pattern MACHINE_PATH = Pattern.compile("/w[o]rk/[a-z]|/r[o]ot/[a-z.]");

    private TextRules() {}

    static List<TidyRule> all() {
        return List.of(
                new TidyRule(
                        "lines have at most " + COLUMNS_MAX + " columns",
                        "class Bad { int longOne = 1" + " + 1".repeat(30) + "; }",
                        TextRules::longLines),
                new TidyRule(
                        "files have at most " + FILE_LINES_MAX + " lines",
                        "class Bad {}\n" + "\n".repeat(FILE_LINES_MAX),
                        TextRules::longFile),
                lineRule(
                        "nothing is left unfinished",
                        "class Bad {} // TO" + "DO",
                        UNFINISHED.asPredicate(),
                        "finish it, or say in the documentation what is not there"),
                lineRule(
                        "no test is switched off",
                        "@Dis" + "abled\nclass Bad {}",
                        SKIPPED_TEST.asPredicate(),
                        "mend or delete it; a missing tool is an assumption with its name"),
                lineRule(
                        "no path of the machine it was written on",
                        "class Bad { String home = \"/r" + "oot/x\"; }",
                        MACHINE_PATH.asPredicate(),
                        "take it from the system property mortem.project or a temporary folder"));
    }

    private static TidyRule lineRule(
            String name, String canary, Predicate<String> bad, String remedy) {
        return new TidyRule(name, canary, unit -> {
            List<String> lines = unit.lines();
            return IntStream.range(0, lines.size())
                    .filter(index -> bad.test(lines.get(index)))
                    .mapToObj(index -> new Violation(
                            unit.place(index + 1L), lines.get(index).strip(), remedy));
        });
    }

    private static Stream<Violation> longLines(SourceUnit unit) {
        if (unit.isTable()) {
            return Stream.of();
        }
        List<String> lines = unit.lines();
        boolean[] inTextBlock = textBlockLines(lines);
        return IntStream.range(0, lines.size())
                .filter(index -> lines.get(index).length() > columnsMax(lines.get(index)))
                .filter(index -> !inTextBlock[index])
                .filter(index -> !isUnbreakable(lines.get(index)))
                .mapToObj(index -> new Violation(
                        unit.place(index + 1L),
                        lines.get(index).length() + " columns",
                        "break the line at " + COLUMNS_MAX));
    }

    private static int columnsMax(String line) {
        String text = line.strip();
        boolean isComment = text.startsWith("*") || text.startsWith("/*") || text.startsWith("//");
        if (MESSAGE.matcher(text).find()) {
            return MESSAGE_COLUMNS_MAX;
        }
        return isComment ? TEXT_COLUMNS_MAX : COLUMNS_MAX;
    }

    /** An import or an address of the web cannot be broken. */
    private static boolean isUnbreakable(String line) {
        return line.startsWith("import ") || line.toLowerCase(Locale.ROOT).contains("https://");
    }

    private static boolean[] textBlockLines(List<String> lines) {
        boolean[] inside = new boolean[lines.size()];
        boolean open = false;
        for (int index = 0; index < lines.size(); index++) {
            inside[index] = open;
            int marks = lines.get(index).split("\"\"\"", -1).length - 1;
            open ^= marks % 2 == 1;
        }
        return inside;
    }

    private static Stream<Violation> longFile(SourceUnit unit) {
        int lines = unit.lines().size();
        return unit.isTable() || lines <= FILE_LINES_MAX
                ? Stream.of()
                : Stream.of(new Violation(
                        unit.path(),
                        lines + " lines",
                        "split it by what a reader looks for, or move a table to a package table"));
    }
}
