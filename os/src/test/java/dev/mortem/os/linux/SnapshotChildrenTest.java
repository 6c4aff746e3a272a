package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

/** The copy is nobody's child, or one that its target never hears of. */
class SnapshotChildrenTest {
    private static final SnapshotOptions REQUIRE =
            SnapshotOptions.defaults().withMode(SnapshotMode.REQUIRE);

    private final ProcessControl control = new LinuxPlatform().processControl();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"blocked,3", "spinning,4", "blocked,1"})
    void theTargetNeverHasAChild(String main, int threads) throws Exception {
        try (UprightTarget target = UprightTarget.start(folder, main, threads, "")) {
            for (int round = 0; round < 10; round++) {
                assertThat(target.hasChild()).isFalse();
                try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                    assertThat(snapshot.method()).isEqualTo("snapshot");
                    assertThat(Remains.copies(target.pid())).hasSize(1);
                    assertThat(Remains.children(target.pid())).isEmpty();
                    awaitRounds(target);
                    assertThat(target.hasChild()).isFalse();
                }
            }
            awaitRounds(target);
            assertThat(target.hasChild()).isFalse();
            assertThat(target.childSignals()).isZero();
            assertThat(target.interruptions()).as("EINTR").isZero();
            target.assertUnharmed(0);
            Remains.assertNone(target.pid());
        }
    }

    private static void awaitRounds(UprightTarget target) {
        long before = target.rounds();
        LiveTarget.await("rounds", () -> target.rounds() > before + 2);
    }

    @Test
    void aSubreaperHasOneChildForAsLongAsTheCopyIsHeld() throws Exception {
        try (UprightTarget target = UprightTarget.start(folder, "blocked", 2, "subreaper")) {
            assertOneChildMeanwhile(target);
        }
    }

    @Test
    void theFirstProcessOfANamespaceHasOneChildForAsLongAsTheCopyIsHeld() throws Exception {
        try (UprightTarget target = UprightTarget.startAsInit(folder, "blocked", 2)) {
            assertOneChildMeanwhile(target);
        }
    }

    private void assertOneChildMeanwhile(UprightTarget target) throws Exception {
        for (int round = 0; round < 10; round++) {
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                assertThat(snapshot.method()).isEqualTo("snapshot");
                assertThat(Remains.children(target.pid()))
                        .hasSize(1)
                        .isEqualTo(Remains.copies(target.pid()));
                LiveTarget.await("a child", target::hasChild);
                assertThat(target.childSignals()).isZero();
            }
            LiveTarget.await("no child", () -> !target.hasChild());
            assertThat(Remains.children(target.pid())).isEmpty();
        }
        assertThat(target.childSignals()).isZero();
        target.assertUnharmed(0);
        Remains.assertNone(target.pid());
    }
}
