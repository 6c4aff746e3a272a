package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.report.Report.Severity;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** One thread has used most of the process's CPU time and is running now. Guesses nothing without times. */
final class BusyThreadRule implements AnalysisRule {
    private static final double SHARE_MIN = 0.6;

    /** Less than this is spent by starting up. */
    private static final Duration TIME_MIN = Duration.ofSeconds(1);

    /** Of the time the process exists: a thread that computed for a minute yesterday is not busy. */
    private static final double LIFETIME_SHARE_MIN = 0.3;

    @Override
    public RuleId id() {
        return RuleId.CPU_BUSY_THREAD;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        Duration total = dump.threads().stream()
                .flatMap(thread -> thread.cpuTime().stream())
                .reduce(Duration.ZERO, Duration::plus);
        return dump.threads().stream()
                .filter(thread -> isBusy(dump, thread, total))
                .map(thread -> draft(dump, thread, total));
    }

    private static boolean isBusy(CaseFile dump, CaseThread thread, Duration total) {
        Duration used = thread.cpuTime().orElse(Duration.ZERO);
        boolean runs = thread.waitsFor().isEmpty()
                && thread.snapshot().state().map(state -> state.startsWith("R")).orElse(true);
        boolean known = thread.snapshot().state().isPresent()
                || thread.snapshot().registers().isPresent();
        boolean lately = lifetime(dump)
                .map(lived -> used.toMillis() >= LIFETIME_SHARE_MIN * lived.toMillis())
                .orElse(true);
        return runs
                && known
                && lately
                && used.compareTo(TIME_MIN) >= 0
                && used.toMillis() >= SHARE_MIN * total.toMillis();
    }

    private static Optional<Duration> lifetime(CaseFile dump) {
        Optional<Instant> started = dump.snapshot().process().startedAt();
        Optional<Instant> taken = dump.snapshot().process().takenAt().or(dump.dump()::takenAt);
        return started.flatMap(from -> taken.map(to -> Duration.between(from, to)))
                .filter(lived -> !lived.isNegative());
    }

    private Draft draft(CaseFile dump, CaseThread thread, Duration total) {
        Duration used = thread.cpuTime().orElse(Duration.ZERO);
        long percent = Math.round(100.0 * used.toMillis() / Math.max(1, total.toMillis()));
        String times =
                thread.snapshot().userTime().map(Wording::duration).orElse("?") + " in user mode, "
                        + thread.snapshot().kernelTime().map(Wording::duration).orElse("?")
                        + " in the kernel";
        return Draft.of(id(), dump.crashed() ? Severity.INFORMATION : Severity.WARNING)
                .summary(
                        "%s of %s is busy in %s: it has used %s of CPU time, %d %% of the process's%s"
                                .formatted(
                                        Wording.capital(thread.label()),
                                        dump.image(),
                                        Wording.where(thread),
                                        Wording.duration(used),
                                        percent,
                                        Wording.caller(dump, thread)))
                .explain(
                        "The thread was running when the dump was taken and has used most of the CPU "
                                + "time of all threads. One dump shows where it was at that moment, "
                                + "not for how long it has been there.")
                .recommend(
                        "Take two or three more dumps some seconds apart: functions that stand on "
                                + "this stack each time hold the loop. Look at its condition and at how "
                                + "much it works through.")
                .thread(thread.id())
                .module(Wording.module(thread))
                .evidence(Wording.capital(thread.label()) + ": " + times
                        + thread.snapshot()
                                .state()
                                .map(state -> ", state " + state)
                                .orElse(""))
                .evidence("all threads together: " + Wording.duration(total))
                .evidence("stack, own code: "
                        + String.join(" ← ", Wording.ownFrames(dump, thread, 6)));
    }
}
