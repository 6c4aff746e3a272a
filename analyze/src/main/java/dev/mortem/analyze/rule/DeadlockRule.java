package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.lock.HeldLock;
import dev.mortem.analyze.lock.WaitGraph.Edge;
import dev.mortem.analyze.wait.Wait;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Threads wait for one another in a circle: none of them will ever go on. */
final class DeadlockRule implements AnalysisRule {
    private static final int NAMED_MAX = 4;

    @Override
    public RuleId id() {
        return RuleId.HANG_DEADLOCK;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump.waits().cycles().stream().map(cycle -> draft(dump, cycle));
    }

    private Draft draft(CaseFile dump, List<Edge> cycle) {
        Set<Long> members = new LinkedHashSet<>();
        cycle.forEach(edge -> members.add(edge.threadId()));
        List<Long> behind = dump.waits().waitingBehind(members);
        String others = behind.isEmpty()
                ? ""
                : "; " + Wording.count(behind.size(), "other thread") + " wait"
                        + (behind.size() == 1 ? "s" : "") + " behind them";
        Draft draft = Draft.error(id())
                .summary(
                        cycle.size() == 1
                                ? self(dump, cycle.getFirst()) + others
                                : circle(dump, cycle) + others)
                .explain("A thread that waits for a lock goes on when its owner releases it. Here "
                        + "each "
                        + "owner waits itself, and the last one for the first: without "
                        + "help "
                        + "from outside this never ends.")
                .recommend(
                        cycle.size() == 1
                                ? "Release the lock before the call that takes it again, or make "
                                        + "the mutex "
                                        + "recursive."
                                : "Take these locks in the same order everywhere, or hold only "
                                        + "one at a time. "
                                        + "The evidence names who holds what and where it waits.")
                .threads(members)
                .threads(behind);
        for (Edge edge : cycle) {
            draft.evidence(step(dump, edge));
            dump.thread(edge.threadId()).ifPresent(thread -> draft.module(Wording.module(thread)));
        }
        behind.stream()
                .limit(NAMED_MAX)
                .forEach(threadId -> dump.waits()
                        .edge(threadId)
                        .ifPresent(edge -> draft.evidence(step(dump, edge))));
        return draft;
    }

    private static String self(CaseFile dump, Edge edge) {
        return "Deadlock in " + dump.image() + ": " + dump.label(edge.threadId())
                + " waits for a lock that it holds itself" + in(dump, edge.threadId());
    }

    private static String circle(CaseFile dump, List<Edge> cycle) {
        List<String> members = new ArrayList<>();
        cycle.forEach(edge -> members.add(dump.label(edge.threadId()) + in(dump, edge.threadId())));
        return "Deadlock in " + dump.image() + ": " + Wording.list(members, NAMED_MAX)
                + " wait for one another";
    }

    private static String in(CaseFile dump, long threadId) {
        return dump.thread(threadId)
                .flatMap(CaseThread::blamedFrame)
                .map(frame -> " in " + Wording.function(frame) + Wording.line(frame))
                .orElse("");
    }

    private static String step(CaseFile dump, Edge edge) {
        String waits = Wording.capital(dump.label(edge.threadId())) + in(dump, edge.threadId())
                + " waits for ";
        return edge.lock()
                .map(DeadlockRule::named)
                .map(lock -> waits + lock + ", held by " + dump.label(edge.forThreadId()))
                .orElse(waits + "the end of " + dump.label(edge.forThreadId()));
    }

    /** A mutex with how its address is known, where that is another way than the thread's registers. */
    private static String named(HeldLock lock) {
        return lock.type() == Wait.Kind.MUTEX
                ? lock.name() + lock.detail().map(told -> " (" + told + ")").orElse("")
                : lock.name();
    }
}
