package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.lock.HeldLock;
import dev.mortem.analyze.lock.WaitGraph.Edge;
import dev.mortem.analyze.report.Report.Severity;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Several threads wait for a lock whose owner lives and is not itself part of a deadlock. */
final class BlockedLockRule implements AnalysisRule {
    /** One or two threads at a lock are everyday life; a queue is worth telling. */
    private static final int QUEUE_MIN = 3;

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
        return dump.locks().stream()
                .filter(lock -> lock.held() && lock.ownerAlive())
                .filter(lock -> lock.waiters().stream()
                        .noneMatch(
                                waiter -> deadlocked.contains(waiter) || behind.contains(waiter)))
                .map(lock -> draft(dump, lock));
    }

    private Draft draft(CaseFile dump, HeldLock lock) {
        long owner = lock.ownerThreadId().orElseThrow();
        int waiters = lock.waiters().size();
        // A crashed process has stopped anywhere: its locks are no hang.
        boolean hang = waiters >= QUEUE_MIN && !dump.crashed();
        String doing = dump.thread(owner)
                .map(thread -> thread.waitsFor()
                                .map(wait -> ", which waits for " + wait.text())
                                .orElse(", which runs")
                        + " in " + Wording.where(thread))
                .orElse("");
        Draft draft = Draft.of(id(), hang ? Severity.WARNING : Severity.INFORMATION)
                .summary("%s of %s wait%s for %s, held by %s%s"
                        .formatted(
                                Wording.count(waiters, "thread"),
                                dump.image(),
                                waiters == 1 ? "s" : "",
                                lock.name(),
                                dump.label(owner),
                                doing))
                .explain("Whoever waits for a lock goes on when its owner releases it. What the "
                        + "owner "
                        + "does meanwhile decides how long that takes.")
                .recommend(
                        "Look at the owner's stack: shorten what it does while it holds the lock, "
                                + "above all waiting for the network, the disk or another lock. "
                                + "Take a "
                                + "second dump to see whether it is still there.")
                .threads(lock.waiters())
                .thread(owner);
        dump.thread(owner).ifPresent(thread -> draft.module(Wording.module(thread)));
        lock.waiters().stream()
                .limit(4)
                .flatMap(waiter -> dump.thread(waiter).stream())
                .forEach(thread -> draft.evidence(waitsIn(thread)));
        return draft;
    }

    private static String waitsIn(CaseThread thread) {
        return Wording.capital(thread.label()) + " waits in " + Wording.where(thread);
    }
}
