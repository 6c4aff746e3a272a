package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.WaitFunction;

import java.util.Optional;

/**
 * Locks that C++ and Rust make of futex words of their own: they record no owner, and which kind it is
 * only names of functions tell. Stateless.
 *
 * <p>Rust: library/std/src/sys/sync (mutex/futex.rs, rwlock/futex.rs). libstdc++: bits/atomic_wait.h,
 * latch, semaphore_base.h, src/c++11/futex.cc.
 */
final class LanguageObjects {
    /** Rust's lock word, the readers; all ones for a writer. */
    private static final long RUST_READERS_MASK = 0x3fff_ffffL;

    /** libstdc++ and Rust wait for a moment's value of their own, without anything around it to check. */
    private static final int GUARD_WAITING = 0x1_0100;

    private static final int FUTURE_WAITERS = 0x8000_0000;
    private static final int PARKED = -1;

    private LanguageObjects() {}

    /** What the names say; empty where they name no such lock. */
    static Optional<HeldLock> named(FutexWord word) {
        return word.call().function().flatMap(function -> switch (function.library()) {
            case CPP -> cpp(word, function);
            case RUST -> rust(word, function);
            case C, PYTHON, OTHER -> Optional.empty();
        });
    }

    private static Optional<HeldLock> cpp(FutexWord word, WaitFunction function) {
        return switch (function.kind()) {
            case RESULT -> Optional.of(future(word));
            case SEMAPHORE ->
                Optional.of(at(word, Wait.Kind.SEMAPHORE, "std::counting_semaphore")
                        .detail("a semaphore does not record who took it"));
            case LATCH ->
                Optional.of(at(word, Wait.Kind.LATCH, "std::latch")
                        .detail(
                                word.value().isPresent()
                                        ? "its counter is " + (int) word.value().getAsLong()
                                        : "its counter is not in the dump"));
            case BARRIER -> Optional.of(at(word, Wait.Kind.BARRIER, "std::barrier"));
            case ONCE -> Optional.of(guard(word));
            default ->
                function.function().equals("std::atomic")
                        ? Optional.of(at(word, Wait.Kind.FUTEX, "std::atomic"))
                        : Optional.empty();
        };
    }

    private static Optional<HeldLock> rust(FutexWord word, WaitFunction function) {
        long value = word.value().orElse(0);
        return switch (function.kind()) {
            case MUTEX ->
                Optional.of(at(word, Wait.Kind.MUTEX, "Rust mutex")
                        .held(value != 0)
                        .detail("Rust does not record the owner of a mutex"));
            case READ_WRITE_LOCK -> Optional.of(rustReadWriteLock(word, function, value));
            case CONDITION -> Optional.of(at(word, Wait.Kind.CONDITION, "Rust condition variable"));
            case ONCE ->
                Optional.of(at(word, Wait.Kind.ONCE, "Rust Once")
                        .held(true)
                        .detail("which thread runs it is not recorded"));
            case PARK -> Optional.of(at(word, Wait.Kind.PARK, "unpark of this thread,"));
            default -> Optional.empty();
        };
    }

    /** Readers wait at the state, writers at writer_notify behind it. */
    private static HeldLock rustReadWriteLock(FutexWord word, WaitFunction function, long value) {
        boolean writes = function.function().equals("write");
        long start = writes ? word.address() - 4 : word.address();
        long state = writes ? word.memory().u4(start).orElse(0) : value;
        long readers = state & RUST_READERS_MASK;
        String who = readers == 0
                ? "free at this moment"
                : readers == RUST_READERS_MASK
                        ? "held by a writer; Rust does not record which thread"
                        : GlibcObjects.heldByReaders(readers);
        return HeldLock.of(Wait.Kind.READ_WRITE_LOCK, "Rust read-write lock", start, word.waiters())
                .held(readers != 0)
                .detail(who);
    }

    /** What the value waited at makes likely where no name tells. */
    static Optional<HeldLock> likely(FutexWord word) {
        if (!word.isUnchanged() || !word.call().waits()) {
            return Optional.empty();
        }
        int value = word.call().value();
        boolean plain = word.call().command() == 0;
        if (plain && !word.call().isPrivate() && value == GUARD_WAITING) {
            return Optional.of(guard(word).probable(true));
        }
        // musl's semaphore between processes looks the same where musl may be linked in
        boolean glibc = word.around().libc().family() == Libc.Family.GLIBC;
        if (glibc && !word.call().isPrivate() && value == FUTURE_WAITERS) {
            return Optional.of(future(word).probable(true));
        }
        boolean rust = !plain && word.call().isPrivate() && !word.call().systemClock();
        return rust && value == PARKED
                ? Optional.of(at(word, Wait.Kind.PARK, "unpark of this thread,").probable(true))
                : Optional.empty();
    }

    private static HeldLock future(FutexWord word) {
        return at(word, Wait.Kind.RESULT, "std::future")
                .detail("which thread makes the result is not recorded");
    }

    private static HeldLock guard(FutexWord word) {
        return at(word, Wait.Kind.ONCE, "static variable's guard")
                .held(true)
                .detail("which thread initialises it is not recorded");
    }

    private static HeldLock at(FutexWord word, Wait.Kind kind, String name) {
        return HeldLock.of(kind, name, word.address(), word.waiters());
    }
}
