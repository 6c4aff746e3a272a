package dev.mortem.os.linux.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The frame from which rt_sigreturn(2) restores a thread of x86-64: struct rt_sigframe (Linux,
 * arch/x86/include/asm/sigframe.h) with struct ucontext and struct sigcontext_64 (asm/sigcontext.h) and
 * the extended state in the standard form of XSAVE (Intel SDM 1, 13.4).
 *
 * <p>Two things in it are not what the kernel would write. The alternate signal stack's flags are none
 * that exist, so that the kernel refuses them and leaves the thread's own as it is: ptrace(2) does not
 * tell it. And registers of a call that was interrupted are those after its restart, see {@link
 * GeneralRegisters#asReturned}.
 */
final class SignalFrame {
    /** pretcode, struct ucontext, struct siginfo. */
    private static final int FRAME_BYTES = 440;

    /** A frame without extended state, up to the next that could stand behind it. */
    static final int ENDING_BYTES = 448;

    /** What XSAVE wants its memory aligned to. */
    static final int ALIGNMENT = 64;

    private static final int UC_FLAGS = 8;
    private static final int ALTERNATE_STACK_FLAGS = 32;
    private static final int CONTEXT = 48;
    private static final int EFLAGS = 184;
    private static final int SEGMENTS = 192;
    private static final int EXTENDED_STATE = 232;
    private static final int SIGNAL_MASK = 304;

    /** asm/ucontext.h: UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS. */
    private static final long FLAGS = 1 | 2 | 4;

    /** No SS_ONSTACK, SS_DISABLE or 0 (linux/signal.h): sigaltstack(2) refuses it. */
    private static final int NO_SUCH_STACK = 0x7fff;

    /** struct sigcontext_64's order: r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip. */
    private static final int[] ORDER = {
        72, 64, 56, 48, 24, 16, 8, 0, 112, 104, 32, 40, 96, 80, 88, 152, 128
    };

    private static final int EFLAGS_REGISTER = 144;
    private static final int CS_REGISTER = 136;
    private static final int SS_REGISTER = 160;

    /** struct _fpx_sw_bytes in the last 48 bytes of FXSAVE's 512 (asm/sigcontext.h). */
    private static final int SOFTWARE_BYTES = 464;

    private static final int FP_XSTATE_MAGIC1 = 0x46505853;
    private static final int FP_XSTATE_MAGIC2 = 0x46505845;
    private static final int MAGIC2_BYTES = 4;

    /** XSTATE_BV, the first word of XSAVE's header: which parts are not in their first state. */
    private static final int XSTATE_BV = 512;

    /** The least that XSAVE writes: FXSAVE and the header. */
    static final int EXTENDED_STATE_BYTES_MIN = 576;

    /** XTILEDATA: not in a frame unless the thread asked for it (Linux, arch/x86/xstate.rst). */
    private static final long TILE_DATA = 1L << 18;

    /** Where XTILEDATA starts in the standard form, on every CPU that has it (CPUID 0DH, 18). */
    private static final int TILE_DATA_OFFSET = 2816;

    private SignalFrame() {}

    /** How long a frame of that much extended state is. */
    static int sizeBytes(int extendedStateBytes) {
        return alignUp(FRAME_BYTES) + extendedStateBytes + MAGIC2_BYTES;
    }

    /**
     * The frame of a thread as it is.
     *
     * @param address where it will stand, a multiple of {@link #ALIGNMENT}
     * @param restorer the address of rt_sigreturn
     * @param extendedState NT_X86_XSTATE as PTRACE_GETREGSET gave it
     * @param signalMask the signals that it blocks
     * @throws IllegalArgumentException for less extended state than XSAVE writes
     */
    static byte[] of(
            long address,
            long restorer,
            GeneralRegisters registers,
            byte[] extendedState,
            long signalMask) {
        if (extendedState.length < EXTENDED_STATE_BYTES_MIN) {
            throw new IllegalArgumentException("XSAVE writes at least %d bytes, not %d bytes"
                    .formatted(EXTENDED_STATE_BYTES_MIN, extendedState.length));
        }
        byte[] state = inUse(extendedState);
        byte[] bytes = new byte[sizeBytes(state.length)];
        ByteBuffer frame = head(bytes, address, restorer, registers, signalMask);
        int offset = alignUp(FRAME_BYTES);
        frame.putLong(EXTENDED_STATE, address + offset);
        frame.put(offset, state);
        int software = offset + SOFTWARE_BYTES;
        long features = frame.getLong(software); // ptrace puts XCR0 there
        boolean cut = state.length < extendedState.length;
        frame.putInt(software, FP_XSTATE_MAGIC1);
        frame.putInt(software + 4, state.length + MAGIC2_BYTES);
        frame.putLong(software + 8, cut ? features & ~TILE_DATA : features);
        frame.putInt(software + 16, state.length);
        frame.putInt(offset + state.length, FP_XSTATE_MAGIC2);
        return bytes;
    }

    /** A frame without extended state, for a task that ends with its first call. */
    static byte[] ending(long address, long restorer, GeneralRegisters registers) {
        byte[] bytes = new byte[FRAME_BYTES];
        head(bytes, address, restorer, registers, -1);
        return bytes;
    }

    /** Whether bytes begin with a frame of ours, left behind by one that was killed. */
    static boolean isOurs(byte[] bytes, long restorer) {
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.length >= FRAME_BYTES
                && frame.getLong(0) == restorer
                && frame.getLong(UC_FLAGS) == FLAGS
                && frame.getInt(ALTERNATE_STACK_FLAGS) == NO_SUCH_STACK;
    }

    private static ByteBuffer head(
            byte[] bytes, long address, long restorer, GeneralRegisters registers, long mask) {
        if (address % ALIGNMENT != 0) {
            throw new IllegalArgumentException("a frame at " + Long.toHexString(address));
        }
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        frame.putLong(0, restorer);
        frame.putLong(UC_FLAGS, FLAGS);
        frame.putInt(ALTERNATE_STACK_FLAGS, NO_SUCH_STACK);
        for (int index = 0; index < ORDER.length; index++) {
            frame.putLong(CONTEXT + index * Long.BYTES, registers.at(ORDER[index]));
        }
        frame.putLong(EFLAGS, registers.at(EFLAGS_REGISTER));
        frame.putShort(SEGMENTS, (short) registers.at(CS_REGISTER));
        frame.putShort(SEGMENTS + 6, (short) registers.at(SS_REGISTER));
        frame.putLong(SIGNAL_MASK, mask);
        return frame;
    }

    /** Without the 8 KiB of a matrix unit that the thread does not use: the kernel refuses them then. */
    private static byte[] inUse(byte[] state) {
        if (state.length <= TILE_DATA_OFFSET) {
            return state;
        }
        long used = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN).getLong(XSTATE_BV);
        return (used & TILE_DATA) != 0 ? state : Arrays.copyOf(state, TILE_DATA_OFFSET);
    }

    static int alignUp(int value) {
        return (value + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
