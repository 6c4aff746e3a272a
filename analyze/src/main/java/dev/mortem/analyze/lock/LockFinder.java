package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.FutexCall;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.WaitFunction;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ThreadSnapshot;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds what the futex words are part of at which threads wait: which lock, and who holds it. Immutable,
 * safe for any thread.
 *
 * <p>Names of functions decide where there are some. Where there are none, every layout that the C
 * library may have is laid over the memory around the word; a thing that fits in all its fields and counts
 * as many waiters as there are is that thing, one that only fits is called probable, and where none or
 * more than one fits it stays a futex without an owner.
 */
public final class LockFinder {
    private final FutexWord.Surroundings around;

    /**
     * What was found.
     *
     * @param locks in the order of their first waiter; a thread that is joined is none
     * @param waits those given, with what is known now, in their order
     */
    public record Found(List<HeldLock> locks, Map<Long, Wait> waits) {}

    private LockFinder(FutexWord.Surroundings around) {
        this.around = around;
    }

    /**
     * Finds the locks.
     *
     * @param waits by thread id, in their order
     * @param code memory with the constants of the modules, where they can be had
     */
    public static Found find(
            MemoryReader memory,
            MemoryReader code,
            List<ThreadSnapshot> threads,
            List<LoadedModule> modules,
            Map<Long, Wait> waits) {
        Map<Long, List<Long>> waitersAt = new LinkedHashMap<>();
        Map<Long, FutexCall> calls = new LinkedHashMap<>();
        waits.forEach((threadId, wait) -> wait.futex().ifPresent(call -> {
            waitersAt.computeIfAbsent(call.word(), key -> new ArrayList<>()).add(threadId);
            calls.merge(call.word(), call, LockFinder::better);
        }));
        boolean named = waits.values().stream().anyMatch(wait -> wait.object().isPresent());
        if (waitersAt.isEmpty() && !named) {
            return new Found(List.of(), waits);
        }
        Set<Long> threadIds =
                threads.stream().map(ThreadSnapshot::id).collect(Collectors.toUnmodifiableSet());
        Map<Long, Integer> counts = new HashMap<>();
        waitersAt.forEach((word, waiters) -> counts.put(word, waiters.size()));
        LockFinder finder = new LockFinder(new FutexWord.Surroundings(
                memory, threadIds, threadPointers(threads), counts, Libc.of(modules, code)));
        Map<Long, Optional<HeldLock>> byWord = new LinkedHashMap<>();
        calls.forEach((word, call) ->
                byWord.put(word, finder.read(call, waitersAt.getOrDefault(word, List.of()))));
        Map<List<Object>, HeldLock> locks = new LinkedHashMap<>();
        byWord.forEach((word, lock) -> finder.barrierOf(word, byWord.values())
                .map(barrier -> HeldLock.of(
                        barrier.type(),
                        barrier.kind(),
                        barrier.address(),
                        waitersAt.getOrDefault(word, List.of())))
                .or(() -> lock)
                .ifPresent(found ->
                        locks.merge(List.of(found.type(), found.address()), found, HeldLock::and)));
        finder.withoutCall(waits)
                .forEach(found ->
                        locks.merge(List.of(found.type(), found.address()), found, HeldLock::and));
        List<HeldLock> held = locks.values().stream()
                .filter(lock -> lock.type() != Wait.Kind.JOIN)
                .toList();
        return new Found(held, refined(waits, locks.values()));
    }

    /**
     * The barrier whose first thread waits at the word, by those of the others: the first one does not need
     * the barrier's address any more and may have lost it.
     */
    private Optional<HeldLock> barrierOf(long word, Collection<Optional<HeldLock>> all) {
        return all.stream()
                .flatMap(Optional::stream)
                .filter(lock -> lock.type() == Wait.Kind.BARRIER)
                .filter(lock -> MuslObjects.isFirstAt(lock.address(), word, around.memory()))
                .findFirst();
    }

