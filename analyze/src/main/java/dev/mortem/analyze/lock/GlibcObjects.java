package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.FutexCall;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.address.Addresses;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The pthread objects of glibc 2.25 to 2.41, from the futex word that a thread waits at. Stateless.
 *
 * <p>Layouts: sysdeps/nptl/bits/struct_mutex.h, struct_rwlock.h and thread-shared-types.h, their
 * variants for x86 and aarch64, and sysdeps/nptl/internaltypes.h. Each object is judged by all of its
 * fields together: what does not fit is empty here, never a guess.
 */
final class GlibcObjects {
    private static final int MUTEX_KIND_MASK = 0x3;
    private static final int MUTEX_ROBUST = 0x10;
    private static final int MUTEX_PI = 0x20;
    private static final int MUTEX_PROTECT = 0x40;
    private static final int MUTEX_SHARED = 0x80;
    /** Everything that __kind may have set: type, robust, PI, PP, shared, elision. */
    private static final int MUTEX_KIND_BITS = 0x3f3;
    /** A priority ceiling stands above these bits of the lock word. */
    private static final long PROTECT_STATE_MASK = 0x7ffffL;
    /** PTHREAD_MUTEX_NOTRECOVERABLE and PTHREAD_MUTEX_INCONSISTENT, in place of an owner. */
    private static final long OWNER_MARKS_MIN = 0x7fff_fffeL;

    private static final long WRITE_PHASE = 1;
    private static final long WRITE_LOCKED = 2;
    private static final int READERS_SHIFT = 3;

    /** What 2.41 took out of the condition variable stood in front of __wrefs. */
    private static final int WREFS_BEFORE_2_41 = 9;

    private static final int WREFS_SINCE_2_41 = 7;
    private static final int WAITERS_SHIFT = 3;
    /** A cleanup buffer lies in the frame of pthread_cond_wait, just above the system call's. */
    private static final int STACK_WORDS_MAX = 512;

    private GlibcObjects() {}

    /** Everything that the word may be part of, the sure ones and the likely. */
    static List<HeldLock> candidates(FutexWord word) {
        List<HeldLock> all = new ArrayList<>();
        mutex(word).ifPresent(all::add);
        condition(word).ifPresent(all::add);
        semaphore(word).ifPresent(all::add);
        barrier(word).ifPresent(all::add);
        readWriteLock(word).ifPresent(all::add);
        join(word).ifPresent(all::add);
        streamLock(word).ifPresent(all::add);
        return all;
    }

    /**
     * __lock at 0, __count at 4, __owner at 8; then __nusers and __kind where pointers have 8 bytes,
     * __kind and __nusers where they have 4. A thread waits with FUTEX_WAIT and value 2, with
     * FUTEX_WAIT_BITSET where it has a time limit, at a robust mutex with the owner's id, and with
     * FUTEX_LOCK_PI.
     */
    static Optional<HeldLock> mutex(FutexWord word) {
        Optional<long[]> fields = word.words(word.address(), 5);
        if (fields.isEmpty()) {
            return Optional.empty();
        }
        long lock = fields.get()[0];
        long count = fields.get()[1];
        long owner = fields.get()[2];
        long users = fields.get()[word.isWide() ? 3 : 4];
        long kind = fields.get()[word.isWide() ? 4 : 3];
        int bits = (int) kind;
        // Robust and PI mutexes have the owner's tid in the lock word itself, which is never stale.
        boolean tidInWord = (bits & (MUTEX_ROBUST | MUTEX_PI)) != 0;
        boolean sound = (kind & ~MUTEX_KIND_BITS) == 0
                && users <= FutexWord.TID_MAX
                && (owner <= FutexWord.TID_MAX
                        || ((bits & MUTEX_ROBUST) != 0 && owner >= OWNER_MARKS_MIN))
                && waitsLike(word, bits, lock);
        if (!sound) {
            return Optional.empty();
        }
        long state = (bits & MUTEX_PROTECT) != 0 ? lock & PROTECT_STATE_MASK : lock;
        long holder = tidInWord ? lock & TidWord.TID_MASK : state == 0 ? 0 : owner;
        boolean named = word.isNamed(Wait.Kind.MUTEX);
        boolean sure = named || (word.isAlive(holder) && users > 0 && users <= 1000);
        if (!named && holder == 0) {
            return Optional.empty();
        }
        HeldLock mutex = HeldLock.of(Wait.Kind.MUTEX, name(bits), word.address(), word.waiters())
                .held(state != 0)
                .probable(!sure)
                .taken((bits & MUTEX_KIND_MASK) == 1 ? count : 0);
        if (holder != 0) {
            mutex = mutex.owner(holder, word.isAlive(holder));
        }
        boolean left = tidInWord && (lock & TidWord.OWNER_DIED) != 0;
        return Optional.of(left ? mutex.left() : mutex);
    }

