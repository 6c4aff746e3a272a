package dev.mortem.analyze.wait;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RegisterContext;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A futex call that waits (futex(2)).
 *
 * @param word address of the futex word
 * @param command FUTEX_WAIT and so on, without its flags
 * @param isPrivate FUTEX_PRIVATE_FLAG: only threads of this process can wake it
 * @param systemClock FUTEX_CLOCK_REALTIME
 * @param value what the word held when the thread went to sleep; 0 where the command has none
 * @param sp the stack pointer of the waiting thread
 * @param saved its registers that calls preserve, where the addresses of its objects may be
 * @param function what the names of the innermost frames say
 * @param module in which the thread stands
 */
public record FutexCall(
        long word,
        int command,
        boolean isPrivate,
        boolean systemClock,
        int value,
        OptionalLong sp,
        List<Long> saved,
        Optional<WaitFunction> function,
        Optional<LoadedModule> module) {
    public FutexCall {
        saved = List.copyOf(saved);
    }

    /** The call was not seen: only its word is known, from elsewhere. */
    public static final int UNSEEN = -1;

    public static final int WAIT = 0;
    public static final int LOCK_PI = 6;
    public static final int WAIT_BITSET = 9;
    public static final int WAIT_REQUEUE_PI = 11;
    public static final int LOCK_PI2 = 13;

    private static final int COMMAND_MASK = 0x7f;
    private static final int PRIVATE_FLAG = 0x80;
    private static final int CLOCK_REALTIME = 0x100;

    /** A call that was not seen, at the word where the object starts that a function was called with. */
    public static FutexCall unseen(long word) {
        return new FutexCall(
                word,
                UNSEEN,
                true,
                false,
                0,
                OptionalLong.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** Whether the kernel itself finds the lock's owner in the word. */
    public boolean locksPi() {
        return command == LOCK_PI || command == LOCK_PI2;
    }

    /** Waits until the word changes: FUTEX_WAIT, with a bit set or without. */
    public boolean waits() {
        return command == WAIT || command == WAIT_BITSET;
    }

    /** The call; empty where it does not wait or its arguments are not known. */
    static Optional<FutexCall> of(
            CallSite site,
            RegisterContext registers,
            Optional<WaitFunction> function,
            Optional<LoadedModule> module) {
        OptionalLong word = site.argument(0);
        OptionalLong operation = site.argument(1);
        if (word.isEmpty() || operation.isEmpty()) {
            return Optional.empty();
        }
        int bits = (int) operation.getAsLong();
        FutexCall call = new FutexCall(
                word.getAsLong(),
                bits & COMMAND_MASK,
                (bits & PRIVATE_FLAG) != 0,
                (bits & CLOCK_REALTIME) != 0,
                (int) site.argument(2).orElse(0),
                registers.sp(),
                saved(registers),
                function,
                module);
        return call.waits() || call.locksPi() || call.command == WAIT_REQUEUE_PI
                ? Optional.of(call)
                : Optional.empty();
    }

    private static List<Long> saved(RegisterContext registers) {
        String names = switch (registers.cpu()) {
            case X86_64 -> "rbx rbp r12 r13 r14 r15";
            case X86 -> "ebp edi esi ebx";
            case ARM64 -> "x19 x20 x21 x22 x23 x24 x25 x26 x27 x28";
            case ARM -> "r4 r5 r6 r8 r9 r10 r11";
            case PC_AND_SP_64, PC_AND_SP_32 -> "";
        };
        return Stream.of(names.split(" ", -1))
                .map(registers::get)
                .filter(OptionalLong::isPresent)
                .map(OptionalLong::getAsLong)
                .toList();
    }

    /**
     * The time limit of argument 3: a time for FUTEX_WAIT, a moment for all others; of the system's clock
     * for FUTEX_LOCK_PI and with FUTEX_CLOCK_REALTIME.
     */
    Optional<TimeLimit> limit(CallSite site, boolean wide, MemoryReader memory) {
        long address = site.argument(3).orElse(0);
        return command == WAIT
                ? TimeLimit.time(memory, address, wide, 1).map(TimeLimit::of)
                : TimeLimit.moment(memory, address, wide, systemClock || command == LOCK_PI);
    }
}
