package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.address.Addresses;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A lock, or another thing in memory, that somebody waits for. Immutable.
 *
 * @param type what kind of wait it is
 * @param kind as people call it: "mutex", "recursive mutex", "semaphore", "Rust mutex" …
 * @param address where it starts; where that is not known, the futex word that is waited at
 * @param ownerThreadId who holds it; empty where nobody does and where it is not recorded
 * @param ownerAlive whether that thread is among the snapshot's
 * @param ownerDied whether the kernel marked it as left behind by a thread that ended
 * @param held whether it is locked at all; false for what cannot be held, as a condition variable
 * @param waiters thread ids, in the snapshot's order
 * @param recursion how often the owner has taken it; 0 where that is unknown
 * @param probable whether it is only likely to be what {@code kind} says: nothing but the memory around
 *     the word tells
 * @param detail what else is known, and what is not: "3 of 8 threads have arrived"
 */
public record HeldLock(
        Wait.Kind type,
        String kind,
        long address,
        OptionalLong ownerThreadId,
        boolean ownerAlive,
        boolean ownerDied,
        boolean held,
        List<Long> waiters,
        long recursion,
        boolean probable,
        Optional<String> detail) {
    public HeldLock {
        waiters = List.copyOf(waiters);
    }

    /** Something that nobody holds, as far as is known. */
    static HeldLock of(Wait.Kind type, String kind, long address, List<Long> waiters) {
        return new HeldLock(
                type,
                kind,
                address,
                OptionalLong.empty(),
                false,
                false,
                false,
                waiters,
                0,
                false,
                Optional.empty());
    }

    HeldLock held(boolean taken) {
        return changed(draft -> draft.held = taken);
    }

    HeldLock owner(long threadId, boolean alive) {
        return changed(draft -> {
            draft.ownerThreadId = OptionalLong.of(threadId);
            draft.ownerAlive = alive;
        });
    }

    HeldLock left() {
        return changed(draft -> draft.ownerDied = true);
    }

    HeldLock taken(long times) {
        return changed(draft -> draft.recursion = times);
    }

    HeldLock probable(boolean likely) {
        return changed(draft -> draft.probable = likely);
    }

    HeldLock detail(String text) {
        return changed(draft -> draft.detail = Optional.of(text));
    }

    /** The same with the waiters of another word of the same object. */
    HeldLock and(HeldLock other) {
        return changed(draft -> {
            draft.waiters = Stream.concat(waiters.stream(), other.waiters.stream())
                    .distinct()
                    .toList();
            draft.probable = probable && other.probable;
            draft.detail = detail.or(other::detail);
        });
    }

    private HeldLock changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.lock();
    }

    /** What may change of a lock while more of it is found out. */
    private static final class Draft {
        private final HeldLock from;
        private OptionalLong ownerThreadId;
        private boolean ownerAlive;
        private boolean ownerDied;
        private boolean held;
        private List<Long> waiters;
        private long recursion;
        private boolean probable;
        private Optional<String> detail;

        private Draft(HeldLock from) {
            this.from = from;
            ownerThreadId = from.ownerThreadId;
            ownerAlive = from.ownerAlive;
            ownerDied = from.ownerDied;
            held = from.held;
            waiters = from.waiters;
            recursion = from.recursion;
            probable = from.probable;
            detail = from.detail;
        }

        private HeldLock lock() {
            return new HeldLock(
                    from.type,
                    from.kind,
                    from.address,
                    ownerThreadId,
                    ownerAlive,
                    ownerDied,
                    held,
                    waiters,
                    recursion,
                    probable,
                    detail);
        }
    }

    /** Whether it is held and whoever held it is gone. */
    public boolean isOrphaned() {
        return held && (ownerDied || (ownerThreadId.isPresent() && !ownerAlive));
    }

    /** "mutex 0x55d0", "mutex 0x55d0 (probably)". */
    public String name() {
        return kind + " " + Addresses.hex(address) + (probable ? " (probably)" : "");
    }
}
