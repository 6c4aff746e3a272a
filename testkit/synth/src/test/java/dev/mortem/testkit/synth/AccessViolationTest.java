package dev.mortem.testkit.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class AccessViolationTest {
    /** The dump with which the start-up cache is rehearsed. */
    private static final String RESOURCE =
            "cli/src/main/resources/dev/mortem/cli/demo/access-violation.dmp";

    @Test
    void theRehearsalsDumpIsWhatIsBuiltHere() throws IOException {
        byte[] built = AccessViolation.minidump();
        assertThat(built).hasSizeLessThan(64 * 1024);
        String project = System.getProperty("mortem.project");
        assumeTrue(project != null, "needs the project's folder in mortem.project");
        Path resource = Path.of(project).resolve(RESOURCE);
        if ("rewrite".equals(System.getProperty("mortem.golden"))) {
            Files.write(resource, built);
        }
        assertThat(resource).hasBinaryContent(built);
    }
}