    /** Of two threads at the same word, the one whose functions have names says more. */
    private static FutexCall better(FutexCall one, FutexCall other) {
        boolean says = one.function()
                .filter(function -> function.kind() != Wait.Kind.FUTEX)
                .isPresent();
        return says || other.function().isEmpty() ? one : other;
    }

    private static Map<Long, Long> threadPointers(List<ThreadSnapshot> threads) {
        Map<Long, Long> pointers = new HashMap<>();
        for (ThreadSnapshot thread : threads) {
            OptionalLong base = thread.registers()
                    .map(registers -> registers.get("fs_base"))
                    .orElse(OptionalLong.empty());
            if (base.isPresent() && base.getAsLong() != 0) {
                pointers.putIfAbsent(base.getAsLong(), thread.id());
            }
        }
        return pointers;
    }

    private Optional<HeldLock> read(FutexCall call, List<Long> waiters) {
        FutexWord word = new FutexWord(call, waiters, around);
        Optional<HeldLock> language = LanguageObjects.named(word);
        if (language.isPresent()) {
            return language;
        }
        boolean ownCall = call.function()
                .filter(function -> function.library() == WaitFunction.Library.OTHER
                        || function.library() == WaitFunction.Library.CPP
                        || function.library() == WaitFunction.Library.RUST)
                .isPresent();
        Optional<HeldLock> object = ownCall ? Optional.empty() : ofLibrary(word);
        return object.or(() -> ownCall ? Optional.empty() : StuckLock.find(word))
                .or(() -> TidWord.lock(word))
                .or(() -> LanguageObjects.likely(word))
                .or(() -> unreadable(word));
    }

    /** The one thing that fits; the sure before the likely. */
    private Optional<HeldLock> ofLibrary(FutexWord word) {
        Libc.Family family = around.libc().family();
        List<HeldLock> all = new ArrayList<>();
        if (family != Libc.Family.MUSL) {
            all.addAll(GlibcObjects.candidates(word));
        }
        if (family != Libc.Family.GLIBC) {
            all.addAll(MuslObjects.candidates(word));
        }
        if (!word.isUnnamed()) {
            Wait.Kind named = word.call().function().orElseThrow().kind();
            all.removeIf(lock -> !sameKind(lock.type(), named, word));
        }
        List<HeldLock> sure = all.stream().filter(lock -> !lock.probable()).toList();
        List<HeldLock> best = sure.isEmpty() ? all : sure;
        return best.size() == 1
                ? Optional.of(best.getFirst()).map(lock -> renamed(lock, word))
                : Optional.empty();
    }

    private static boolean sameKind(Wait.Kind found, Wait.Kind named, FutexWord word) {
        boolean python = word.call()
                .function()
                .filter(function -> function.library() == WaitFunction.Library.PYTHON)
                .isPresent();
        return python
                ? found == Wait.Kind.SEMAPHORE || found == Wait.Kind.CONDITION
                : found == named;
    }

    /** CPython's lock is a semaphore, or a condition, that somebody has taken. */
    private static HeldLock renamed(HeldLock lock, FutexWord word) {
        return word.call()
                        .function()
                        .filter(function -> function.library() == WaitFunction.Library.PYTHON)
                        .isPresent()
                ? HeldLock.of(Wait.Kind.MUTEX, "Python lock", lock.address(), lock.waiters())
                        .held(true)
                        .detail("Python does not record the owner of a lock")
                : lock;
    }

