package dev.mortem.analyze.wait;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What one thread waits for.
 *
 * @param text what a sentence says after "waits for": "events (epoll_wait on descriptor 5)"
 * @param address of the lock or futex word it waits at
 * @param threadId the thread whose end it waits for
 * @param call the system call it stands in, where that is known and is no futex
 * @param party who should end the wait, where that is known and is outside of this process
 */
public record Wait(
        Kind kind,
        String text,
        OptionalLong address,
        OptionalLong threadId,
        Optional<Call> call,
        Optional<Party> party) {

    /** A wait of which neither the call nor the other party is known. */
    public Wait(Kind kind, String text, OptionalLong address, OptionalLong threadId) {
        this(kind, text, address, threadId, Optional.empty(), Optional.empty());
    }

    /**
     * A system call that waits.
     *
     * @param descriptor its first argument, where that is a file descriptor
     * @param arguments six, each known or not
     */
    public record Call(String name, OptionalInt descriptor, List<OptionalLong> arguments) {
        public Call {
            arguments = List.copyOf(arguments);
        }

        public OptionalLong argument(int index) {
            return arguments.get(index);
        }

        /** "epoll_wait on descriptor 5". */
        public String text() {
            return name + (descriptor.isPresent() ? " on descriptor " + descriptor.getAsInt() : "");
        }
    }

    /** @param name in a sentence: "10.0.0.5:5432", "process 812 (backup)", "child 4711 (convert)" */
    public record Party(Role role, String name) {}

    /** What the other party is to this process. */
    public enum Role {
        /** It was asked, and owes an answer. */
        SERVER,
        /** It may ask, and owes nothing: a connection kept alive looks like that. */
        CLIENT,
        /** Another process of this machine. */
        PROCESS
    }

    /** This wait in that call. */
    Wait in(Call where) {
        return new Wait(kind, text, address, threadId, Optional.of(where), party);
    }

    /** This wait, understood better. */
    public Wait as(Kind better, String words, Optional<Party> other) {
        return new Wait(better, words, address, threadId, call, other);
    }

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
