package dev.mortem.collect.trigger;

import static dev.mortem.collect.trigger.Samples.at;
import static dev.mortem.collect.trigger.Samples.firings;
import static dev.mortem.collect.trigger.Samples.first;
import static dev.mortem.collect.trigger.Samples.row;
import static dev.mortem.collect.trigger.Samples.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.Figure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;

/** Memory, counts, rates, pressure and cgroups, on samples a second apart. */
class FigureTriggersTest {
    private static final long MB = 1_000_000;
    private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

    @ParameterizedTest
    @EnumSource(MemoryKind.class)
    void memoryFiresAboveItsSize(MemoryKind kind) {
        MemoryTrigger trigger = new MemoryTrigger(kind, Compare.ABOVE, 100 * MB, Duration.ZERO);
        assertThat(firings(trigger, row(kind.figure(), 99 * MB, 100 * MB))).isEmpty();
        assertThat(firings(trigger, row(kind.figure(), 99 * MB, 101 * MB, 102 * MB)))
                .containsExactly(1);
        Firing firing = first(trigger, row(kind.figure(), 101 * MB)).orElseThrow();
        assertThat(firing.reason()).isEqualTo("Memory");
        assertThat(firing.values())
                .containsEntry("memoryBytes", "101000000")
                .containsEntry("memoryKind", kind.label());
    }

    @Test
    void memoryMustStayAboveForTheTime() {
        MemoryTrigger trigger =
                new MemoryTrigger(MemoryKind.PRIVATE, Compare.AT_LEAST, 100 * MB, TWO_SECONDS);
        Figure figure = Figure.PRIVATE_BYTES;
        assertThat(firings(trigger, row(figure, 100 * MB, 100 * MB, 100 * MB))).containsExactly(2);
        assertThat(firings(trigger, row(figure, 100 * MB, 99 * MB, 100 * MB, 100 * MB)))
                .isEmpty();
        assertThat(firings(
                        trigger,
                        row(figure, LongStream.range(0, 8).map(each -> 100 * MB).toArray())))
                .containsExactly(2, 5);
    }

    @Test
    void memoryBelowFiresBelow() {
        MemoryTrigger trigger =
                new MemoryTrigger(MemoryKind.RESIDENT, Compare.BELOW, 10 * MB, Duration.ZERO);
        assertThat(firings(trigger, row(Figure.RESIDENT_BYTES, 10 * MB, 9 * MB)))
                .containsExactly(1);
        assertThat(firings(trigger, List.of(Samples.nothing(0)))).isEmpty();
    }

    @Test
    void memoryInStepsFiresOncePerStep() {
        MemoryStepTrigger trigger =
                new MemoryStepTrigger(MemoryKind.PRIVATE, 800 * MB, 100 * MB, Duration.ZERO);
        assertThat(firings(
                        trigger,
                        row(
                                Figure.PRIVATE_BYTES,
                                799 * MB,
                                800 * MB,
                                850 * MB,
                                900 * MB,
                                1250 * MB,
                                1299 * MB,
                                1300 * MB)))
                .containsExactly(1, 3, 4, 6);
    }

    @Test
    void growthMustGoOnForTheTime() {
        MemoryGrowthTrigger trigger = new MemoryGrowthTrigger(
                MemoryKind.PRIVATE, 100 * MB, Duration.ofMinutes(1), Duration.ofMinutes(5));
        long[] leak = LongStream.range(0, 400).map(second -> second * 2 * MB).toArray();
        List<Integer> fired = firings(trigger, row(Figure.PRIVATE_BYTES, leak));
        assertThat(fired).hasSize(1);
        assertThat(fired.getFirst()).isBetween(360, 364);
        long[] slow = LongStream.range(0, 400).map(second -> second * MB).toArray();
        assertThat(firings(trigger, row(Figure.PRIVATE_BYTES, slow))).isEmpty();
        long[] jump =
                LongStream.range(0, 400).map(each -> each < 100 ? MB : 900 * MB).toArray();
        assertThat(firings(trigger, row(Figure.PRIVATE_BYTES, jump))).isEmpty();
    }

    @Test
    void growthIsUnknownBeforeAWholeWindowWasSeen() {
        MemoryGrowthTrigger trigger = new MemoryGrowthTrigger(
                MemoryKind.PRIVATE, MB, Duration.ofSeconds(3), Duration.ZERO);
        assertThat(firings(trigger, row(Figure.PRIVATE_BYTES, 0, 5 * MB, 9 * MB, 12 * MB)))
                .containsExactly(3);
    }