    private static boolean waitsLike(FutexWord word, int kind, long lock) {
        FutexCall call = word.call();
        if (call.command() == FutexCall.UNSEEN) {
            return true;
        }
        if ((kind & MUTEX_PI) != 0) {
            return call.locksPi();
        }
        if ((kind & MUTEX_ROBUST) != 0) {
            return call.waits()
                    && (call.value() & TidWord.WAITERS) != 0
                    && (call.value() & TidWord.TID_MASK) == (lock & TidWord.TID_MASK);
        }
        long value = (kind & MUTEX_PROTECT) != 0 ? call.value() & PROTECT_STATE_MASK : call.value();
        return call.waits() && value == 2 && ((kind & MUTEX_SHARED) == 0) == call.isPrivate();
    }

    /** A priority-inheriting mutex that a living thread holds and for which another asked. */
    static Optional<HeldLock> heldPi(FutexWord word, long address) {
        Optional<long[]> fields = word.words(address, 5);
        if (fields.isEmpty()) {
            return Optional.empty();
        }
        long kind = fields.get()[word.isWide() ? 4 : 3];
        long users = fields.get()[word.isWide() ? 3 : 4];
        long owner = fields.get()[0] & TidWord.TID_MASK;
        boolean fits = (kind & ~MUTEX_KIND_BITS) == 0
                && (kind & MUTEX_PI) != 0
                && users > 0
                && users <= FutexWord.TID_MAX
                && fields.get()[2] == owner
                && word.isAlive(owner);
        return fits
                ? Optional.of(StuckLock.lock(word, name((int) kind), address, owner))
                : Optional.empty();
    }

    private static String name(int kind) {
        StringBuilder name = new StringBuilder();
        if ((kind & MUTEX_ROBUST) != 0) {
            name.append("robust ");
        }
        if ((kind & MUTEX_PI) != 0) {
            name.append("priority-inheriting ");
        }
        if ((kind & MUTEX_PROTECT) != 0) {
            name.append("priority-protected ");
        }
        name.append(
                switch (kind & MUTEX_KIND_MASK) {
                    case 1 -> "recursive ";
                    case 2 -> "error-checking ";
                    default -> "";
                });
        return name.append("mutex").toString();
    }

    /**
     * __readers at 0, __writers at 4, __wrphase_futex at 8, __writers_futex at 12; then __cur_writer at
     * 24 and __shared at 28, or on 32-bit machines flags and __shared as bytes at 24 and __cur_writer
     * at 28. Readers wait at __wrphase_futex for the writer, writers at __writers_futex for the writer
     * in front of them and at __wrphase_futex for the readers (nptl/pthread_rwlock_common.c).
     */
    static Optional<HeldLock> readWriteLock(FutexWord word) {
        Optional<HeldLock> found = Optional.empty();
        for (int offset : new int[] {8, 12, 0}) {
            found = surer(found, readWriteLock(word, offset));
        }
        return found;
    }

