package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads the locks that threads wait for. Immutable, safe for any thread.
 *
 * <p>pthread_mutex_t of glibc (sysdeps/nptl/bits/struct_mutex.h; x86/nptl/bits/struct_mutex.h):
 * __lock
 * at 0, __count at 4, __owner at 8; then __nusers at 12 and __kind at 16 where pointers have 8
 * bytes,
 * __kind at 12 and __nusers at 16 where they have 4. pthread_rwlock_t: __wrphase_futex at 8,
 * __writers_futex at 12, __cur_writer at 24.
 */
public final class LockFinder {
    private static final int MUTEX_KIND_MASK = 0x3;
    private static final int MUTEX_ROBUST = 0x10;
    private static final int MUTEX_PI = 0x20;
    private static final int MUTEX_PROTECT = 0x40;
    /** Everything that __kind may have set: type, robust, PI, PP, shared, elision. */
    private static final int MUTEX_KIND_BITS = 0x3f3;
    /** The largest pid that Linux gives (PID_MAX_LIMIT). */
    private static final int TID_MAX = 4 * 1024 * 1024;
    /** Owner of a robust mutex whose holder died and which nobody has made consistent. */
    private static final long OWNER_DEAD_BIT = 0x4000_0000L;

    private final MemoryReader memory;
    private final Set<Long> threadIds;

    public LockFinder(MemoryReader memory, Set<Long> threadIds) {
        this.memory = memory;
        this.threadIds = Set.copyOf(threadIds);
    }

    /**
     * The locks in the order of their first waiter. {@code waits} is by thread id, in their
     * order.
     */
    public List<HeldLock> find(Map<Long, Wait> waits) {
        Map<Long, List<Long>> waitersAt = new LinkedHashMap<>();
        Map<Long, Wait> waitAt = new LinkedHashMap<>();
        waits.forEach((threadId, wait) -> {
            if (isLock(wait.kind()) && wait.address().isPresent()) {
                long address = wait.address().getAsLong();
                waitersAt.computeIfAbsent(address, key -> new ArrayList<>()).add(threadId);
                waitAt.putIfAbsent(address, wait);
            }
        });
        List<HeldLock> locks = new ArrayList<>();
        waitersAt.forEach((address, waiters) -> locks.add(read(
                waitAt.getOrDefault(address, waits.values().iterator().next()), address, waiters)));
        return List.copyOf(locks);
    }

    private static boolean isLock(Wait.Kind kind) {
        return kind == Wait.Kind.MUTEX
                || kind == Wait.Kind.READ_WRITE_LOCK
                || kind == Wait.Kind.INTERNAL_LOCK;
    }

    private HeldLock read(Wait wait, long address, List<Long> waiters) {
        Optional<HeldLock> lock = switch (wait.kind()) {
            case MUTEX -> mutex(address, waiters);
            case READ_WRITE_LOCK -> readWriteLock(address, waiters);
            default -> Optional.empty();
        };
        return lock.orElseGet(() -> {
            OptionalLong word = memory.u4(address);
            return new HeldLock(
                    wait.kind() == Wait.Kind.READ_WRITE_LOCK ? "read-write lock" : "lock",
                    address,
                    OptionalLong.empty(),
                    false,
                    word.orElse(1) != 0,
                    waiters,
                    0);
        });
    }

    private Optional<HeldLock> mutex(long address, List<Long> waiters) {
        boolean wide = memory.machine().pointerSizeBytes() == 8;
        OptionalLong word = memory.u4(address);
        OptionalLong count = memory.u4(address + 4);
        OptionalLong owner = memory.u4(address + 8);
        OptionalLong users = memory.u4(address + (wide ? 12 : 16));
        OptionalLong kind = memory.u4(address + (wide ? 16 : 12));
        if (word.isEmpty() || count.isEmpty() || owner.isEmpty() || kind.isEmpty()) {
            return Optional.empty();
        }
        boolean sound = (kind.getAsLong() & ~MUTEX_KIND_BITS) == 0
                && owner.getAsLong() <= TID_MAX
                && users.orElse(0) <= TID_MAX;
        if (!sound) {
            return Optional.empty(); // some other lock at a futex: it records no owner
        }
        int bits = (int) kind.getAsLong();
        // Robust and PI mutexes have the owner's tid in the lock word itself, which is never stale.
        boolean tidInWord = (bits & (MUTEX_ROBUST | MUTEX_PI)) != 0;
        long holder = tidInWord
                ? word.getAsLong() & 0x3fff_ffffL
                : word.getAsLong() == 0 ? 0 : owner.getAsLong();
        boolean dead = tidInWord && (word.getAsLong() & OWNER_DEAD_BIT) != 0;
        return Optional.of(new HeldLock(
                name(bits) + (dead ? " (owner died)" : ""),
                address,
                holder == 0 ? OptionalLong.empty() : OptionalLong.of(holder),
                threadIds.contains(holder),
                word.getAsLong() != 0,
                waiters,
                (bits & MUTEX_KIND_MASK) == 1 ? count.getAsLong() : 0));
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

    /** The futex word is one of two in the lock; the one that gives a sound writer is right. */
    private Optional<HeldLock> readWriteLock(long futex, List<Long> waiters) {
        for (long start : new long[] {futex - 8, futex - 12}) {
            OptionalLong writer = memory.u4(start + 24);
            OptionalLong shared = memory.u4(start + 28);
            if (writer.isPresent()
                    && shared.isPresent()
                    && shared.getAsLong() <= 1
                    && threadIds.contains(writer.getAsLong())) {
                return Optional.of(
                        new HeldLock("read-write lock", start, writer, true, true, waiters, 0));
            }
        }
        return Optional.empty();
    }
}