    /** A lock by name whose fields do not tell more: damaged, of an unknown layout or not in the dump. */
    private static Optional<HeldLock> unreadable(FutexWord word) {
        if (word.isUnnamed()) {
            return Optional.empty();
        }
        Wait.Kind kind = word.call().function().orElseThrow().kind();
        String name = name(kind);
        if (name.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(HeldLock.of(kind, name, word.address(), word.waiters())
                .held(isLock(kind) && word.value().orElse(1) != 0)
                .detail(
                        switch (kind) {
                            case INTERNAL_LOCK, ONCE -> "it does not record its owner";
                            case CONDITION, SEMAPHORE, BARRIER ->
                                "the address is that of the word waited at";
                            default -> "its owner cannot be read from this dump";
                        }));
    }

    /** As people call it; "" for what is no object of the C library. */
    private static String name(Wait.Kind kind) {
        return switch (kind) {
            case MUTEX -> "mutex";
            case READ_WRITE_LOCK -> "read-write lock";
            case INTERNAL_LOCK -> "lock inside libc";
            case CONDITION -> "condition variable";
            case SEMAPHORE -> "semaphore";
            case BARRIER -> "barrier";
            case ONCE -> "pthread_once_t";
            default -> "";
        };
    }

    /** Whether somebody holds it as long as others wait. */
    private static boolean isLock(Wait.Kind kind) {
        return kind == Wait.Kind.MUTEX
                || kind == Wait.Kind.READ_WRITE_LOCK
                || kind == Wait.Kind.INTERNAL_LOCK
                || kind == Wait.Kind.ONCE;
    }

    private record Named(Wait.Kind kind, long address) {}

    /** What threads wait for whose call was not seen: by what their functions were called with. */
    private List<HeldLock> withoutCall(Map<Long, Wait> waits) {
        Map<Named, List<Long>> waitersFor = new LinkedHashMap<>();
        Set<Named> byCallSite = new HashSet<>();
        waits.forEach((threadId, wait) -> wait.object().ifPresent(object -> {
            Named named = new Named(wait.kind(), object.value());
            waitersFor.computeIfAbsent(named, key -> new ArrayList<>()).add(threadId);
            if (object.byCallSite()) {
                byCallSite.add(named);
            }
        }));
        List<HeldLock> locks = new ArrayList<>();
        waitersFor.forEach((named, waiters) -> {
            String told = byCallSite.contains(named)
                    ? "address by the caller's call site"
                    : "address by the debug information";
            locks.add(calledWith(named, waiters, told));
        });
        return locks;
    }

    /** Of a mutex of glibc its owner as well; the others' fields say little without the call. */
    private HeldLock calledWith(Named named, List<Long> waiters, String told) {
        FutexWord word = new FutexWord(FutexCall.unseen(named.address), waiters, around);
        Optional<HeldLock> mutex =
                named.kind == Wait.Kind.MUTEX && around.libc().family() == Libc.Family.GLIBC
                        ? GlibcObjects.mutex(word)
                        : Optional.empty();
        return mutex.map(found -> found.probable(false).detail(told))
                .orElseGet(() -> HeldLock.of(named.kind, name(named.kind), named.address, waiters)
                        .held(isLock(named.kind) && word.value().orElse(1) != 0)
                        .detail(told));
    }

    private static Map<Long, Wait> refined(Map<Long, Wait> waits, Iterable<HeldLock> locks) {
        Map<Long, HeldLock> lockOf = new HashMap<>();
        locks.forEach(lock -> lock.waiters().forEach(id -> lockOf.putIfAbsent(id, lock)));
        Map<Long, Wait> refined = new LinkedHashMap<>();
        waits.forEach((threadId, wait) -> {
            HeldLock lock = lockOf.get(threadId);
            refined.put(threadId, lock == null ? wait : understood(wait, lock));
        });
        return refined;
    }

    private static Wait understood(Wait wait, HeldLock lock) {
        String limit = wait.limit().map(known -> ", " + known.text()).orElse("");
        if (lock.type() == Wait.Kind.JOIN) {
            long joined = lock.ownerThreadId().orElseThrow();
            return wait.as(
                    Wait.Kind.JOIN,
                    "thread " + joined + " to end (join" + limit + ")"
                            + (lock.probable() ? ", probably" : ""),
                    OptionalLong.of(joined));
        }
        String detail = Stream.of(lock.detail(), wait.limit().map(known -> known.text()))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
        return wait.as(
                lock.type(),
                lock.name() + (detail.isEmpty() ? "" : " (" + detail + ")"),
                OptionalLong.empty());
    }
}