    private static Optional<HeldLock> readWriteLock(FutexWord word, int offset) {
        long start = word.address() - offset;
        Optional<long[]> fields = word.words(start, word.isWide() ? 13 : 8);
        if (fields.isEmpty() || !word.call().waits()) {
            return Optional.empty();
        }
        long[] field = fields.get();
        long writer = field[word.isWide() ? 6 : 7];
        long shared = word.isWide() ? field[7] : field[6] >>> 8 & 0xff;
        long flags = word.isWide() ? field[12] : field[6] & 0xff;
        boolean sound = field[2] <= 3
                && (field[3] & 0x7fff_ffffL) <= 3
                && field[4] == 0
                && field[5] == 0
                && (writer == 0 || FutexWord.isTid(writer))
                && shared <= 1
                && flags <= 2
                && field[1] <= FutexWord.TID_MAX
                && (shared == 0) == word.call().isPrivate();
        long readers = field[0] >>> READERS_SHIFT;
        boolean writing = (field[0] & WRITE_PHASE) != 0;
        boolean locked = (field[0] & WRITE_LOCKED) != 0;
        int waiting = word.waiters().size();
        int value = word.call().value();
        boolean fits = switch (offset) {
            case 8 ->
                value == 3 ? writing && readers >= waiting : value == 2 && locked && readers > 0;
            case 12 -> value == 3 && field[3] == 3 && locked;
            default ->
                (value & 4) != 0 && locked && readers > 0; // new readers let writers go first
        };
        boolean named = word.isNamed(Wait.Kind.READ_WRITE_LOCK);
        boolean likely = readers <= word.around().threadIds().size()
                && (!writing || !locked || writer == 0 || word.isAlive(writer));
        if (!sound || readers > FutexWord.TID_MAX || !(named || (fits && likely))) {
            return Optional.empty();
        }
        HeldLock lock =
                HeldLock.of(Wait.Kind.READ_WRITE_LOCK, "read-write lock", start, word.waiters());
        if (writing && locked) {
            boolean alive = word.isAlive(writer);
            lock = lock.held(true).probable(!named && !(alive && fits));
            return Optional.of(
                    writer == 0
                            ? lock.detail("held by a writer; which thread is not recorded yet")
                            : lock.owner(writer, alive).detail("held by a writer"));
        }
        return Optional.of(lock.held(readers > 0)
                .probable(!named)
                .detail(readers == 0 ? "free at this moment" : heldByReaders(readers)));
    }

    /**
     * Waiters sleep at one of two words __g_signals, behind __wrefs, whose upper bits count them: at 40
     * and 44 with __wrefs at 36, since 2.41 at 32 and 36 with __wrefs at 28.
     */
    static Optional<HeldLock> condition(FutexWord word) {
        List<Integer> layouts = word.around().libc().isBefore(2, 41)
                ? List.of(WREFS_BEFORE_2_41, WREFS_SINCE_2_41)
                : List.of(WREFS_SINCE_2_41, WREFS_BEFORE_2_41);
        Optional<HeldLock> found = Optional.empty();
        for (int layout : layouts) {
            for (int group = 0; group < 2; group++) {
                found = surer(found, condition(word, layout, group));
            }
        }
        return found;
    }

