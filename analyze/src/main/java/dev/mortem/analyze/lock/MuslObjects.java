package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.FutexCall;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * The pthread objects of musl 1.2, from the futex word that a thread waits at. Stateless.
 *
 * <p>Layouts: src/internal/pthread_impl.h, where a field __i[n] or __vi[n] is the n-th 32-bit word and
 * __p[n] the n-th pointer. musl waits with FUTEX_WAIT and the word's value, whose upper bit says that
 * somebody waits.
 */
final class MuslObjects {
    private static final long WAITERS = 0x8000_0000L;
    private static final long OWNER_MASK = 0x3fff_ffffL;
    private static final long OWNER_DIED = 0x4000_0000L;
    /** EBUSY: what a normal mutex holds when it is locked, whoever did it. */
    private static final long LOCKED = 16;

    private static final int TYPE_MASK = 0xf;
    private static final int TYPE_BITS = 0x8f;
    private static final long WRITE_LOCKED = 0x7fff_ffffL;
    private static final int JOINABLE = 2;
    /** A waiter's node, or a barrier's instance, lies in a frame just above the system call's. */
    private static final int STACK_WORDS_MAX = 256;

    private static final int CHAIN_MAX = 100_000;

    /** Of finished in a barrier's instance. */
    private static final int FINISHED_OFFSET = 12;

    private MuslObjects() {}

    /** Everything that the word may be part of, the sure ones and the likely. */
    static List<HeldLock> candidates(FutexWord word) {
        List<HeldLock> all = new ArrayList<>();
        if (word.call().locksPi() || word.call().command() == FutexCall.WAIT) {
            mutex(word).ifPresent(all::add);
            readWriteLock(word).ifPresent(all::add);
            semaphore(word).ifPresent(all::add);
            condition(word).ifPresent(all::add);
            barrier(word).ifPresent(all::add);
            join(word).ifPresent(all::add);
            streamLock(word).ifPresent(all::add);
        }
        return all;
    }

    /** _m_type at 0, _m_lock at 4, _m_waiters at 8, _m_count at 20. */
    static Optional<HeldLock> mutex(FutexWord word) {
        long start = word.address() - 4;
        Optional<long[]> fields = word.words(start, 6);
        if (fields.isEmpty()) {
            return Optional.empty();
        }
        long type = fields.get()[0];
        long lock = fields.get()[1];
        long value = word.call().value() & 0xffff_ffffL;
        boolean normal = (type & TYPE_MASK) == 0;
        long owner = lock & OWNER_MASK;
        boolean named = word.isNamed(Wait.Kind.MUTEX);
        boolean waits =
                word.call().locksPi() || ((value & WAITERS) != 0 && (value & OWNER_MASK) == owner);
        boolean sound = (type & ~TYPE_BITS) == 0
                && ((type & 0x80) == 0) == word.call().isPrivate()
                && fields.get()[2]
                        >= (word.call().locksPi() ? 0 : word.waiters().size())
                && fields.get()[2] <= FutexWord.TID_MAX
                && waits
                && (normal ? owner == LOCKED : FutexWord.isTid(owner) || (lock & OWNER_DIED) != 0);
        if (!sound) {
            return Optional.empty();
        }
        boolean left =
                (lock & OWNER_DIED) != 0 && fields.get()[2] == word.waiters().size();
        HeldLock mutex = HeldLock.of(Wait.Kind.MUTEX, name(type), start, word.waiters())
                .held(true)
                .probable(!named
                        && (normal
                                ? fields.get()[2] != word.waiters().size()
                                : !word.isAlive(owner) && !left));
        if (normal) {
            return Optional.of(mutex.detail("musl does not record the owner of a normal mutex"));
        }
        if ((type & 3) == 1) {
            mutex = mutex.taken(fields.get()[5] + 1);
        }
        if (FutexWord.isTid(owner)) {
            mutex = mutex.owner(owner, word.isAlive(owner));
        }
        return Optional.of((lock & OWNER_DIED) != 0 ? mutex.left() : mutex);
    }

    /** A priority-inheriting mutex that a living thread holds. */
    static Optional<HeldLock> heldPi(FutexWord word, long address) {
        Optional<long[]> fields = word.words(address, 3);
        if (fields.isEmpty()) {
            return Optional.empty();
        }
        long type = fields.get()[0];
        long owner = fields.get()[1] & OWNER_MASK;
        boolean fits = (type & ~TYPE_BITS) == 0
                && (type & 8) != 0
                && fields.get()[2] <= FutexWord.TID_MAX
                && word.isAlive(owner);
        return fits
                ? Optional.of(StuckLock.lock(word, name(type), address, owner))
                : Optional.empty();
    }

