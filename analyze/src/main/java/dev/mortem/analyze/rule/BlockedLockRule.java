package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.lock.HeldLock;
import dev.mortem.analyze.lock.WaitGraph.Edge;
import dev.mortem.analyze.report.Report.Severity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Threads wait for a lock whose owner lives and is not itself part of a deadlock. All that wait, directly
 * or behind each other, for the same thread in the end are one finding: that thread is the root.
 */
final class BlockedLockRule implements AnalysisRule {
    /** One or two threads at a lock are everyday life; a queue is worth telling. */
    private static final int QUEUE_MIN = 3;

    private static final int LOCKS_NAMED_MAX = 8;

    @Override
    public RuleId id() {
        return RuleId.HANG_LOCK_BLOCKED;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        Set<Long> deadlocked = new HashSet<>();
        for (List<Edge> cycle : dump.waits().cycles()) {
            cycle.forEach(edge -> deadlocked.add(edge.threadId()));
        }
        Set<Long> behind = new HashSet<>(dump.waits().waitingBehind(deadlocked));
        Map<Long, List<HeldLock>> byRoot = new LinkedHashMap<>();
        for (HeldLock lock : dump.locks()) {
            boolean inDeadlock = lock.waiters().stream()
                    .anyMatch(waiter -> deadlocked.contains(waiter) || behind.contains(waiter));
            if (lock.held()
                    && lock.ownerAlive()
                    && !inDeadlock
                    && !lock.waiters().isEmpty()) {
                OptionalLong root = dump.waits().root(lock.waiters().getFirst());
                byRoot.computeIfAbsent(
                                root.orElse(lock.ownerThreadId().orElseThrow()),
                                key -> new ArrayList<>())
                        .add(lock);
            }
        }
        return byRoot.entrySet().stream()
                .map(entry -> draft(dump, entry.getKey(), entry.getValue()));
    }

    private Draft draft(CaseFile dump, long root, List<HeldLock> locks) {
        // The lock that all others wait for in the end: the one nearest to the root.
        HeldLock last = locks.stream()
                .min(Comparator.comparingInt((HeldLock lock) -> steps(dump, lock, root))
                        .thenComparingInt(lock -> -lock.waiters().size()))
                .orElseThrow();
        long owner = last.ownerThreadId().orElseThrow();
        Set<Long> waiters = new LinkedHashSet<>(last.waiters());
        locks.forEach(lock -> waiters.addAll(lock.waiters()));
        // A crashed process has stopped anywhere: its locks are no hang.
        boolean hang = waiters.size() >= QUEUE_MIN && !dump.crashed();
        boolean chain = locks.size() > 1;
        Draft draft = Draft.of(id(), hang ? Severity.WARNING : Severity.INFORMATION)
                .summary("%s of %s wait%s%s for %s, held by %s%s%s"
                        .formatted(
                                Wording.count(waiters.size(), "thread"),
                                dump.image(),
                                waiters.size() == 1 ? "s" : "",
                                chain ? ", directly or behind each other," : "",
                                last.name(),
                                dump.label(owner),
                                doing(dump, owner),
                                root == owner
                                        ? ""
                                        : "; at the end of that chain stands " + dump.label(root)
                                                + doing(dump, root)))
                .explain("Whoever waits for a lock goes on when its owner releases it. What the "
                        + "owner "
                        + "does meanwhile decides how long that takes.")
                .recommend(
                        "Look at the owner's stack: shorten what it does while it holds the lock, "
                                + "above all waiting for the network, the disk or another lock. "
                                + "Take a "
                                + "second dump to see whether it is still there.")
                .threads(waiters)
                .thread(owner)
                .thread(root);
        dump.thread(owner).ifPresent(thread -> draft.module(Wording.module(thread)));
        if (chain) {
            locks.stream()
                    .limit(LOCKS_NAMED_MAX)
                    .forEach(lock -> draft.evidence("%s, held by %s: %s wait%s"
                            .formatted(
                                    Wording.capital(lock.name()),
                                    dump.label(lock.ownerThreadId().orElseThrow()),
                                    Wording.count(lock.waiters().size(), "thread"),
                                    lock.waiters().size() == 1 ? "s" : "")));
        }
        waiters.stream()
                .limit(4)
                .flatMap(waiter -> dump.thread(waiter).stream())
                .forEach(thread -> draft.evidence(waitsIn(thread)));
        return draft;
    }

    /** How many threads stand between the lock's owner and the root. */
    private static int steps(CaseFile dump, HeldLock lock, long root) {
        int steps = 0;
        long at = lock.ownerThreadId().orElse(root);
        while (at != root && steps < dump.threads().size()) {
            at = dump.waits().edge(at).map(Edge::forThreadId).orElse(root);
            steps++;
        }
        return steps;
    }

    private static String doing(CaseFile dump, long threadId) {
        return dump.thread(threadId)
                .map(thread -> thread.waitsFor()
                                .map(wait -> ", which waits for " + wait.text())
                                .orElse(", which runs")
                        + " in " + Wording.where(thread))
                .orElse("");
    }

    private static String waitsIn(CaseThread thread) {
        return Wording.capital(thread.label()) + " waits in " + Wording.where(thread);
    }
}
