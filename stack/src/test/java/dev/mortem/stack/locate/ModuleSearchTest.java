package dev.mortem.stack.locate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;

/** Paths of a snapshot below another root. */
class ModuleSearchTest {
    private final ModuleSearch below = ModuleSearch.nowhere().withRoot(Path.of("/srv/other"));

    @Test
    void anAbsolutePathLiesBelowTheRoot() {
        assertThat(below.underRoot(Path.of("/lib/libc.so.6")))
                .isEqualTo(Path.of("/srv/other/lib/libc.so.6"));
    }

    @Test
    void aRelativePathStandsAsItIs() {
        assertThat(below.underRoot(Path.of("lib/a.so"))).isEqualTo(Path.of("lib/a.so"));
    }

    @Test
    void aModuleThatIsNamedAsTheRootIsTheRoot() {
        assertThat(below.underRoot(Path.of("/"))).isEqualTo(Path.of("/srv/other"));
    }
}
