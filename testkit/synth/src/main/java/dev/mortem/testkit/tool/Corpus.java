package dev.mortem.testkit.tool;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The corpus of real dumps: the folder that {@code MORTEM_CORPUS} names, else {@code shared/corpus} beside
 * the project's folder. No file of it belongs to the project.
 */
public final class Corpus {
    private Corpus() {}

    /** The corpus's folder; empty where there is none. */
    public static Optional<Path> folder() {
        Path named = Path.of(Optional.ofNullable(System.getenv("MORTEM_CORPUS"))
                .orElseGet(() -> project().resolve("../shared/corpus").toString()));
        return Files.isRegularFile(named.resolve("manifest.json"))
                ? Optional.of(named.toAbsolutePath().normalize())
                : Optional.empty();
    }

    /** A file of the corpus, named as its manifest names it; empty where it is not there. */
    public static Optional<Path> file(String name) {
        return folder().map(folder -> folder.resolve(name)).filter(Files::isRegularFile);
    }

    /** The project's folder, which the build passes to tests. */
    public static Path project() {
        String named = System.getProperty("mortem.project");
        if (named == null) {
            throw new IllegalStateException(
                    "run tests with -Dmortem.project=<the project's folder>, as ./build does");
        }
        return Path.of(named);
    }
}