    private static String name(long type) {
        return ((type & 4) != 0 ? "robust " : "")
                + ((type & 8) != 0 ? "priority-inheriting " : "")
                + switch ((int) type & 3) {
                    case 1 -> "recursive ";
                    case 2 -> "error-checking ";
                    default -> "";
                }
                + "mutex";
    }

    /** _rw_lock at 0, _rw_waiters at 4, _rw_shared at 8. */
    static Optional<HeldLock> readWriteLock(FutexWord word) {
        Optional<long[]> fields = word.words(word.address(), 3);
        if (fields.isEmpty()) {
            return Optional.empty();
        }
        long lock = fields.get()[0];
        long readers = lock & WRITE_LOCKED;
        boolean sound = word.isUnchanged()
                && (lock & WAITERS) != 0
                && readers != 0
                && (readers == WRITE_LOCKED || readers <= FutexWord.TID_MAX)
                && fields.get()[1] >= word.waiters().size()
                && fields.get()[1] <= FutexWord.TID_MAX
                && fields.get()[2] == (word.call().isPrivate() ? 0 : 0x80);
        if (!sound) {
            return Optional.empty();
        }
        boolean exact =
                readers == WRITE_LOCKED && fields.get()[1] == word.waiters().size();
        return Optional.of(HeldLock.of(
                        Wait.Kind.READ_WRITE_LOCK,
                        "read-write lock",
                        word.address(),
                        word.waiters())
                .held(true)
                .probable(!word.isNamed(Wait.Kind.READ_WRITE_LOCK) && !exact)
                .detail(
                        readers == WRITE_LOCKED
                                ? "held by a writer; musl does not record which thread"
                                : GlibcObjects.heldByReaders(readers)));
    }

    /** __val[0], the value, at 0: -1 where somebody waits, in newer versions the upper bit; waiters at 4. */
    static Optional<HeldLock> semaphore(FutexWord word) {
        Optional<long[]> fields = word.words(word.address(), 3);
        long value = word.call().value() & 0xffff_ffffL;
        boolean sound = fields.isPresent()
                && word.isUnchanged()
                && (value == 0xffff_ffffL || value == WAITERS)
                // a std::future looks the same, where glibc may be linked in
                && (word.call().isPrivate()
                        || word.around().libc().family() == Libc.Family.MUSL
                        || word.isNamed(Wait.Kind.SEMAPHORE))
                && fields.get()[1] >= word.waiters().size()
                && fields.get()[1] <= FutexWord.TID_MAX
                && fields.get()[2] == (word.call().isPrivate() ? 0x80 : 0);
        if (!sound) {
            return Optional.empty();
        }
        boolean sure = word.isNamed(Wait.Kind.SEMAPHORE)
                || fields.orElseThrow()[1] == word.waiters().size();
        return Optional.of(
                HeldLock.of(Wait.Kind.SEMAPHORE, "semaphore", word.address(), word.waiters())
                        .probable(!sure)
                        .detail("value 0; a semaphore does not record who took it"));
    }

    /**
     * Each waiter of a condition waits at a node in its own frame (pthread_cond_timedwait.c): prev, next,
     * state, barrier, notify, with barrier 2. The condition has the newest node at _c_head, __p[1], and
     * the oldest at _c_tail, __p[5]; its address is found on the waiter's stack.
     */
    static Optional<HeldLock> condition(FutexWord word) {
        int size = word.pointerSizeBytes();
        long node = word.address() - 2L * size - 4;
        OptionalLong state = word.memory().u4(word.address() - 4);
        boolean waiting = word.call().value() == 2
                && word.isUnchanged()
                && state.isPresent()
                && state.getAsLong() == 0
                && word.isOnStack(STACK_WORDS_MAX);
        if (!waiting) {
            return Optional.empty();
        }
        OptionalLong newest = end(word, node, 0);
        OptionalLong oldest = end(word, node, size);
        if (newest.isEmpty() || oldest.isEmpty()) {
            return Optional.empty();
        }
        Optional<Long> condition = atHand(
                word,
                address -> points(word, address + size, newest)
                        && points(word, address + 5L * size, oldest));
        if (condition.isEmpty() && !word.isNamed(Wait.Kind.CONDITION)) {
            return Optional.empty();
        }
        HeldLock found = HeldLock.of(
                Wait.Kind.CONDITION,
                "condition variable",
                condition.orElse(newest.getAsLong()),
                word.waiters());
        return Optional.of(
                condition.isPresent()
                        ? found
                        : found.detail("the address is its newest waiter's; its own is not known"));
    }

