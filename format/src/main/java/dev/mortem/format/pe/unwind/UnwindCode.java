package dev.mortem.format.pe.unwind;

/**
 * One step of a prolog on x64 ("x64 exception handling", "struct UNWIND_CODE"). Registers are numbered
 * as {@code Cpu.X86_64} numbers them, by DWARF, not as instructions do.
 */
public sealed interface UnwindCode {
    /** Bytes from the function's start to behind the instruction: at or past it, it was executed. */
    int prologOffset();

    /** UWOP_PUSH_NONVOL: register = *sp, sp = sp + 8. */
    record Push(int prologOffset, int register) implements UnwindCode {}

    /** UWOP_ALLOC_SMALL, UWOP_ALLOC_LARGE: sp = sp + bytes. */
    record Allocate(int prologOffset, long bytes) implements UnwindCode {}

    /** UWOP_SET_FPREG: sp = frame register - frame offset, both of the UNWIND_INFO. */
    record SetFrame(int prologOffset) implements UnwindCode {}

    /**
     * UWOP_SAVE_NONVOL, UWOP_SAVE_NONVOL_FAR: register = *(frame + bytes). The frame is sp as the prolog
     * leaves it: the frame register less its offset where there is one.
     */
    record Save(int prologOffset, int register, long bytes) implements UnwindCode {}

    /** UWOP_SAVE_XMM128, UWOP_SAVE_XMM128_FAR: likewise, 16 bytes of xmm0 to xmm15. */
    record SaveXmm(int prologOffset, int xmm, long bytes) implements UnwindCode {}

    /**
     * UWOP_PUSH_MACHFRAME: the CPU pushed ss, rsp, eflags, cs, rip and perhaps an error code: rip =
     * *base, sp = *(base + 24), where base is sp, or sp + 8 with an error code.
     */
    record PushMachineFrame(int prologOffset, boolean hasErrorCode) implements UnwindCode {}

    /** UWOP_SPARE_CODE, and code 6 of version 1: once a save of half an xmm register. No effect. */
    record Spare(int prologOffset) implements UnwindCode {}
}
