package dev.mortem.analyze.wait;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one thread waits for.
 *
 * @param text what a sentence says after "waits for": "events (epoll_wait on descriptor 5)"
 * @param address of the lock or futex word it waits at
 * @param threadId the thread whose end it waits for
 * @param futex the futex call it stands in, where it is one and its arguments are known
 * @param limit when the wait ends by itself; empty for a wait without end
 */
public record Wait(
        Kind kind,
        String text,
        OptionalLong address,
        OptionalLong threadId,
        Optional<FutexCall> futex,
        Optional<TimeLimit> limit) {

    /** A wait that is no futex and has no time limit. */
    public Wait(Kind kind, String text, OptionalLong address, OptionalLong threadId) {
        this(kind, text, address, threadId, Optional.empty(), Optional.empty());
    }

    /** What kind of thing; decides whether a waiting thread is idle or held up. */
    public enum Kind {
        /** A lock with an owner. */
        MUTEX(false, true),
        READ_WRITE_LOCK(false, true),
        /** A lock inside libc, which records no owner. */
        INTERNAL_LOCK(false, true),
        CONDITION(true, true),
        SEMAPHORE(true, true),
        /** Until a number of threads has come to the same place. */
        BARRIER(false, true),
        /** Until a counter has come down to zero. */
        LATCH(false, true),
        /** Until another thread has initialised something once for all. */
        ONCE(false, true),
        /** The result of another thread's work. */
        RESULT(false, true),
        /** Until another thread unparks this one. */
        PARK(true, true),
        JOIN(false, true),
        /** A futex of which only the address is known. */
        FUTEX(true, true),
        SLEEP(true, false),
        /** poll, select, epoll: any of several descriptors, or a time. */
        EVENTS(true, false),
        ACCEPT(true, false),
        /** Data of a file, socket or pipe. */
        INPUT(false, false),
        OUTPUT(false, false),
        CONNECT(false, false),
        /** A file lock. */
        FILE_LOCK(false, false),
        CHILD(false, false),
        SIGNAL(true, false);

        private final boolean idle;
        private final boolean inMemory;

        Kind(boolean idle, boolean inMemory) {
            this.idle = idle;
            this.inMemory = inMemory;
        }

        /** Whether threads without work usually wait like this. */
        public boolean isIdle() {
            return idle;
        }

        /** Whether only a thread that shares this memory can end such a wait. */
        public boolean isInMemory() {
            return inMemory;
        }
    }

    /**
     * Whether nobody outside of this process can end the wait: it is for something in memory of this
     * process alone, and has no time limit. A System V semaphore and a futex that is shared are not.
     */
    public boolean endsOnlyFromWithin() {
        boolean shared = futex.isPresent()
                && !futex.get().isPrivate()
                && kind != Kind.JOIN
                && kind != Kind.RESULT
                && kind != Kind.ONCE;
        return kind.isInMemory() && futex.isPresent() && !shared && limit.isEmpty();
    }

    /** This wait, understood better. */
    public Wait as(Kind better, String words, OptionalLong thread) {
        return new Wait(better, words, address, thread, futex, limit);
    }
}