    private static Optional<HeldLock> condition(FutexWord word, int wrefs, int group) {
        long start = word.address() - 4L * (wrefs + 1 + group);
        Optional<long[]> fields = word.words(start, 12);
        boolean waits = word.call().command() == FutexCall.WAIT_BITSET
                || word.call().command() == FutexCall.WAIT;
        if (fields.isEmpty() || !waits || (word.call().value() & 1) != 0) {
            return Optional.empty();
        }
        long[] field = fields.get();
        boolean old = wrefs == WREFS_BEFORE_2_41;
        int waiting =
                word.waitersAt(start + 4L * (wrefs + 1)) + word.waitersAt(start + 4L * (wrefs + 2));
        long waiters = field[wrefs] >>> WAITERS_SHIFT;
        long sequence = (field[1] << 32 | field[0]) >>> 1;
        long groupStart = (field[3] << 32 | field[2]) >>> 1;
        boolean sound = waiters >= waiting
                && waiters <= FutexWord.TID_MAX
                && (field[wrefs] & 1) == (word.call().isPrivate() ? 0 : 1)
                && Long.compareUnsigned(sequence, groupStart) >= 0
                && Long.compareUnsigned(sequence, waiting) >= 0
                && (old ? field[4 + group] >>> 1 >= word.waiters().size() : field[10] == 0);
        if (!sound) {
            return Optional.empty();
        }
        boolean sure = word.isNamed(Wait.Kind.CONDITION) || waiters == waiting;
        HeldLock condition =
                HeldLock.of(Wait.Kind.CONDITION, "condition variable", start, word.waiters());
        return Optional.of(condition
                .probable(!sure)
                .detail(mutexOf(word, start)
                        .map(mutex -> "used with mutex " + Addresses.hex(mutex))
                        .orElse("its mutex is not known")));
    }

    /**
     * struct _condvar_cleanup_buffer on the waiter's stack (nptl/pthread_cond_wait.c): the condition's
     * address, then its mutex's.
     */
    private static Optional<Long> mutexOf(FutexWord word, long condition) {
        long sp = word.call().sp().orElse(0);
        int size = word.pointerSizeBytes();
        for (int index = 0; sp != 0 && index < STACK_WORDS_MAX; index++) {
            long at = sp + (long) index * size;
            OptionalLong first = word.memory().pointer(at);
            if (first.isEmpty()) {
                return Optional.empty();
            }
            OptionalLong mutex = first.getAsLong() == condition
                    ? word.memory().pointer(at + size)
                    : OptionalLong.empty();
            if (mutex.isPresent() && looksLikeMutex(word, mutex.getAsLong())) {
                return Optional.of(mutex.getAsLong());
            }
        }
        return Optional.empty();
    }

    private static boolean looksLikeMutex(FutexWord word, long address) {
        Optional<long[]> fields = word.words(address, 5);
        return (address & 3) == 0
                && fields.isPresent()
                && (fields.get()[word.isWide() ? 4 : 3] & ~MUTEX_KIND_BITS) == 0
                && fields.get()[2] <= FutexWord.TID_MAX
                && fields.get()[word.isWide() ? 3 : 4] <= FutexWord.TID_MAX;
    }

    /**
     * struct new_sem: the value at 0 and the number of waiters at 4, then private at 8; where there are
     * no 64-bit atomics the value shifted by one at 0, private at 4, the waiters at 12.
     */
    static Optional<HeldLock> semaphore(FutexWord word) {
        Optional<long[]> fields = word.words(word.address(), 4);
        FutexCall call = word.call();
        if (fields.isEmpty() || call.command() != FutexCall.WAIT_BITSET) {
            return Optional.empty();
        }
        long[] field = fields.get();
        long waiters = field[word.isWide() ? 1 : 3];
        long shared = field[word.isWide() ? 2 : 1];
        long value = word.isWide() ? field[0] : field[0] >>> 1;
        boolean sound = call.value() == (word.isWide() ? 0 : 1)
                && waiters >= word.waiters().size()
                && waiters <= FutexWord.TID_MAX
                && shared == (call.isPrivate() ? 0 : 0x80)
                && (word.isUnchanged() || word.isNamed(Wait.Kind.SEMAPHORE));
        if (!sound) {
            return Optional.empty();
        }
        boolean sure =
                word.isNamed(Wait.Kind.SEMAPHORE) || waiters == word.waiters().size();
        return Optional.of(
                HeldLock.of(Wait.Kind.SEMAPHORE, "semaphore", word.address(), word.waiters())
                        .probable(!sure)
                        .detail("value " + value + "; a semaphore does not record who took it"));
    }

