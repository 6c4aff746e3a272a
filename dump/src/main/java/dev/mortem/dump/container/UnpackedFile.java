package dev.mortem.dump.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A temporary file with a container's content, deleted on close.
 *
 * @param cut whether the content's end is missing
 */
public record UnpackedFile(Path path, Container container, boolean cut) implements AutoCloseable {
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
    }
}
