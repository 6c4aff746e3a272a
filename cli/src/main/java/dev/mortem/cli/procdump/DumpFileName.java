package dev.mortem.cli.procdump;

import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a dump, with ProcDump's words in it that stand for something: PROCESSNAME, PID, EXCEPTIONCODE,
 * YYMMDD and HHMMSS. One that ends in {@code .dmp} is a minidump's, all others are cores'.
 *
 * @param mask without folders and without the extension
 * @param extension with its dot
 */
public record DumpFileName(String mask, String extension) {
    private static final String DEFAULT_MASK = "PROCESSNAME_YYMMDD_HHMMSS";
    private static final String MINIDUMP = ".dmp";
    private static final String CORE = ".core";

    /** A file name has 255 bytes; the mask and the extension need some of them. */
    private static final int PROCESS_NAME_BYTES_MAX = 100;

    /** A folder with more dumps of one name is full of them. */
    private static final int NUMBER_MAX = 100_000;

    private static final Pattern WORD =
            Pattern.compile("PROCESSNAME|EXCEPTIONCODE|YYMMDD|HHMMSS|PID");

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyMMdd", Locale.ROOT);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT);

    /** The one where none is given. */
    public static DumpFileName usual() {
        return new DumpFileName(DEFAULT_MASK, CORE);
    }

    /** @param name the last part of what was given, "w3wp-PID-perf.dmp" */
    public static DumpFileName of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (String extension : new String[] {MINIDUMP, CORE}) {
            if (lower.endsWith(extension) && name.length() > extension.length()) {
                return new DumpFileName(
                        name.substring(0, name.length() - extension.length()), extension);
            }
        }
        return new DumpFileName(name, CORE);
    }

    public boolean isMinidump() {
        return extension.equals(MINIDUMP);
    }

    /**
     * The name at that moment.
     *
     * @param code of the exception that the dump is of; empty for none, which is 00000000
     * @param isTaken whether a file has a name already; then a number is put behind it
     */
    public String at(
            String processName,
            long pid,
            Optional<String> code,
            LocalDateTime time,
            Predicate<String> isTaken) {
        String filled = WORD.matcher(mask)
                .replaceAll(found -> Matcher.quoteReplacement(
                        switch (found.group()) {
                            case "PROCESSNAME" -> safe(processName);
                            case "PID" -> Long.toString(pid);
                            case "EXCEPTIONCODE" -> code.orElse("00000000");
                            case "YYMMDD" -> DATE.format(time);
                            default -> TIME.format(time);
                        }));
        String name = filled + extension;
        for (int number = 1; isTaken.test(name) && number <= NUMBER_MAX; number++) {
            name = filled + "-" + number + extension;
        }
        return name;
    }

    /** What a process calls itself may hold anything; a file name keeps letters, digits and . _ - + @. */
    private static String safe(String processName) {
        StringBuilder safe = new StringBuilder();
        int sizeBytes = 0;
        for (int point : processName.codePoints().toArray()) {
            boolean kept = Character.isLetterOrDigit(point) || ".-_+@".indexOf(point) >= 0;
            String next = kept ? Character.toString(point) : "_";
            sizeBytes += next.getBytes(StandardCharsets.UTF_8).length;
            if (sizeBytes > PROCESS_NAME_BYTES_MAX) {
                break;
            }
            safe.append(next);
        }
        return safe.isEmpty() ? "unknown" : safe.toString();
    }
}