    /** The chain's last node in the direction of that pointer; empty for a chain that is none. */
    private static OptionalLong end(FutexWord word, long node, int offset) {
        long at = node;
        for (int step = 0; step < CHAIN_MAX; step++) {
            OptionalLong next = word.memory().pointer(at + offset);
            if (next.isEmpty()) {
                return OptionalLong.empty();
            }
            if (next.getAsLong() == 0) {
                return OptionalLong.of(at);
            }
            at = next.getAsLong();
        }
        return OptionalLong.empty();
    }

    private static boolean points(FutexWord word, long address, OptionalLong target) {
        return word.memory().pointer(address).equals(target);
    }

    /** An address that the waiter has at hand and that fits. */
    private static Optional<Long> atHand(FutexWord word, LongPredicate fits) {
        return word.pointers(STACK_WORDS_MAX).filter(fits).boxed().findFirst();
    }

    /**
     * The first thread at a barrier waits at finished, at 12 of an instance in its own frame, the others at
     * last, at 4; count is at 0 (pthread_barrier_wait.c). The barrier itself has _b_limit, the number of
     * threads less one, at 8 and the instance at __p[3].
     */
    static Optional<HeldLock> barrier(FutexWord word) {
        boolean first = word.call().value() == 1 && word.isOnStack(STACK_WORDS_MAX);
        long instance = word.address() - (first ? FINISHED_OFFSET : 4);
        boolean fits = (first || word.call().value() == 0)
                && word.call().isPrivate()
                && word.isUnchanged();
        if (!fits) {
            return Optional.empty();
        }
        Optional<Long> start = atHand(
                word,
                address -> points(
                        word, address + 3L * word.pointerSizeBytes(), OptionalLong.of(instance)));
        Optional<long[]> fields = start.flatMap(address -> word.words(address, 3));
        OptionalLong came = word.memory().u4(instance);
        boolean sound = fields.isPresent()
                && came.isPresent()
                && fields.get()[2] <= Integer.MAX_VALUE
                && came.getAsLong() < fields.get()[2];
        return sound
                ? Optional.of(HeldLock.of(
                                Wait.Kind.BARRIER, "barrier", start.orElseThrow(), word.waiters())
                        .detail(GlibcObjects.arrivals(
                                came.getAsLong() + 1, fields.orElseThrow()[2] + 1)))
                : Optional.empty();
    }

    /** Whether the first thread at the barrier waits at that word. */
    static boolean isFirstAt(long barrier, long word, MemoryReader memory) {
        return memory.pointer(barrier + 3L * memory.machine().pointerSizeBytes())
                .equals(OptionalLong.of(word - FINISHED_OFFSET));
    }

    /**
     * pthread_join waits at detach_state of the joined thread's struct pthread, whose first field points to
     * itself and whose tid stands 8 bytes in front of the word.
     */
    static Optional<HeldLock> join(FutexWord word) {
        int offset =
                word.memory().machine().cpu().filter(cpu -> cpu == Cpu.ARM64).isPresent()
                        ? 40
                        : word.isWide() ? 56 : 32;
        long block = word.address() - offset;
        OptionalLong joined = word.memory().u4(word.address() - 8);
        boolean fits = word.call().value() == JOINABLE
                && points(word, block, OptionalLong.of(block))
                && joined.isPresent()
                && word.isAlive(joined.getAsLong());
        return fits
                ? Optional.of(HeldLock.of(Wait.Kind.JOIN, "thread", word.address(), word.waiters())
                        .owner(joined.getAsLong(), true)
                        .held(true))
                : Optional.empty();
    }

    /** A FILE's lock holds its owner's id, and bit 30 where somebody may wait (__lockfile.c). */
    static Optional<HeldLock> streamLock(FutexWord word) {
        long owner = word.call().value() & OWNER_MASK;
        boolean fits = word.isUnchanged()
                && (word.call().value() & 0xc000_0000L) == OWNER_DIED
                && word.call().isPrivate()
                && word.isAlive(owner);
        return fits
                ? Optional.of(HeldLock.of(
                                Wait.Kind.INTERNAL_LOCK,
                                "lock of a stdio stream",
                                word.address(),
                                word.waiters())
                        .owner(owner, true)
                        .held(true))
                : Optional.empty();
    }
}
