package dev.mortem.cli.procdump;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code -f} and {@code -fx} let pass: a text that has one of the included words in it and none of the
 * excluded ones, whatever the case; {@code *} in a word stands for anything.
 *
 * @param includes empty for all texts
 * @param displayOnly whether exceptions are shown and not dumped
 */
public record ExceptionFilter(List<String> includes, List<String> excludes, boolean displayOnly) {
    public ExceptionFilter {
        includes = List.copyOf(includes);
        excludes = List.copyOf(excludes);
    }

    /** Whether a line of text, or a module's path, is wanted. */
    public boolean wants(String text) {
        return wants(List.of(text));
    }

    /** Whether a signal is wanted, by any of the names that it has here and on Windows. */
    public boolean wantsSignal(String signal, boolean stackOverflow) {
        return wants(ExceptionCode.texts(signal, stackOverflow));
    }

    private boolean wants(List<String> texts) {
        boolean included =
                includes.isEmpty() || includes.stream().anyMatch(word -> fits(word, texts));
        return included && excludes.stream().noneMatch(word -> fits(word, texts));
    }

    private static boolean fits(String word, List<String> texts) {
        Pattern pattern = pattern(word);
        return texts.stream().anyMatch(text -> pattern.matcher(text).find());
    }

    /** Included words that fit no signal: names of managed exceptions, not read yet, or mistakes. */
    public List<String> strangers() {
        List<String> strangers = new ArrayList<>();
        for (String word : includes) {
            boolean known = ExceptionCode.FAULTS.stream()
                    .flatMap(signal -> Stream.of(
                            ExceptionCode.texts(signal, false), ExceptionCode.texts(signal, true)))
                    .anyMatch(texts -> fits(word, texts));
            if (!known) {
                strangers.add(word);
            }
        }
        return strangers;
    }

    /** A regular expression with a match in each text that is wanted, as far as inclusion goes. */
    String includedRegex() {
        return includes.isEmpty()
                ? ""
                : "(?i)"
                        + String.join(
                                "|",
                                includes.stream().map(ExceptionFilter::regex).toList());
    }

    private static Pattern pattern(String word) {
        return Pattern.compile(regex(word), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }

    private static String regex(String word) {
        StringBuilder regex = new StringBuilder();
        for (String part : withoutHexPrefix(word).split("(?<=\\*)|(?=\\*)", -1)) {
            regex.append(part.equals("*") ? ".*" : Pattern.quote(part));
        }
        return regex.toString();
    }

    /** "0xc0000005" is C0000005. */
    private static String withoutHexPrefix(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return lower.matches("0x[0-9a-f*]+") ? word.substring(2) : word;
    }
}
