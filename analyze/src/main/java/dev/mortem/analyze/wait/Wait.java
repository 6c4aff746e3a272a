package dev.mortem.analyze.wait;

import java.util.OptionalLong;

/**
 * What one thread waits for.
 *
 * @param text what a sentence says after "waits for": "events (epoll_wait on descriptor 5)"
 * @param address of the lock or futex word it waits at
 * @param threadId the thread whose end it waits for
 */
public record Wait(Kind kind, String text, OptionalLong address, OptionalLong threadId) {

    /** What kind of thing; decides whether a waiting thread is idle or held up. */
    public enum Kind {
        /** A lock with an owner. */
        MUTEX(false),
        READ_WRITE_LOCK(false),
        /** A lock inside libc, which records no owner. */
        INTERNAL_LOCK(false),
        CONDITION(true),
        SEMAPHORE(true),
        JOIN(false),
        /** A futex of which only the address is known. */
        FUTEX(true),
        SLEEP(true),
        /** poll, select, epoll: any of several descriptors, or a time. */
        EVENTS(true),
        ACCEPT(true),
        /** Data of a file, socket or pipe. */
        INPUT(false),
        OUTPUT(false),
        CONNECT(false),
        /** A file lock. */
        FILE_LOCK(false),
        CHILD(false),
        SIGNAL(true);

        private final boolean idle;

        Kind(boolean idle) {
            this.idle = idle;
        }

        /** Whether threads without work usually wait like this. */
        public boolean isIdle() {
            return idle;
        }
    }
}
