package dev.mortem.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that only their owner may read: dumps and reports hold other people's secrets. */
final class PrivateFile {
    private PrivateFile() {}

    /** Writes the text under a temporary name with mode 0600, and renames it when it is whole. */
    static void write(Path path, String text) throws IOException {
        write(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Writes what a file is to hold. */
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** As {@link #write(Path, String)}, for what is better not kept in memory. */
    static void write(Path path, Content content) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        Path half = Files.createTempFile(
                folder == null ? path.toAbsolutePath() : folder,
                ".mortem-",
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            try (OutputStream out = Files.newOutputStream(half)) {
                content.writeTo(out);
            }
            Files.move(half, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(half);
        }
    }
}
