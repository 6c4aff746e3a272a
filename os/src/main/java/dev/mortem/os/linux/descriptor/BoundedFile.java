package dev.mortem.os.linux.descriptor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The first part of a file of /proc, whole lines only.
 *
 * @param cut whether there was more
 */
record BoundedFile(List<String> lines, boolean cut) {
    BoundedFile {
        lines = List.copyOf(lines);
    }

    /** Empty when it cannot be read: the process ended, is another user's, or the kernel has no such. */
    static Optional<BoundedFile> read(Path file, int bytesMax) {
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(bytesMax);
            boolean cut = bytes.length == bytesMax && input.read() >= 0;
            String text = new String(bytes, StandardCharsets.UTF_8);
            int end = cut ? Math.max(0, text.lastIndexOf('\n')) : text.length();
            return Optional.of(new BoundedFile(text.substring(0, end).lines().toList(), cut));
        } catch (IOException | SecurityException gone) {
            return Optional.empty();
        }
    }
}
