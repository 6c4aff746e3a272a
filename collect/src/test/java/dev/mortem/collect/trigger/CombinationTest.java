package dev.mortem.collect.trigger;

import static dev.mortem.collect.trigger.Samples.at;
import static dev.mortem.collect.trigger.Samples.firings;
import static dev.mortem.collect.trigger.Samples.first;
import static dev.mortem.collect.trigger.Samples.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.Figure;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Conditions joined by and and or. */
class CombinationTest {
    private static final LineSource LOG = new LineSource.OfFile(Path.of("shop.log"));
    private static final Trigger THREADS =
            new CountTrigger(CountTrigger.Kind.THREADS, Compare.ABOVE, 10, Duration.ZERO);
    private static final Trigger FDS =
            new CountTrigger(CountTrigger.Kind.DESCRIPTORS, Compare.ABOVE, 10, Duration.ZERO);

    private static List<Sample> pairs(long... threadsAndFds) {
        List<Sample> samples = new ArrayList<>();
        for (int index = 0; index < threadsAndFds.length; index += 2) {
            samples.add(sample(at(index / 2.0)
                    .set(Figure.THREADS, threadsAndFds[index])
                    .set(Figure.DESCRIPTORS, threadsAndFds[index + 1])));
        }
        return samples;
    }

    @Test
    void andNeedsAllAtOnce() {
        Trigger both = new AllOf(List.of(THREADS, FDS), Duration.ZERO);
        assertThat(firings(both, pairs(11, 1, 1, 11, 11, 11, 11, 11))).containsExactly(2);
        Firing firing = first(both, pairs(11, 12)).orElseThrow();
        assertThat(firing.reason()).isEqualTo("Threads+Descriptors");
        assertThat(firing.values())
                .containsEntry("threads", "11")
                .containsEntry("fds", "12")
                .containsEntry("condition", "threads > 10")
                .containsEntry("condition2", "fds > 10");
    }

    @Test
    void afterAFiringBothMustBeUntrueTogetherOnce() {
        Trigger both = new AllOf(List.of(THREADS, FDS), Duration.ZERO);
        assertThat(firings(both, pairs(11, 11, 11, 11, 11, 1, 11, 11))).containsExactly(0, 3);
    }

    @Test
    void aTimeOfItsOwnIsOfTheWhole() {
        Trigger both = new AllOf(List.of(THREADS, FDS), Duration.ofSeconds(2));
        assertThat(firings(both, pairs(11, 11, 11, 11, 11, 11))).containsExactly(2);
        assertThat(firings(both, pairs(11, 11, 11, 1, 11, 11, 11, 11))).isEmpty();
    }

    @Test
    void orFiresByEither() {
        Trigger either = new AnyOf(List.of(THREADS, FDS), Duration.ZERO);
        assertThat(firings(either, pairs(11, 1, 11, 1, 11, 11, 1, 1, 1, 11)))
                .containsExactly(0, 2, 4);
    }

    @Test
    void aMomentCountsWhileTheOtherConditionIsMet() {
        Trigger trigger = new AllOf(List.of(new LineTrigger("slow", LOG), THREADS), Duration.ZERO);
        Event line = new Event.LineCame(LOG, "slow");
        List<Sample> samples = List.of(
                sample(at(0).set(Figure.THREADS, 1), line),
                sample(at(1).set(Figure.THREADS, 11)),
                sample(at(2).set(Figure.THREADS, 11), line));
        assertThat(firings(trigger, samples)).containsExactly(2);
    }

    @Test
    void needsAreThoseOfAllParts() {
        Needs needs = new AnyOf(
                        List.of(
                                new AllOf(
                                        List.of(THREADS, new LineTrigger("x", LOG)), Duration.ZERO),
                                new EndTrigger(),
                                new SignalTrigger("SIGSEGV", true)),
                        Duration.ZERO)
                .needs();
        assertThat(needs.plan().figures()).containsExactly(Figure.THREADS);
        assertThat(needs.lines()).containsExactly(LOG);
        assertThat(needs.end()).isTrue();
        assertThat(needs.firstChance()).isTrue();
        assertThat(needs.signals()).containsExactly("SIGSEGV");
    }
}
