package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.lock.HeldLock;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.analyze.wait.Wait;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Every thread waits, without a time limit, for what only another thread of the process can do: nobody
 * is left to do it. Found also where no lock tells its owner, as a semaphore does not. An idle pool is
 * none: there somebody waits for work from outside, in epoll, accept, read or for a signal.
 */
final class StandstillRule implements AnalysisRule {
    private static final int THREADS_MIN = 2;
    private static final int NAMED_MAX = 3;
    private static final int EVIDENCE_MAX = 12;

    @Override
    public RuleId id() {
        return RuleId.HANG_STANDSTILL;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        boolean all = dump.threads().size() >= THREADS_MIN
                && dump.threads().stream()
                        .allMatch(thread -> thread.waitsFor()
                                .filter(Wait::endsOnlyFromWithin)
                                .isPresent());
        boolean toldBetter = !dump.waits().cycles().isEmpty()
                || dump.locks().stream().anyMatch(HeldLock::isOrphaned);
        return all && !toldBetter && !dump.crashed() ? Stream.of(draft(dump)) : Stream.empty();
    }

    private Draft draft(CaseFile dump) {
        Map<String, List<CaseThread>> byWait = new LinkedHashMap<>();
        for (CaseThread thread : dump.threads()) {
            byWait.computeIfAbsent(
                            thread.waitsFor().map(Wait::text).orElse(""), key -> new ArrayList<>())
                    .add(thread);
        }
        List<Map.Entry<String, List<CaseThread>>> groups = byWait.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, List<CaseThread>> group) ->
                        -group.getValue().size()))
                .toList();
        List<String> parts = groups.stream()
                .map(group -> group.getValue().size() + " for " + group.getKey())
                .toList();
        Draft draft = Draft.of(id(), Severity.WARNING)
                .summary(
                        "None of the %d threads of %s can go on by itself: all wait for one another, %s"
                                .formatted(
                                        dump.threads().size(),
                                        dump.image(),
                                        Wording.list(parts, NAMED_MAX)))
                .explain(
                        "Each thread waits in memory, without a time limit, for something that only "
                                + "another thread of this process can do, and no thread is left that "
                                + "runs or waits for anything from outside. Only a signal handler could "
                                + "still wake one. Who took a lock is not always recorded, so the circle "
                                + "itself may not be visible.")
                .recommend("Find out who should release what the largest group waits for, and how "
                        + "that thread came to wait itself. The evidence names where each waits.")
                .threads(dump.threads().stream().map(CaseThread::id).toList());
        groups.stream()
                .limit(EVIDENCE_MAX)
                .forEach(group -> draft.evidence(group.getValue().size() + " wait for "
                                + group.getKey() + ", the first in "
                                + Wording.where(group.getValue().getFirst()))
                        .module(Wording.module(group.getValue().getFirst())));
        return draft;
    }
}
