package dev.mortem.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that come with the command. */
final class Resources {
    private Resources() {}

    /** Copies a resource, named from this package on, to a file. */
    static Path copyTo(String name, Path file) throws CommandFailure {
        try (InputStream content = Resources.class.getResourceAsStream(name)) {
            if (content == null) {
                throw new IllegalStateException(
                        "the resource " + name + " is missing from this installation");
            }
            Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
            return file;
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.STORAGE,
                    file + " cannot be written: " + failure.getMessage(),
                    failure);
        }
    }
}
