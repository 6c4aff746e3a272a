package dev.mortem.collect.trigger;

import static dev.mortem.collect.trigger.Samples.NOON;
import static dev.mortem.collect.trigger.Samples.firings;
import static dev.mortem.collect.trigger.Samples.first;
import static dev.mortem.collect.trigger.Samples.nothing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.collect.trigger.Event.CommandEnded;
import dev.mortem.collect.trigger.Event.Ended;
import dev.mortem.collect.trigger.Event.LineCame;
import dev.mortem.collect.trigger.Event.SignalCame;
import dev.mortem.collect.trigger.Event.Started;
import dev.mortem.collect.trigger.Event.UrlAnswered;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.ThreadSample;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Starts, ends, signals, modules, threads, lines, answers, commands and times of day. */
class EventTriggersTest {
    private static final String URL = "http://localhost:8080/health";
    private static final UrlTrigger.Probe PROBE =
            new UrlTrigger.Probe(URL, Duration.ofSeconds(5), Duration.ofSeconds(30));

    @Test
    void aStartFiresOnce() {
        assertThat(firings(
                        new StartTrigger(),
                        List.of(nothing(0), nothing(1, new Started()), nothing(2))))
                .containsExactly(1);
    }

    @Test
    void anEndFiresWhileTheProcessStandsOnly() {
        Ended stands =
                new Ended(OptionalInt.of(7), Optional.empty(), Optional.of("thread 5"), true);
        Ended gone = new Ended(OptionalInt.of(7), Optional.empty(), Optional.empty(), false);
        assertThat(firings(new EndTrigger(), List.of(nothing(0, gone)))).isEmpty();
        Firing firing = first(new EndTrigger(), List.of(nothing(0, stands))).orElseThrow();
        assertThat(firing.words()).isEqualTo("the process exits with status 7, called by thread 5");
        assertThat(firing.values()).containsEntry("exitStatus", "7").doesNotContainKey("signal");
    }

    @Test
    void aHandledSignalFiresOnlyWhereFirstChancesAreWanted() {
        SignalCame handled = new SignalCame("SIGSEGV", false, 5, Optional.of("0x10"));
        SignalCame fatal = new SignalCame("SIGSEGV", true, 5, Optional.of("0x10"));
        SignalTrigger fatalOnly = new SignalTrigger("SIGSEGV", false);
        SignalTrigger first = new SignalTrigger("SIGSEGV", true);
        assertThat(firings(fatalOnly, List.of(nothing(0, handled)))).isEmpty();
        assertThat(firings(fatalOnly, List.of(nothing(0, fatal)))).containsExactly(0);
        assertThat(firings(first, List.of(nothing(0, handled)))).containsExactly(0);
        assertThat(first(first, List.of(nothing(0, handled))).orElseThrow().reason())
                .isEqualTo("First_chance_SIGSEGV");
        assertThat(first(fatalOnly, List.of(nothing(0, fatal))).orElseThrow().reason())
                .isEqualTo("Signal_SIGSEGV");
        assertThat(firings(new SignalTrigger("SIGABRT", true), List.of(nothing(0, fatal))))
                .isEmpty();
        assertThat(firings(new SignalTrigger(SignalTrigger.ANY, false), List.of(nothing(0, fatal))))
                .containsExactly(0);
    }

    @Test
    void modulesOfTheFirstSampleAreNoNews() {
        ModuleTrigger load = new ModuleTrigger(true, new NameGlob("libssl*"));
        ModuleTrigger unload = new ModuleTrigger(false, NameGlob.ANY);
        List<Sample> samples = List.of(
                Samples.modules(0, "/lib/libssl.so.1", "/bin/shop"),
                Samples.modules(1, "/lib/libssl.so.1", "/bin/shop", "/lib/libz.so"),
                Samples.modules(2, "/bin/shop", "/lib/libz.so"),
                Samples.modules(3, "/lib/libssl.so.3", "/bin/shop", "/lib/libz.so"));
        assertThat(firings(load, samples)).containsExactly(3);
        assertThat(firings(unload, samples)).containsExactly(2);
        assertThat(first(load, samples).orElseThrow().values())
                .containsEntry("modules", "/lib/libssl.so.3");
    }

