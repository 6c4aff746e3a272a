package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.Wait;

import java.util.Optional;

/**
 * A futex word that holds its owner's thread id, as the kernel defines it for robust and for
 * priority-inheriting futexes (futex(2); include/uapi/linux/futex.h): bit 31 for waiters, bit 30 for an
 * owner that died.
 */
final class TidWord {
    static final long WAITERS = 0x8000_0000L;
    static final long OWNER_DIED = 0x4000_0000L;
    static final long TID_MASK = 0x3fff_ffffL;

    private TidWord() {}

    /**
     * The lock, if the word is one. A bare number without the bit for waiters may be anything, a counter
     * above all: it is an owner only where the kernel was asked for priority inheritance.
     */
    static Optional<HeldLock> lock(FutexWord word) {
        if (word.value().isEmpty()) {
            return Optional.empty();
        }
        long value = word.value().getAsLong();
        long owner = value & TID_MASK;
        boolean pi = word.call().locksPi();
        boolean marked = (value & WAITERS) != 0
                && word.call().waits()
                && (word.call().value() & TID_MASK) == owner
                && word.isAlive(owner);
        boolean died = pi && (value & OWNER_DIED) != 0;
        if (!marked && !(pi && (FutexWord.isTid(owner) || died))) {
            return Optional.empty();
        }
        HeldLock lock = HeldLock.of(
                        Wait.Kind.MUTEX,
                        pi ? "priority-inheriting futex" : "futex with its owner's id",
                        word.address(),
                        word.waiters())
                .held(true);
        if (FutexWord.isTid(owner)) {
            lock = lock.owner(owner, word.isAlive(owner));
        }
        return Optional.of((value & OWNER_DIED) != 0 ? lock.left() : lock);
    }
}
