package dev.mortem.collect.trigger;

import static dev.mortem.collect.trigger.Samples.at;
import static dev.mortem.collect.trigger.Samples.cpu;
import static dev.mortem.collect.trigger.Samples.firings;
import static dev.mortem.collect.trigger.Samples.first;
import static dev.mortem.collect.trigger.Samples.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.collect.trigger.CpuAmount.Unit;
import dev.mortem.os.Figure;
import dev.mortem.os.ThreadSample;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** CPU of a process and of its threads, on samples a second apart on a machine of 4 cores. */
class CpuTriggerTest {
    private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

    private static CpuTrigger above(double value, Unit unit, Duration holdFor) {
        return new CpuTrigger(Compare.ABOVE, new CpuAmount(value, unit), holdFor);
    }

    @Test
    void firesWhenItWasAboveForTheWholeTime() {
        CpuTrigger trigger = above(85, Unit.PERCENT_OF_CORE, TWO_SECONDS);
        List<Sample> busyFromTwo = cpu(0, 0.1, 0.2, 1.2, 2.2, 3.2);
        assertThat(firings(trigger, busyFromTwo)).containsExactly(4);
        Firing firing = first(trigger, busyFromTwo).orElseThrow();
        assertThat(firing.reason()).isEqualTo("Cpu");
        assertThat(firing.words()).isEqualTo("cpu 1.00 cores for 2.0 s (> 0.85 cores)");
        assertThat(firing.values())
                .containsEntry("cpuCores", "1.00")
                .containsEntry("thresholdCores", "0.85")
                .containsEntry("machineCores", "4")
                .containsEntry("heldFor", "2.0 s")
                .containsEntry("condition", "cpu > 85% of core for 2s");
    }

    @Test
    void oneSampleBelowBeginsTheTimeAnew() {
        CpuTrigger trigger = above(85, Unit.PERCENT_OF_CORE, TWO_SECONDS);
        assertThat(firings(trigger, cpu(0, 1, 1.5, 2.5, 3.0, 4.0))).isEmpty();
        assertThat(firings(trigger, cpu(0, 1, 1.5, 2.5, 3.5))).containsExactly(4);
    }

    @Test
    void aPercentageOfTheMachineIsOfAllItsCores() {
        CpuTrigger trigger = above(50, Unit.PERCENT_OF_MACHINE, Duration.ZERO);
        assertThat(firings(trigger, cpu(0, 1.9))).isEmpty();
        assertThat(firings(trigger, cpu(0, 2.1))).containsExactly(1);
    }

    @Test
    void aPercentageOfTheQuotaNeedsAQuota() {
        CpuTrigger trigger = above(90, Unit.PERCENT_OF_QUOTA, Duration.ZERO);
        List<Sample> limited = new ArrayList<>();
        List<Sample> free = new ArrayList<>();
        for (int second = 0; second < 3; second++) {
            long nanos = Math.round(second * 0.5e9);
            limited.add(sample(
                    at(second).set(Figure.CPU_NANOS, nanos).set(Figure.QUOTA_MILLICORES, 500)));
            free.add(sample(at(second).set(Figure.CPU_NANOS, nanos)));
        }
        assertThat(firings(trigger, limited)).containsExactly(1);
        assertThat(firings(trigger, free)).isEmpty();
    }

    /** The reason for this trigger: the average since the start hides what happens now. */
    @Test
    void aSpikeOfThreeSecondsAfterAnHourOfIdlingIsCaught() {
        double hour = 3600;
        List<Sample> samples = new ArrayList<>();
        boolean averageFires = false;
        for (int second = 0; second <= 10; second++) {
            double used = 0.5 + Math.clamp(second - 4, 0, 3) * 0.99;
            double since = hour + second;
            samples.add(sample(at(since).set(Figure.CPU_NANOS, Math.round(used * 1e9))));
            averageFires |= used / since > 0.85;
        }
        CpuTrigger trigger = above(85, Unit.PERCENT_OF_CORE, TWO_SECONDS);
        assertThat(firings(trigger, samples)).containsExactly(6);
        assertThat(averageFires).isFalse();
    }