    @Test
    void threadsThatComeAndGoAreToldByTheirIds() {
        ThreadSample one = new ThreadSample(1, 0, 0);
        ThreadSample two = new ThreadSample(2, 0, 0);
        List<Sample> samples = List.of(
                Samples.threads(0, one), Samples.threads(1, one, two), Samples.threads(2, one));
        assertThat(firings(new ThreadTrigger(true), samples)).containsExactly(1);
        assertThat(firings(new ThreadTrigger(false), samples)).containsExactly(2);
        assertThat(first(new ThreadTrigger(true), samples).orElseThrow().values())
                .containsEntry("threadIds", "2");
    }

    @Test
    void aLineFiresByItsSourceAndItsMatch() {
        LineSource log = new LineSource.OfFile(Path.of("shop.log"));
        LineTrigger trigger = new LineTrigger("Out[Oo]f.*Memory", log);
        assertThat(firings(
                        trigger,
                        List.of(
                                nothing(0, new LineCame(log, "all is well")),
                                nothing(1, new LineCame(new LineSource.OfJournal(), "OutOfMemory")),
                                nothing(
                                        2,
                                        new LineCame(log, "x"),
                                        new LineCame(log, "a OutOf Memory b")))))
                .containsExactly(2);
    }

    @Test
    void anAnswerFiresByItsTimeItsStatusOrItsAbsence() {
        UrlAnswered good = answered(100, 200);
        UrlAnswered slow = answered(2100, 200);
        UrlAnswered wrong = answered(100, 503);
        UrlAnswered none = new UrlAnswered(
                URL, Duration.ofSeconds(2), OptionalInt.empty(), Optional.of("refused"));
        List<Sample> all =
                List.of(nothing(0, good), nothing(1, slow), nothing(2, wrong), nothing(3, none));
        assertThat(firings(url(new UrlTrigger.Check.SlowerThan(Duration.ofSeconds(2))), all))
                .containsExactly(1);
        assertThat(firings(url(new UrlTrigger.Check.StatusWithin(500, 599)), all))
                .containsExactly(2);
        assertThat(firings(url(new UrlTrigger.Check.Fails()), all)).containsExactly(3);
    }

    private static UrlTrigger url(UrlTrigger.Check check) {
        return new UrlTrigger(PROBE, check);
    }

    private static UrlAnswered answered(int millis, int status) {
        return new UrlAnswered(
                URL, Duration.ofMillis(millis), OptionalInt.of(status), Optional.empty());
    }

    @Test
    void aCommandFiresByItsStatus() {
        CommandTrigger.Probe probe = new CommandTrigger.Probe(
                "health", CommandTrigger.Probe.EVERY, CommandTrigger.Probe.TIMEOUT);
        List<Sample> samples = List.of(
                nothing(0, new CommandEnded("health", 0)),
                nothing(1, new CommandEnded("other", 3)),
                nothing(2, new CommandEnded("health", 3)));
        assertThat(firings(new CommandTrigger(probe, new CommandTrigger.Check.IsNot(0)), samples))
                .containsExactly(2);
        assertThat(firings(new CommandTrigger(probe, new CommandTrigger.Check.Is(1)), samples))
                .isEmpty();
    }

    @Test
    void aTimeOfDayComesOnceADay() {
        TimeTrigger trigger = new TimeTrigger(LocalTime.of(3, 0));
        assertThat(firings(
                        trigger,
                        List.of(
                                on(NOON),
                                on(NOON.plusHours(14)),
                                on(NOON.plusHours(15)),
                                on(NOON.plusHours(15).plusSeconds(1)),
                                on(NOON.plusHours(14).plusMinutes(59)), // the clock is set back
                                on(NOON.plusHours(15).plusSeconds(2)),
                                on(NOON.plusHours(39)))))
                .containsExactly(2, 6);
    }

    private static Sample on(LocalDateTime wallTime) {
        return new Sample(ProcessSample.at(0).build(), wallTime, List.of(), false);
    }
}
