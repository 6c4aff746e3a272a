package dev.mortem.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files in a folder and the folders in it. */
final class StoreFiles {
    /** Folders in folders: a store has three levels, a build's output some ten. */
    private static final int DEPTH_MAX = 64;

    /** Of one run; a store of all builds of a product has some hundred thousand. */
    private static final int FILES_MAX = 2_000_000;

    private StoreFiles() {}

    /** Regular files in the order of their paths; links to folders are not followed. */
    static List<Path> below(Path folder) throws CommandFailure {
        try (Stream<Path> files = Files.walk(folder, DEPTH_MAX)) {
            List<Path> found = files.filter(Files::isRegularFile)
                    .limit(FILES_MAX + 1L)
                    .sorted()
                    .toList();
            if (found.size() > FILES_MAX) {
                throw new CommandFailure(
                        ExitCode.WRONG_USAGE,
                        "%s holds more than %,d files; name a folder in it"
                                .formatted(folder, FILES_MAX));
            }
            return found;
        } catch (IOException | UncheckedIOException unreadable) {
            throw new CommandFailure(
                    ExitCode.NOT_A_DUMP,
                    folder + " cannot be read: " + unreadable.getMessage(),
                    unreadable);
        }
    }
}
