package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;

class SpaceWatchTest {
    private static final Path FOLDER = Path.of("/var/dumps");
    private static final long KEPT_BYTES = 1000;

    @Test
    void theDiskIsAskedAtFirstAndThenEvery64MiB() throws IOException {
        FakeSpace space = FakeSpace.usable(KEPT_BYTES);
        SpaceWatch watch = new SpaceWatch(FOLDER, space, KEPT_BYTES);
        for (long mebibytes = 1; mebibytes <= 130; mebibytes++) {
            watch.progress(mebibytes << 20, 200L << 20);
        }
        assertThat(space.asked()).isEqualTo(3);
    }

    @Test
    void atWhatIsKeptTheWritingGoesOnAndBelowItEnds() {
        SpaceWatch enough = new SpaceWatch(FOLDER, FakeSpace.usable(KEPT_BYTES), KEPT_BYTES);
        assertThatCode(() -> enough.progress(1, 2)).doesNotThrowAnyException();
        SpaceWatch less = new SpaceWatch(FOLDER, FakeSpace.usable(KEPT_BYTES - 1), KEPT_BYTES);
        assertThatThrownBy(() -> less.progress(5_000_000, 9_000_000))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(
                        "/var/dumps has 999 bytes free, 1 bytes less",
                        "5.00 MB of 9.00 MB",
                        "--keep-free");
    }

    @Test
    void spaceThatIsNotKnownIsNoReasonToEnd() {
        SpaceWatch watch = new SpaceWatch(FOLDER, FakeSpace.unknown(), KEPT_BYTES);
        assertThatCode(() -> watch.progress(1, 2)).doesNotThrowAnyException();
    }
}
