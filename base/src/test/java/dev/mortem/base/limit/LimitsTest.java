package dev.mortem.base.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.diagnostic.DiagnosticLog;

import org.junit.jupiter.api.Test;

class LimitsTest {
    private static final Limit FRAMES =
            new Limit("frames", 10, "frames", "ten are enough for a test");

    @Test
    void allowsUpToTheLimitAndNotPastIt() {
        assertThat(Limits.defaults().allows(FRAMES, 10)).isTrue();
        assertThat(Limits.defaults().allows(FRAMES, 11)).isFalse();
        assertThat(Limits.defaults().allows(FRAMES, -1)).isFalse();
        assertThat(Limits.defaults().with(FRAMES, 3).max(FRAMES)).isEqualTo(3);
        assertThat(Limits.defaults().max(FRAMES)).isEqualTo(10);
    }

    @Test
    void aLimitHasAPositiveValueAndAReason() {
        assertThatThrownBy(() -> new Limit("x", 0, "bytes", "none"))
                .hasMessageContaining("positive");
        assertThatThrownBy(() -> new Limit("x", 1, "bytes", " ")).hasMessageContaining("reason");
        assertThatThrownBy(() -> Limits.defaults().with(FRAMES, 0))
                .hasMessageContaining("positive");
    }

    @Test
    void aLogKeepsEachDiagnosticOnceAndCountsWhatItDrops() {
        DiagnosticLog log = new DiagnosticLog();
        for (int index = 0; index < 2 * DiagnosticLog.KEPT_MAX; index++) {
            log.report("file", "fault " + index, "lost");
            log.report("file", "fault 0", "lost");
        }
        assertThat(log.entries()).hasSize(DiagnosticLog.KEPT_MAX + 1);
        assertThat(log.entries().getLast().what())
                .isEqualTo(DiagnosticLog.KEPT_MAX + " more were found");
    }
}
