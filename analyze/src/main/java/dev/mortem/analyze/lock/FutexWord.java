package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.FutexCall;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.WaitFunction;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A futex word at which threads wait, and what is needed to judge what it is part of. Immutable but for
 * the memory.
 *
 * @param call of the first of the waiters
 * @param waiters thread ids, in the snapshot's order
 * @param around what holds for all words
 */
record FutexWord(FutexCall call, List<Long> waiters, Surroundings around) {
    /**
     * @param threadIds of the threads that are alive
     * @param threadPointers thread ids by the start of their thread control block (x86-64's fs_base)
     * @param waitersAt how many threads wait at a word
     */
    record Surroundings(
            MemoryReader memory,
            Set<Long> threadIds,
            Map<Long, Long> threadPointers,
            Map<Long, Integer> waitersAt,
            Libc libc) {}

    /** The largest pid that Linux gives (PID_MAX_LIMIT). */
    static final long TID_MAX = 4 * 1024 * 1024;

    long address() {
        return call.word();
    }

    MemoryReader memory() {
        return around.memory();
    }

    boolean isWide() {
        return memory().machine().pointerSizeBytes() == 8;
    }

    int pointerSizeBytes() {
        return memory().machine().pointerSizeBytes();
    }

    boolean isAlive(long threadId) {
        return around.threadIds().contains(threadId);
    }

    int waitersAt(long word) {
        return around.waitersAt().getOrDefault(word, 0);
    }

    /** Whether the names of functions say that it is such a thing of the C library. */
    boolean isNamed(Wait.Kind kind) {
        return call.function()
                .filter(function -> function.library() == WaitFunction.Library.C
                        || function.library() == WaitFunction.Library.PYTHON)
                .filter(function -> function.kind() == kind)
                .isPresent();
    }

    /** Whether the names of functions leave open what it is. */
    boolean isUnnamed() {
        return call.function()
                .filter(function -> function.kind() != Wait.Kind.FUTEX)
                .isEmpty();
    }

    /** The word's value in the dump; empty where the dump does not have it. */
    OptionalLong value() {
        return memory().u4(address());
    }

    /** Whether the word still holds what the thread went to sleep for. */
    boolean isUnchanged() {
        return value().isPresent() && (int) value().getAsLong() == call.value();
    }

    /** Consecutive 32-bit words; empty where one of them is not in the dump. */
    Optional<long[]> words(long start, int count) {
        long[] words = new long[count];
        for (int index = 0; index < count; index++) {
            OptionalLong word = memory().u4(start + 4L * index);
            if (word.isEmpty()) {
                return Optional.empty();
            }
            words[index] = word.getAsLong();
        }
        return Optional.of(words);
    }

    /**
     * Addresses that the first waiter has in the registers that calls preserve and on the innermost part of
     * its stack, as they come; each is a multiple of four.
     *
     * @param stackWords how many words of the stack are looked at
     */
    LongStream pointers(int stackWords) {
        long sp = call.sp().orElse(0);
        LongStream saved = call.saved().stream().mapToLong(Long::longValue);
        LongStream stack = sp == 0
                ? LongStream.empty()
                : IntStream.range(0, stackWords)
                        .mapToObj(index -> memory().pointer(sp + (long) index * pointerSizeBytes()))
                        .takeWhile(OptionalLong::isPresent)
                        .mapToLong(OptionalLong::getAsLong);
        return LongStream.concat(saved, stack)
                .filter(address -> address != 0 && (address & 3) == 0);
    }

    /** Whether the word lies in the frames of the waiting thread that are innermost. */
    boolean isOnStack(int stackWords) {
        return call.sp().isPresent()
                && Long.compareUnsigned(
                                address() - call.sp().getAsLong(),
                                (long) stackWords * pointerSizeBytes())
                        < 0;
    }

    /** A value that may be a thread's id. */
    static boolean isTid(long value) {
        return value > 0 && value <= TID_MAX;
    }
}