    /** struct pthread_barrier: in at 0, current_round at 4, count at 8, shared at 12, out at 16. */
    static Optional<HeldLock> barrier(FutexWord word) {
        long start = word.address() - 4;
        Optional<long[]> fields = word.words(start, 5);
        if (fields.isEmpty() || word.call().command() != FutexCall.WAIT) {
            return Optional.empty();
        }
        long[] field = fields.get();
        long arrived = field[0] - field[1];
        boolean sound = word.isUnchanged()
                && arrived >= word.waiters().size()
                && field[2] > arrived
                && field[2] <= Integer.MAX_VALUE
                && field[3] == (word.call().isPrivate() ? 0 : 0x80)
                && field[4] <= field[1]
                && field[1] % field[2] == 0;
        if (!sound) {
            return Optional.empty();
        }
        boolean sure =
                word.isNamed(Wait.Kind.BARRIER) || arrived == word.waiters().size();
        return Optional.of(HeldLock.of(Wait.Kind.BARRIER, "barrier", start, word.waiters())
                .probable(!sure)
                .detail(arrivals(arrived, field[2])));
    }

    /**
     * pthread_join waits at the joined thread's id in its control block, which the kernel clears when the
     * thread ends; that wait is shared.
     */
    static Optional<HeldLock> join(FutexWord word) {
        long joined = word.call().value();
        boolean absent = word.value().isEmpty() && word.isNamed(Wait.Kind.JOIN);
        boolean fits = word.call().waits()
                && !word.call().isPrivate()
                && (word.isUnchanged() || absent)
                && FutexWord.isTid(joined)
                && word.isAlive(joined)
                && !word.waiters().contains(joined);
        if (!fits) {
            return Optional.empty();
        }
        OptionalLong block = word.around().threadPointers().entrySet().stream()
                .filter(entry -> entry.getValue() == joined)
                .mapToLong(entry -> entry.getKey())
                .findFirst();
        boolean inBlock = block.isPresent()
                && Long.compareUnsigned(word.address() - block.getAsLong(), 0x1000) < 0;
        boolean sure = word.isNamed(Wait.Kind.JOIN) || inBlock;
        return Optional.of(HeldLock.of(Wait.Kind.JOIN, "thread", word.address(), word.waiters())
                .owner(joined, true)
                .held(true)
                .probable(!sure));
    }

    /** _IO_lock_t of a FILE: lock at 0, a count at 4, the owner's control block at 8. */
    static Optional<HeldLock> streamLock(FutexWord word) {
        Optional<long[]> fields = word.words(word.address(), 2);
        OptionalLong owner = word.memory().pointer(word.address() + 8);
        boolean fits = fields.isPresent()
                && word.call().command() == FutexCall.WAIT
                && word.call().value() == 2
                && fields.get()[1] < 10_000
                && owner.isPresent()
                && word.around().threadPointers().containsKey(owner.getAsLong());
        if (!fits) {
            return Optional.empty();
        }
        long holder = word.around().threadPointers().getOrDefault(owner.orElse(0), 0L);
        return Optional.of(HeldLock.of(
                        Wait.Kind.INTERNAL_LOCK,
                        "lock of a stdio stream",
                        word.address(),
                        word.waiters())
                .owner(holder, word.isAlive(holder))
                .held(fields.get()[0] != 0));
    }

    /** "3 of 8 threads have arrived". */
    static String arrivals(long arrived, long total) {
        return arrived + " of " + counted(total, "thread") + (arrived == 1 ? " has" : " have")
                + " arrived";
    }

    /** "held by 3 readers; which threads is not recorded". */
    static String heldByReaders(long readers) {
        return "held by " + counted(readers, "reader") + "; which threads is not recorded";
    }

    /** The first that is certain, else the last. */
    private static Optional<HeldLock> surer(Optional<HeldLock> found, Optional<HeldLock> here) {
        return here.isPresent() && (found.isEmpty() || found.get().probable()) ? here : found;
    }

    private static String counted(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
