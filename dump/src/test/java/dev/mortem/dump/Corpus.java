package dev.mortem.dump;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The dumps to test with, which are no part of the project: MORTEM_CORPUS, or ../shared/corpus. */
public final class Corpus {
    private Corpus() {}

    /** A file of the corpus; without it the test is skipped. */
    public static Path file(String path) {
        Path file = root().resolve(path);
        assumeTrue(Files.isReadable(file), "needs the corpus: " + path);
        return file;
    }

    /** Every core, packed or not; without a corpus the test is skipped. */
    public static List<Path> cores() throws IOException {
        assumeTrue(Files.isDirectory(root()), "needs the corpus");
        try (Stream<Path> core = Files.walk(root().resolve("core"));
                Stream<Path> own = Files.walk(root().resolve("own/linux"))) {
            return Stream.concat(core, own)
                    .filter(Files::isRegularFile)
                    .filter(file -> file.getFileName()
                            .toString()
                            .matches(".*\\.core(\\.bz2)?|core\\.[a-z]+(\\.xz)?"))
                    .sorted()
                    .toList();
        }
    }

    private static Path root() {
        return Optional.ofNullable(System.getenv("MORTEM_CORPUS"))
                .map(Path::of)
                .orElse(Path.of(System.getProperty("mortem.project", "."), "../shared/corpus"));
    }
}