    @ParameterizedTest
    @EnumSource(CountTrigger.Kind.class)
    void countsFireAboveTheirNumber(CountTrigger.Kind kind) {
        Figure figure = kind == CountTrigger.Kind.THREADS ? Figure.THREADS : Figure.DESCRIPTORS;
        CountTrigger trigger = new CountTrigger(kind, Compare.ABOVE, 500, Duration.ZERO);
        assertThat(firings(trigger, row(figure, 500, 501, 502, 400, 501))).containsExactly(1, 4);
        assertThat(firings(trigger, List.of(Samples.nothing(0)))).isEmpty();
    }

    @Test
    void ratesAreBetweenTwoSamples() {
        RateTrigger io =
                new RateTrigger(RateTrigger.Kind.IO_READ, Compare.ABOVE, 50 * MB, Duration.ZERO);
        assertThat(firings(io, row(Figure.READ_BYTES, 9_000 * MB, 9_050 * MB, 9_101 * MB)))
                .containsExactly(2);
        RateTrigger faults =
                new RateTrigger(RateTrigger.Kind.MAJOR_FAULTS, Compare.AT_LEAST, 10, TWO_SECONDS);
        assertThat(firings(faults, row(Figure.MAJOR_FAULTS, 5, 15, 25, 26))).containsExactly(2);
        assertThat(firings(faults, row(Figure.MAJOR_FAULTS, 5, 15, 24, 34))).isEmpty();
    }

    @Test
    void ioIsReadsAndWritesTogether() {
        RateTrigger io = new RateTrigger(RateTrigger.Kind.IO, Compare.ABOVE, 50, Duration.ZERO);
        List<Sample> both = List.of(
                sample(at(0).set(Figure.READ_BYTES, 0).set(Figure.WRITTEN_BYTES, 0)),
                sample(at(1).set(Figure.READ_BYTES, 30).set(Figure.WRITTEN_BYTES, 30)));
        assertThat(firings(io, both)).containsExactly(1);
        assertThat(firings(io, row(Figure.READ_BYTES, 0, 1000))).isEmpty();
    }

    @Test
    void pressureIsAShareOfTheTime() {
        PressureTrigger trigger = new PressureTrigger(
                PressureTrigger.Kind.MEMORY_FULL, Compare.ABOVE, 20, Duration.ZERO);
        assertThat(firings(trigger, row(Figure.PRESSURE_MEMORY_FULL_MICROS, 7, 200_007, 500_007)))
                .containsExactly(2);
    }

    @Test
    void aCgroupNearItsLimitFires() {
        CgroupLimitTrigger trigger = new CgroupLimitTrigger(Compare.ABOVE, 90, Duration.ZERO);
        List<Sample> samples = List.of(
                sample(at(0).set(Figure.CGROUP_LIMIT_USED_BYTES, 95 * MB)),
                sample(at(1).set(Figure.CGROUP_LIMIT_BYTES, 100 * MB)
                        .set(Figure.CGROUP_LIMIT_USED_BYTES, 90 * MB)),
                sample(at(2).set(Figure.CGROUP_LIMIT_BYTES, 100 * MB)
                        .set(Figure.CGROUP_LIMIT_USED_BYTES, 91 * MB)));
        assertThat(firings(trigger, samples)).containsExactly(2);
    }

    @Test
    void killsAreCountedSinceTheFirstSample() {
        assertThat(firings(new OomKillTrigger(), row(Figure.OOM_KILLS, 7, 7, 8, 8, 10)))
                .containsExactly(2, 4);
        Firing firing = first(new OomKillTrigger(), row(Figure.OOM_KILLS, 7, 9)).orElseThrow();
        assertThat(firing.values()).containsEntry("oomKills", "2");
    }

    @Test
    void idleMeansThatNothingRanAtAll() {
        IdleTrigger trigger = new IdleTrigger(Duration.ofSeconds(3));
        assertThat(firings(trigger, row(Figure.CPU_NANOS, 5, 9, 9, 9, 9, 9))).containsExactly(4);
        assertThat(firings(trigger, row(Figure.CPU_NANOS, 5, 5, 5, 6, 6, 6))).isEmpty();
        assertThat(firings(trigger, List.of(Samples.nothing(0), Samples.nothing(9))))
                .isEmpty();
    }
}
