package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.lock.HeldLock;

import java.util.List;
import java.util.stream.Stream;

/** A thread waits for a lock whose owner is gone: nobody will ever release it. */
final class OrphanedLockRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.HANG_LOCK_ORPHANED;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump.locks().stream()
                .filter(lock -> lock.isOrphaned() && !lock.waiters().isEmpty())
                .map(lock -> draft(dump, lock));
    }

    private Draft draft(CaseFile dump, HeldLock lock) {
        // The kernel clears the id in a robust mutex when it marks it as left behind.
        String owner = lock.ownerThreadId().isPresent()
                ? "thread " + lock.ownerThreadId().getAsLong()
                : "which is not recorded any more";
        String who = lock.ownerThreadId().isPresent() ? owner : "the owner";
        List<CaseThread> waiters = lock.waiters().stream()
                .flatMap(threadId -> dump.thread(threadId).stream())
                .toList();
        String where = waiters.stream()
                .findFirst()
                .map(thread -> ", " + (waiters.size() == 1 ? "" : "the first ") + "in "
                        + Wording.where(thread))
                .orElse("");
        Draft draft = Draft.error(id())
                .summary("%s of %s wait%s for %s, whose owner, %s, has ended%s"
                        .formatted(
                                waiters.size() == 1
                                        ? Wording.capital(waiters.getFirst().label())
                                        : Wording.count(waiters.size(), "thread"),
                                dump.image(),
                                waiters.size() == 1 ? "s" : "",
                                lock.name(),
                                owner,
                                where))
                .explain("The lock still records the thread that took it, and that thread does not "
                        + "exist any more. Only an owner can release a mutex, so whoever "
                        + "waits for it waits forever.")
                .recommend("Find how " + who + " could end while it held the lock: a return, "
                        + "pthread_exit(), cancellation or exception between lock and "
                        + "unlock. The "
                        + "stacks of the waiters show which lock it is.")
                .threads(lock.waiters())
                .evidence(
                        lock.ownerThreadId().isPresent()
                                ? lock.name() + ": locked, owner "
                                        + lock.ownerThreadId().getAsLong()
                                        + ", which is none of the "
                                        + Wording.count(dump.threads().size(), "thread")
                                : lock.name() + ": the kernel marked it as left behind");
        waiters.stream()
                .limit(4)
                .forEach(thread -> draft.evidence(Wording.capital(thread.label()) + " waits in "
                                + Wording.where(thread))
                        .module(Wording.module(thread)));
        return draft;
    }
}
