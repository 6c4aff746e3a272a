package dev.mortem.analyze.source;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Some lines of a text file. */
final class SourceText {
    /** One source file. */
    static final Limit FILE_BYTES = new Limit(
            "a source file",
            16 << 20,
            "bytes",
            "generated sources and amalgamations have 10 MB; more is no source that people read");

    private static final int LINE_CHARS_MAX = 300;
    private static final int TAB_COLUMNS = 4;

    private SourceText() {}

    /**
     * The lines from one to another, as far as there are; without their ends, tabs as spaces. What is no
     * UTF-8 becomes U+FFFD.
     *
     * @param first counted from 1
     * @throws IOException when the file cannot be read or is too large; the message says which
     */
    static List<String> lines(Path file, int first, int last, Limits limits) throws IOException {
        byte[] content;
        try (InputStream bytes = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            content = bytes.readNBytes(limits.maxInt(FILE_BYTES));
            if (bytes.read() >= 0) {
                throw new IOException("larger than %,d bytes".formatted(limits.max(FILE_BYTES)));
            }
        }
        List<String> lines = new ArrayList<>();
        new String(content, StandardCharsets.UTF_8)
                .lines()
                .skip(first - 1L)
                .limit(Math.max(0, last - first + 1L))
                .map(SourceText::shown)
                .forEach(lines::add);
        return lines;
    }

    private static String shown(String line) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < line.length() && text.length() < LINE_CHARS_MAX; at++) {
            char each = line.charAt(at);
            if (each == '\t') {
                text.append(" ".repeat(TAB_COLUMNS - text.length() % TAB_COLUMNS));
            } else {
                text.append(each);
            }
        }
        return text.length() < LINE_CHARS_MAX ? text.toString().stripTrailing() : text + "...";
    }
}
