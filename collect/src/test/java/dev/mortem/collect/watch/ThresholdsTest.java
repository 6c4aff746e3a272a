package dev.mortem.collect.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.collect.when.When;
import dev.mortem.collect.when.WhenException;
import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What thresholds come to on a machine of 8 cores. */
class ThresholdsTest {
    private static ProcessSample.Builder machine() {
        return ProcessSample.at(0).set(Figure.MACHINE_CORES, 8).set(Figure.THREADS, 20);
    }

    private static Thresholds of(String condition, ProcessSample.Builder sample)
            throws WhenException {
        return Thresholds.of(List.of(When.parse(condition)), sample.build());
    }

    @Test
    void percentagesAreToldInCores() throws WhenException {
        Thresholds found = of("cpu > 85% for 2s and memory > 1GB", machine());
        assertThat(found.lines()).containsExactly("cpu > 85% of machine for 2s: > 6.80 of 8 cores");
        assertThat(found.warnings()).isEmpty();
        assertThat(found.impossible()).isEmpty();
    }

    @Test
    void whatTheQuotaDoesNotAllowIsWarnedOf() throws WhenException {
        Thresholds found = of("cpu > 50%", machine().set(Figure.QUOTA_MILLICORES, 1500));
        assertThat(found.warnings())
                .containsExactly(
                        "cpu > 50% of machine cannot be met: 4 cores, and its CPU quota allows 1.50 cores");
    }

    @Test
    void whatTheAffinityDoesNotAllowIsWarnedOf() throws WhenException {
        Thresholds found = of("cpu > 50%", machine().set(Figure.AFFINITY_CORES, 2));
        assertThat(found.warnings())
                .containsExactly(
                        "cpu > 50% of machine cannot be met: 4 cores, and its affinity allows 2 cores");
    }

    @Test
    void aSingleThreadHasOneCore() throws WhenException {
        assertThat(of("cpu > 20%", machine().set(Figure.THREADS, 1)).warnings())
                .containsExactly(
                        "cpu > 20% of machine cannot be met: 1.60 cores, and it has 1 thread(s) now");
        assertThat(of("cpu(thread) > 20%", machine()).warnings())
                .containsExactly(
                        "cpu(thread) > 20% of machine cannot be met: 1.60 cores, and a thread has at most 1 core");
    }

    @Test
    void moreThanTheMachineHasIsImpossible() throws WhenException {
        assertThat(of("cpu > 9 cores", machine()).impossible())
                .containsExactly("cpu > 9 cores: 9 cores, and this machine has 8");
        assertThat(of("cpu < 9 cores", machine()).impossible()).isEmpty();
        assertThat(of("start or cpu > 900% of core", machine()).impossible()).hasSize(1);
    }

    @Test
    void sharesOfNothingAreWarnedOf() throws WhenException {
        assertThat(of("cpu > 90% of quota", machine()).warnings())
                .singleElement()
                .asString()
                .contains("no CPU quota");
        assertThat(of("cgroup > 90%", machine()).warnings())
                .singleElement()
                .asString()
                .contains("no memory limit");
    }
}
