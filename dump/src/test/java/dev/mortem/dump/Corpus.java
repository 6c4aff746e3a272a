package dev.mortem.dump;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The corpus's dumps; without it a test is skipped by name. */
public final class Corpus {
    private Corpus() {}

    /** A file of the corpus; without it the test is skipped. */
    public static Path file(String path) {
        Optional<Path> file = dev.mortem.testkit.tool.Corpus.file(path);
        assumeTrue(file.isPresent(), "needs the corpus: " + path);
        return file.orElseThrow();
    }

    /** Every core, packed or not; without a corpus the test is skipped. */
    public static List<Path> cores() throws IOException {
        Optional<Path> folder = dev.mortem.testkit.tool.Corpus.folder();
        assumeTrue(folder.isPresent(), "needs the corpus");
        try (Stream<Path> core = Files.walk(folder.orElseThrow().resolve("core"));
                Stream<Path> own = Files.walk(folder.orElseThrow().resolve("own/linux"))) {
            return Stream.concat(core, own)
                    .filter(Files::isRegularFile)
                    .filter(file -> file.getFileName()
                            .toString()
                            .matches(".*\\.core(\\.bz2)?|core\\.[a-z]+(\\.xz)?"))
                    .sorted()
                    .toList();
        }
    }
}
