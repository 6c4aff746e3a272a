package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.proc.Numbers;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file of the kernel's that is read again and again: opened, read into the same buffer and closed, in
 * some microseconds. Belongs to one thread.
 *
 * <p>It is opened anew each time because the cgroup may go and come again under the same name.
 */
final class SmallFile {
    /**
     * memory.stat and meminfo have 2 to 4 KiB. Beyond 8 KiB, FileInputStream allocates memory for each
     * read; what stands further back is then absent.
     */
    private static final int READ_BYTES_MAX = 8192;

    private final File file;
    private final byte[] buffer = new byte[READ_BYTES_MAX];

    SmallFile(Path path) {
        this.file = path.toFile();
    }

    /** The start of the file, all of it in practice; empty when it cannot be read. */
    Optional<String> text() {
        try (FileInputStream in = new FileInputStream(file)) {
            // one read: the kernel makes the whole text, and hands it out as far as the buffer goes
            int length = Math.max(0, in.read(buffer));
            return Optional.of(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
        } catch (IOException | SecurityException gone) {
            // the cgroup was removed, or is not ours to look at: absence is the answer
            return Optional.empty();
        }
    }

    /** The one number that is all of the file; empty for "max" and everything else. */
    OptionalLong number() {
        return text().map(SmallFile::number).orElse(OptionalLong.empty());
    }

    /** A value too large for a signed long is as good as the largest. */
    private static OptionalLong number(String text) {
        OptionalLong parsed = Numbers.parseUnsigned(text.strip());
        return parsed.isPresent() && parsed.getAsLong() < 0
                ? OptionalLong.of(Long.MAX_VALUE)
                : parsed;
    }

    /** The number in the line that starts with a key: "inactive_file 4096", "MemAvailable:  12 kB". */
    static OptionalLong value(String text, String key) {
        for (int at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
            int start = at + key.length();
            boolean isKey = (at == 0 || text.charAt(at - 1) == '\n')
                    && start < text.length()
                    && text.charAt(start) == ' ';
            if (isKey) {
                return firstNumber(text, start);
            }
        }
        return OptionalLong.empty();
    }

    private static OptionalLong firstNumber(String text, int from) {
        int start = from;
        while (start < text.length() && text.charAt(start) == ' ') {
            start++;
        }
        int end = start;
        while (end < text.length() && text.charAt(end) > ' ') {
            end++;
        }
        return number(text.substring(start, end));
    }
}