    @Test
    void afterADumpTheWholeTimeMustPassAgain() {
        CpuTrigger trigger = above(85, Unit.PERCENT_OF_CORE, TWO_SECONDS);
        assertThat(firings(trigger, cpu(0, 1, 2, 3, 4, 5, 6, 7))).containsExactly(2, 5);
    }

    @Test
    void withoutATimeItMustHaveBeenBelowInBetween() {
        CpuTrigger trigger = above(85, Unit.PERCENT_OF_CORE, Duration.ZERO);
        assertThat(firings(trigger, cpu(0, 1, 2, 3, 4))).containsExactly(1);
        assertThat(firings(trigger, cpu(0, 1, 2, 3, 3.1, 4.1))).containsExactly(1, 5);
    }

    @Test
    void belowFiresToo() {
        CpuTrigger trigger =
                new CpuTrigger(Compare.BELOW, new CpuAmount(10, Unit.PERCENT_OF_CORE), TWO_SECONDS);
        assertThat(firings(trigger, cpu(0, 1, 1.01, 1.02, 1.03))).containsExactly(3);
    }

    @Test
    void whatCannotBeReadIsNotMet() {
        CpuTrigger trigger = above(85, Unit.PERCENT_OF_CORE, TWO_SECONDS);
        List<Sample> samples = new ArrayList<>(cpu(0, 1, 2, 3));
        samples.set(1, Samples.nothing(1));
        assertThat(firings(trigger, samples)).isEmpty();
        CpuTrigger below = new CpuTrigger(
                Compare.BELOW, new CpuAmount(10, Unit.PERCENT_OF_CORE), Duration.ZERO);
        assertThat(firings(below, List.of(Samples.nothing(0), Samples.nothing(1))))
                .isEmpty();
    }

    @Test
    void aGapProvesNothing() {
        CpuTrigger trigger = above(85, Unit.PERCENT_OF_CORE, TWO_SECONDS);
        List<Sample> samples = new ArrayList<>(cpu(0, 1));
        samples.add(Samples.afterGap(at(60).set(Figure.CPU_NANOS, 60_000_000_000L)));
        assertThat(firings(trigger, samples)).isEmpty();
    }

    @Test
    void theSameThreadMustBeBusyAllTheTime() {
        ThreadCpuTrigger trigger = new ThreadCpuTrigger(
                Compare.ABOVE, new CpuAmount(90, Unit.PERCENT_OF_CORE), TWO_SECONDS);
        assertThat(firings(trigger, busyThreads(7, 7, 7))).containsExactly(2);
        assertThat(firings(trigger, busyThreads(7, 8, 7, 8))).isEmpty();
        Firing firing = first(trigger, busyThreads(7, 7)).orElseThrow();
        assertThat(firing.values()).containsEntry("threadId", "7");
        assertThat(firing.words()).startsWith("thread 7: cpu 1.00 cores for 2.0 s");
    }

    @Test
    void threadsAreReArmedToo() {
        ThreadCpuTrigger trigger = new ThreadCpuTrigger(
                Compare.ABOVE, new CpuAmount(90, Unit.PERCENT_OF_CORE), TWO_SECONDS);
        assertThat(firings(trigger, busyThreads(7, 7, 7, 7, 7, 7, 7))).containsExactly(2, 5);
        ThreadCpuTrigger momentary = new ThreadCpuTrigger(
                Compare.ABOVE, new CpuAmount(90, Unit.PERCENT_OF_CORE), Duration.ZERO);
        assertThat(firings(momentary, busyThreads(7, 7, 7, 8, 7))).containsExactly(1, 4);
    }

    /** Threads 7 and 8; at each second the named one used all of it. */
    private static List<Sample> busyThreads(int... busy) {
        List<Sample> samples = new ArrayList<>();
        long seven = 0;
        long eight = 0;
        samples.add(Samples.threads(0, new ThreadSample(7, 0, 1), new ThreadSample(8, 0, 1)));
        for (int index = 0; index < busy.length; index++) {
            seven += busy[index] == 7 ? 1_000_000_000L : 0;
            eight += busy[index] == 8 ? 1_000_000_000L : 0;
            samples.add(Samples.threads(
                    index + 1.0, new ThreadSample(7, seven, 1), new ThreadSample(8, eight, 1)));
        }
        return samples;
    }
}
