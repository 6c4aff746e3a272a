package dev.mortem.analyze.wait;

import dev.mortem.base.address.Addresses;
import dev.mortem.stack.symbol.Argument;

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
 * @param futex the futex call it stands in, where it is one and its arguments are known
 * @param limit when the wait ends by itself; empty for a wait without end
 * @param call the system call it stands in, where that is known and is no futex
 * @param party who should end the wait, where that is known and is outside of this process
 * @param object what the function that waits was called with, where it is not seen which call it stands in
 */
public record Wait(
        Kind kind,
        String text,
        OptionalLong address,
        OptionalLong threadId,
        Optional<FutexCall> futex,
        Optional<TimeLimit> limit,
        Optional<Call> call,
        Optional<Party> party,
        Optional<Argument> object) {

    /** A wait that is no futex and has no time limit, of which neither call nor other party is known. */
    public Wait(Kind kind, String text, OptionalLong address, OptionalLong threadId) {
        this(kind, text, address, threadId, Optional.empty(), Optional.empty());
    }

    /** A wait of which neither the call, unless it is a futex, nor the other party is known. */
    public Wait(
            Kind kind,
            String text,
            OptionalLong address,
            OptionalLong threadId,
            Optional<FutexCall> futex,
            Optional<TimeLimit> limit) {
        this(
                kind,
                text,
                address,
                threadId,
                futex,
                limit,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
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
        return new Wait(
                kind, text, address, threadId, futex, limit, Optional.of(where), party, object);
    }

    /** This wait for that object. */
    Wait at(Argument known) {
        return new Wait(
                kind,
                text + " at " + Addresses.hex(known.value()),
                OptionalLong.of(known.value()),
                threadId,
                futex,
                limit,
                call,
                party,
                Optional.of(known));
    }

    /** This wait, understood better. */
    public Wait as(Kind better, String words, Optional<Party> other) {
        return new Wait(better, words, address, threadId, futex, limit, call, other, object);
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
        return new Wait(better, words, address, thread, futex, limit, call, party, object);
    }
}
