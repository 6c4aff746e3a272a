package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a renderer is expected to write, kept under testdata. {@code -Dmortem.golden=rewrite} writes the
 * files anew; the difference is then read before it is committed.
 */
final class Golden {
    private Golden() {}

    static void check(String testCase, String file, String actual) throws IOException {
        Path path = Path.of(System.getProperty("mortem.project", ".."))
                .resolve("analyze/src/test/resources/testdata")
                .resolve(testCase)
                .resolve(file);
        if (System.getProperty("mortem.golden", "").equals("rewrite")) {
            Files.writeString(path, actual);
        }
        assertThat(actual)
                .as("%s; after a wanted change: -Dmortem.golden=rewrite", path)
                .isEqualTo(Files.readString(path));
    }
}
