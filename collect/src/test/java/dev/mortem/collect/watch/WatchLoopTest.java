package dev.mortem.collect.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.Actor.Outcome;
import dev.mortem.collect.watch.WatchEnd.Why;
import dev.mortem.collect.when.When;
import dev.mortem.collect.when.WhenException;
import dev.mortem.os.Figure;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents.Told;
import dev.mortem.os.TargetException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The loop over processes, time and acts that are made up: nothing waits, nothing is touched. */
class WatchLoopTest {
    private final FakeWorld world = new FakeWorld();

    private static Trigger when(String text) {
        try {
            return When.parse(text);
        } catch (WhenException wrong) {
            throw new IllegalArgumentException(wrong);
        }
    }

    private static WatchPlan plan(String condition, int count) {
        return new WatchPlan(
                List.of(when(condition)),
                count,
                WatchPlan.Series.SINGLE,
                Duration.ofSeconds(1),
                false,
                false,
                Duration.ZERO,
                Optional.of(Duration.ofMinutes(5)));
    }

    private static WatchPlan following(WatchPlan plan) {
        return new WatchPlan(
                plan.triggers(),
                plan.firingsMax(),
                plan.series(),
                plan.interval(),
                plan.await(),
                true,
                plan.coolDown(),
                plan.atMost());
    }

    private static WatchPlan awaiting(WatchPlan plan) {
        return new WatchPlan(
                plan.triggers(),
                plan.firingsMax(),
                plan.series(),
                plan.interval(),
                true,
                plan.follow(),
                plan.coolDown(),
                plan.atMost());
    }

    private static WatchPlan series(WatchPlan plan, int count, Duration interval) {
        return new WatchPlan(
                plan.triggers(),
                plan.firingsMax(),
                new WatchPlan.Series(count, interval),
                plan.interval(),
                plan.await(),
                plan.follow(),
                plan.coolDown(),
                plan.atMost());
    }

