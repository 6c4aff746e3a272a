package dev.mortem.format.pe.unwind;

import java.util.List;

/**
 * What undoes one instruction of a prolog on ARM64 ("ARM64 exception handling", "Unwind codes").
 * Registers x0 to x30 have the numbers of {@code Cpu.ARM64}.
 */
public sealed interface Arm64UnwindCode {
    /** Registers of one kind. */
    enum RegisterFile {
        /** x0 to x30, 8 bytes. */
        X,
        /** d0 to d31, 8 bytes. */
        D,
        /** q0 to q31, 16 bytes. */
        Q
    }

    /** alloc_s, alloc_m, alloc_l: sp = sp + bytes. */
    record Allocate(long bytes) implements Arm64UnwindCode {}

    /** alloc_z: sp = sp + count * the length of a scalable vector. */
    record AllocateVectors(int count) implements Arm64UnwindCode {}

    /**
     * Every save of one register or two. Not pre-indexed: registers[i] = *(sp + bytes + i * size).
     * Pre-indexed: registers[i] = *(sp + i * size), then sp = sp + bytes. A save_next is given as the
     * save it stands for.
     *
     * @param registers one, or two in this order
     */
    record Save(RegisterFile file, List<Integer> registers, int bytes, boolean preIndexed)
            implements Arm64UnwindCode {
        public Save {
            registers = List.copyOf(registers);
        }
    }

    /**
     * save_zreg, save_preg: a scalable vector or predicate.
     *
     * @param slot offset from sp in vector lengths, or in predicate lengths
     */
    record SaveScalable(boolean predicate, int register, int slot) implements Arm64UnwindCode {}

    /** set_fp: sp = x29. */
    record SetFrame() implements Arm64UnwindCode {}

    /** add_fp: sp = x29 - bytes. */
    record AddFrame(int bytes) implements Arm64UnwindCode {}

    /** Codes without operands. */
    enum Marker implements Arm64UnwindCode {
        /** An instruction that needs no undoing. */
        NOP,
        /** The end; in an epilog the return. */
        END,
        /** end_c: of this part of the function; what follows belongs to the prolog elsewhere. */
        END_CHAINED,
        /** pac_sign_lr: lr is signed with sp as it is then; strip the signature. */
        SIGN_RETURN_ADDRESS,
        /** A KTRAP_FRAME lies at sp. */
        TRAP_FRAME,
        /** sp = *sp, pc = *(sp + 8), as they were. */
        MACHINE_FRAME,
        /** A CONTEXT lies at sp. */
        CONTEXT,
        /** A CONTEXT of ARM64EC lies at sp. */
        EC_CONTEXT,
        /** The pc of this frame is exact: it was not reached by a return. */
        CLEAR_UNWOUND_TO_CALL
    }
}
