package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.Wait;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A priority-inheriting mutex whose kernel side refused the lock with EDEADLK. glibc
 * (nptl/pthread_mutex_lock.c) and musl (src/thread/pthread_mutex_timedlock.c) then let the thread sleep
 * for ever at a word of its own frame that holds 0. Which mutex it was stands on its stack: the only one
 * there that another thread holds. Stateless.
 */
final class StuckLock {
    private static final int STACK_WORDS_MAX = 128;

    private StuckLock() {}

    static Optional<HeldLock> find(FutexWord word) {
        boolean sleepsForEver = word.call().waits()
                && word.call().value() == 0
                && word.isUnchanged()
                && word.waiters().size() == 1
                && (word.isUnnamed() || word.isNamed(Wait.Kind.MUTEX))
                && word.isOnStack(STACK_WORDS_MAX);
        if (!sleepsForEver) {
            return Optional.empty();
        }
        long self = word.waiters().getFirst();
        Map<Long, HeldLock> held = new LinkedHashMap<>();
        word.pointers(STACK_WORDS_MAX)
                .mapToObj(address -> heldPi(word, address))
                .flatMap(Optional::stream)
                .filter(lock -> lock.ownerThreadId().orElse(self) != self)
                .forEach(lock -> held.putIfAbsent(lock.address(), lock));
        return held.size() == 1 ? held.values().stream().findFirst() : Optional.empty();
    }

    private static Optional<HeldLock> heldPi(FutexWord word, long address) {
        Optional<HeldLock> glibc = word.around().libc().family() == Libc.Family.MUSL
                ? Optional.empty()
                : GlibcObjects.heldPi(word, address)
                        // where only the kind is read again, its address is what the compiler kept
                        .or(() -> GlibcObjects.heldPi(word, address - (word.isWide() ? 16 : 12)));
        return glibc.isPresent() || word.around().libc().family() == Libc.Family.GLIBC
                ? glibc
                : MuslObjects.heldPi(word, address);
    }

    /** The mutex as both libraries say it. */
    static HeldLock lock(FutexWord word, String name, long address, long owner) {
        return HeldLock.of(Wait.Kind.MUTEX, name, address, word.waiters())
                .owner(owner, true)
                .held(true)
                .detail("the kernel refused it as a deadlock, and libc sleeps for ever");
    }
}