    @Test
    void actsWhenTheConditionHasHeldAndEndsWithTheCount() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, second < 3 ? 5 : 11));
        WatchEnd end = world.loop(plan("threads > 10 for 2s", 2)).run(world.find());
        assertThat(end).isEqualTo(new WatchEnd(Why.COUNT_REACHED, 2, 0));
        assertThat(world.acts).containsExactly("42 Threads 1/1 at 5", "42 Threads 1/1 at 8");
        assertThat(world.told).containsExactly("watching 42", "fired 42 #1", "fired 42 #2");
        assertThat(world.openSampled).isEmpty();
    }

    @Test
    void aSeriesIsSpacedAndNotInterruptedByTheTrigger() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 11));
        WatchEnd end = world.loop(series(plan("threads > 10 for 1s", 2), 3, Duration.ofSeconds(10)))
                .run(world.find());
        assertThat(end.firings()).isEqualTo(2);
        assertThat(world.acts)
                .containsExactly(
                        "42 Threads 1/3 at 1",
                        "42 Threads 2/3 at 11",
                        "42 Threads 3/3 at 21",
                        "42 Threads 1/3 at 23",
                        "42 Threads 2/3 at 33",
                        "42 Threads 3/3 at 43");
    }

    @Test
    void eachConditionActsByItself() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, second < 3 ? 5 : 11));
        WatchPlan both = new WatchPlan(
                List.of(when("fds > 5"), when("threads > 10")),
                1,
                WatchPlan.Series.SINGLE,
                Duration.ofSeconds(1),
                false,
                false,
                Duration.ZERO,
                Optional.empty());
        world.loop(both).run(world.find());
        assertThat(world.acts).containsExactly("42 Threads 1/1 at 3");
        assertThat(world.plans.getFirst().figures())
                .containsExactlyInAnyOrder(Figure.THREADS, Figure.DESCRIPTORS);
    }

    @Test
    void aTargetThatEndsEndsTheWatch() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1)).endsAt(4);
        WatchEnd end = world.loop(plan("threads > 10", 1)).run(world.find());
        assertThat(end).isEqualTo(new WatchEnd(Why.TARGET_ENDED, 0, 0));
        assertThat(world.told).containsExactly("watching 42", "ended 42 ");
        assertThat(world.second()).isEqualTo(4);
    }

    @Test
    void withoutATargetNothingIsWatchedUnlessItIsAwaited() throws TargetException {
        assertThatThrownBy(() -> world.loop(plan("start", 1)).run(world.find()))
                .isInstanceOf(TargetException.class);
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1)).startsAt(7);
        WatchEnd end = world.loop(awaiting(plan("start", 1))).run(world.find());
        assertThat(end.why()).isEqualTo(Why.COUNT_REACHED);
        assertThat(world.acts).containsExactly("42 Start 1/1 at 7");
        assertThat(world.told).containsExactly("awaiting", "watching 42", "fired 42 #1");
    }

    @Test
    void aShortLivedTargetIsSeenWithinATenthOfASecond() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1))
                .startsAt(6.35)
                .endsAt(6.55);
        WatchEnd end = world.loop(awaiting(plan("start", 1))).run(world.find());
        assertThat(world.told).contains("watching 42");
        assertThat(end.why()).isIn(Why.COUNT_REACHED, Why.TARGET_ENDED);
    }

    @Test
    void newProcessesAreFollowedAndOneThatWasThereDidNotStart() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1)).endsAt(5);
        world.process(43, second -> FakeWorld.figure(Figure.THREADS, 1)).startsAt(9);
        WatchEnd end = world.loop(following(plan("start", 1))).run(world.find());
        assertThat(end.why()).isEqualTo(Why.COUNT_REACHED);
        assertThat(world.acts).hasSize(1).first().asString().startsWith("43 Start 1/1 at 9");
        assertThat(world.told).contains("watching 42", "ended 42 ", "watching 43");
    }

    @Test
    void theTimeMayBeOver() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1));
        WatchEnd end = world.loop(plan("threads > 10", 1)).run(world.find());
        assertThat(end.why()).isEqualTo(Why.TIME_OVER);
        assertThat(world.second()).isEqualTo(300);
    }

    @Test
    void whoeverCancelsEndsItAtOnce() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1));
        world.cancelAt(3.5);
        WatchEnd end = world.loop(plan("threads > 10", 1)).run(world.find());
        assertThat(end).isEqualTo(new WatchEnd(Why.CANCELLED, 0, 0));
        assertThat(world.openSampled).isEmpty();
    }

    @Test
    void oneThatSomebodyElseTracesIsTriedAgain() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 11));
        world.outcomes.addAll(List.of(Outcome.BUSY, Outcome.BUSY, Outcome.DONE));
        WatchEnd end = world.loop(plan("threads > 10", 1)).run(world.find());
        assertThat(end).isEqualTo(new WatchEnd(Why.COUNT_REACHED, 1, 0));
        assertThat(world.acts)
                .containsExactly(
                        "42 Threads 1/1 at 0", "42 Threads 1/1 at 1", "42 Threads 1/1 at 2");
        assertThat(world.told).containsOnlyOnce("busy 42");
    }

    @Test
    void aFailureDoesNotCountAndFiveInARowAreEnough() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 11));
        for (int index = 0; index < 9; index++) {
            world.outcomes.add(Outcome.FAILED);
        }
        WatchEnd end = world.loop(plan("threads > 10 for 1s", 1)).run(world.find());
        assertThat(end).isEqualTo(new WatchEnd(Why.HOPELESS, 0, 5));
    }

    @Test
    void whatIsHopelessIsNotTriedAgain() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 11));
        world.outcomes.add(Outcome.HOPELESS);
        WatchEnd end = world.loop(plan("threads > 10", 3)).run(world.find());
        assertThat(end).isEqualTo(new WatchEnd(Why.HOPELESS, 0, 1));
    }

    @Test
    void eventsOfSourcesReachTheTriggers() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1));
        world.eventAt(6, new Event.CommandEnded("x", 1));
        world.loop(plan("command \"x\" status 1", 1)).run(world.find());
        assertThat(world.acts).containsExactly("42 Command 1/1 at 6");
    }

    @Test
    void aSourceThatIsLostIsToldOnceAndTheRestGoesOn() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, second < 6 ? 1 : 11));
        world.troubles.add("no journal");
        world.loop(plan("line \"x\" in journal or threads > 10", 1)).run(world.find());
        assertThat(world.told)
                .containsExactly("watching 42", "source lost: no journal", "fired 42 #1");
        assertThat(world.acts).containsExactly("42 Threads 1/1 at 6");
    }

    @ParameterizedTest
    @ValueSource(longs = {-24, 24})
    void aClockThatIsSetADayAwayChangesNothingThatTakesTime(long hours) throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, second < 2 ? 1 : 11));
        world.wallJumps.put(4.0, Duration.ofHours(hours));
        WatchPlan plan = new WatchPlan(
                List.of(when("threads > 10 for 5s")),
                3,
                new WatchPlan.Series(2, Duration.ofSeconds(3)),
                Duration.ofSeconds(1),
                false,
                false,
                Duration.ofSeconds(20),
                Optional.of(Duration.ofSeconds(40)));
        WatchEnd end = world.loop(plan).run(world.find());
        assertThat(end.why()).isEqualTo(Why.TIME_OVER);
        assertThat(world.second()).isEqualTo(40);
        assertThat(world.acts)
                .containsExactly(
                        "42 Threads 1/2 at 7",
                        "42 Threads 2/2 at 10",
                        "42 Threads 1/2 at 30",
                        "42 Threads 2/2 at 33");
    }

    @Test
    void aTimeOfDayThatAClockJumpsOverHasComeAndOneThatItGoesBackBeforeHasNot()
            throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1));
        world.wallJumps.put(4.0, Duration.ofDays(-1));
        world.wallJumps.put(9.0, Duration.ofDays(1));
        world.loop(plan("at 12:30", 2)).run(world.find());
        assertThat(world.acts).containsExactly("42 Time 1/1 at 9");
    }

    @Test
    void anEventJustAfterAProcessCameIsNotLost() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1)).startsAt(6.75);
        world.eventAt(6.9, new Event.CommandEnded("x", 1));
        world.loop(awaiting(plan("command \"x\" status 1", 1))).run(world.find());
        assertThat(world.acts).containsExactly("42 Command 1/1 at 8");
    }

    @Test
    void duringTheCoolDownNothingIsDone() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 11));
        WatchPlan cool = new WatchPlan(
                List.of(when("threads > 10 for 1s")),
                2,
                WatchPlan.Series.SINGLE,
                Duration.ofSeconds(1),
                false,
                false,
                Duration.ofSeconds(20),
                Optional.empty());
        world.loop(cool).run(world.find());
        assertThat(world.acts).containsExactly("42 Threads 1/1 at 1", "42 Threads 1/1 at 21");
    }

    @Test
    void theTimeOfADumpIsNoTimeThatWasWatched() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 11));
        world.actSeconds = 30;
        world.loop(plan("threads > 10 for 5s", 2)).run(world.find());
        assertThat(world.acts).containsExactly("42 Threads 1/1 at 5", "42 Threads 1/1 at 40");
    }

    @Test
    void theEndIsActedOnWhileTheProcessStandsAndThenItIsReleased() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1)).endsAt(6);
        Told exiting = new Told(
                new ProcessEvent.Exiting(
                        Instant.EPOCH, 44, OptionalInt.of(7), OptionalInt.empty(), true),
                true);
        Told gone = new Told(
                new ProcessEvent.Gone(Instant.EPOCH, OptionalInt.of(7), OptionalInt.empty()),
                false);
        world.tracedAt(3.2, exiting);
        world.tracedAt(3.3, gone);
        WatchEnd end = world.loop(plan("end", 1)).run(world.find());
        assertThat(end).isEqualTo(new WatchEnd(Why.COUNT_REACHED, 1, 0));
        assertThat(world.acts).containsExactly("42 End 1/1 at 3 standing");
        assertThat(world.released).containsExactly(exiting);
        assertThat(world.tracing).isFalse();
    }

    @Test
    void aHandledSignalIsNotHeldWhereOnlyFatalOnesAreWanted() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1)).endsAt(9);
        Told handled = signal(ProcessEvent.Chance.FIRST);
        world.tracedAt(3.2, handled);
        WatchEnd end = world.loop(plan("signal SIGSEGV", 1)).run(world.find());
        assertThat(end.why()).isEqualTo(Why.TARGET_ENDED);
        assertThat(world.acts).isEmpty();
        assertThat(world.firstChance).isEmpty();
    }

    @Test
    void firstChancesAreActedOnWhereTheyAreAskedFor() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1));
        Told handled = signal(ProcessEvent.Chance.FIRST);
        world.tracedAt(3.2, handled);
        WatchEnd end = world.loop(plan("signal first SIGSEGV", 1)).run(world.find());
        assertThat(end.why()).isEqualTo(Why.COUNT_REACHED);
        assertThat(world.acts).containsExactly("42 First_chance_SIGSEGV 1/1 at 3 standing");
        assertThat(world.firstChance).containsExactly(11);
        assertThat(world.released).containsExactly(handled);
    }

    private static Told signal(ProcessEvent.Chance chance) {
        return new Told(
                new ProcessEvent.Signal(
                        Instant.EPOCH,
                        44,
                        11,
                        OptionalInt.of(1),
                        OptionalLong.of(16),
                        OptionalLong.empty(),
                        chance,
                        ProcessEvent.Disposition.HANDLER),
                true);
    }

    @Test
    void whereTracingIsRefusedOtherConditionsGoOn() throws TargetException {
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 11));
        world.traceRefused = true;
        WatchEnd end = world.loop(plan("end or threads > 10", 1)).run(world.find());
        assertThat(end.why()).isEqualTo(Why.COUNT_REACHED);
        assertThatThrownBy(() -> world.loop(plan("end", 1)).run(world.find()))
                .isInstanceOf(TargetException.class);
        List<String> told = new ArrayList<>(world.told);
        assertThat(told).contains("lost 42");
    }

    @Test
    void arrivalsAreSeenHoweverShortTheirLife() throws TargetException {
        world.seesArrivals = true;
        world.process(42, second -> FakeWorld.figure(Figure.THREADS, 1))
                .startsAt(6.31)
                .endsAt(6.35);
        WatchEnd end = world.loop(awaiting(plan("start", 1))).run(world.find());
        assertThat(end.why()).isEqualTo(Why.COUNT_REACHED);
        assertThat(world.acts).containsExactly("42 Start 1/1 at 6");
        assertThat(world.told).containsExactly("awaiting", "watching 42", "fired 42 #1");
    }
}
