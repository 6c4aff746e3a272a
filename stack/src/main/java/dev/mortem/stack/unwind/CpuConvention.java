package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.ProcessSnapshot;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the code of one CPU does by convention, where no frame information tells: calls, prologues, frame
 * pointers, signal trampolines. Immutable, safe for any thread.
 */
interface CpuConvention {
    /** What bytes say about a question: code may be absent from the dump and from this machine. */
    enum Answer {
        YES,
        NO,
        UNKNOWN
    }

    /** The convention of a CPU, with what the snapshot tells of this one; empty where none is known. */
    static Optional<CpuConvention> of(Cpu cpu, ProcessSnapshot snapshot) {
        return switch (cpu) {
            case X86_64 -> Optional.of(new X86Convention(cpu, snapshot.process().isWindows()));
            case X86 -> Optional.of(new X86Convention(Cpu.X86));
            case ARM64 -> Optional.of(Arm64Convention.of(snapshot));
            case ARM -> Optional.of(new ArmConvention());
            case PC_AND_SP_64, PC_AND_SP_32 -> Optional.empty();
        };
    }

    Cpu cpu();

    /** Bits of the registers that a function restores before it returns. */
    long calleeSaved();

    /** DWARF numbers below this are indices of the CPU's registers. */
    int dwarfRegisters();

    /**
     * A register of the CPU that is the same in all frames, by its DWARF number beyond {@link
     * #dwarfRegisters}; empty where there is none or the dump does not tell.
     */
    default OptionalLong constantRegister(int dwarfNumber) {
        return OptionalLong.empty();
    }

    /** The address in a saved return address. */
    long cleanReturnAddress(long value);

    /** Whether the instruction in front of {@code address} is a call of something that can be called. */
    Answer followsCall(long address, CodeMap code);

    /**
     * Whether the call in front of {@code address} may be one of the function that it stands in: for a
     * return address that was found twice.
     */
    default Answer callsItself(long address, CodeMap code) {
        return Answer.UNKNOWN;
    }

    /** Whether a thread's first function has a frame pointer of zero. */
    default boolean keepsFramePointers() {
        return true;
    }

    /** The rule that holds when a call went where no code is. */
    UnwindRule afterCallToNowhere();

    /**
     * Rules that the instructions around the pc suggest, most likely first.
     *
     * @param frame whose pc is known
     * @param exact whether the frame stands there: the innermost, or one that a signal interrupted; else
     *     its pc is a return address
     */
    List<UnwindRule> suggestedBy(Registers frame, boolean exact, CodeMap code);

    /** Where frame pointers lead, most likely first. */
    List<UnwindRule> framePointerRules();

    /** The rule of a signal trampoline, where the instructions at pc are one. */
    Optional<UnwindRule> signalTrampoline(long pc, CodeMap code);

    /** Bits of the registers, by their names. */
    static long mask(Cpu cpu, String... names) {
        long mask = 0;
        for (String name : names) {
            mask |= 1L << cpu.register(name).orElseThrow();
        }
        return mask;
    }
}
