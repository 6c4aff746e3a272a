package dev.mortem.os.linux.inject;

import dev.mortem.os.linux.inject.InjectionTable.Registers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A thread's NT_PRSTATUS register set by name. Immutable; safe for any thread.
 *
 * <p>A thread that we stopped in a system call has in its result register one of the kernel's restart
 * codes, and gets it replaced on its way back to the program (linux/errno.h; arch/x86/kernel/signal.c
 * names the rules).
 */
public final class GeneralRegisters {
    private static final long EINTR = -4;

    /** linux/errno.h, all but the last: the call is made again with the same arguments. */
    private static final long ERESTARTSYS = -512;

    private static final long ERESTARTNOINTR = -513;
    private static final long ERESTARTNOHAND = -514;

    /** linux/errno.h: the call goes on with what is left of its time limit (restart_syscall(2)). */
    private static final long ERESTART_RESTARTBLOCK = -516;

    /** Of "syscall"; the call is made again by setting the program counter back over it. */
    private static final int CALL_BYTES = 2;

    /** x86-64: cs of a thread that runs 64-bit code, at this offset. */
    private static final int CS_OFFSET = 136;

    private static final long CS_64_BIT = 0x33;

    /** x86-64: fs_base. */
    private static final int FS_BASE_OFFSET = 168;

    private final InjectionTable table;
    private final ByteBuffer set;

    /** @param set as PTRACE_GETREGSET gave it; copied. Must be of the table's size */
    public GeneralRegisters(InjectionTable table, byte[] set) {
        if (set.length != table.registers().sizeBytes()) {
            throw new IllegalArgumentException("a register set of " + set.length + " bytes");
        }
        this.table = table;
        this.set = ByteBuffer.wrap(set.clone()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** For PTRACE_SETREGSET. */
    public byte[] bytes() {
        return set.array().clone();
    }

    public long pc() {
        return set.getLong(table.registers().pc());
    }

    public long sp() {
        return set.getLong(table.registers().sp());
    }

    public long result() {
        return set.getLong(table.registers().result());
    }

    /** The number of the system call that the thread is in; -1 for none. */
    public long interruptedCall() {
        int offset = table.registers().interrupted();
        return offset < 0 ? -1 : set.getLong(offset);
    }

    /** Where the thread's own variables are; 0 where the set does not have it (arm64). */
    public long threadPointer() {
        return table == InjectionTable.X86_64 ? set.getLong(FS_BASE_OFFSET) : 0;
    }

    /** At an offset in the set, for what only one CPU has. */
    long at(int offset) {
        return set.getLong(offset);
    }

    /** Whether the thread runs 64-bit code: a 64-bit program may also run 32-bit code for a while. */
    public boolean isWide() {
        return table != InjectionTable.X86_64 || (set.getLong(CS_OFFSET) & 0xffff) == CS_64_BIT;
    }

    /** The same thread about to make a call at {@code pc}, with nothing left of the call it was in. */
    public GeneralRegisters calling(long pc, long sp, long number, List<Long> arguments) {
        Registers offsets = table.registers();
        GeneralRegisters changed = new GeneralRegisters(table, set.array());
        changed.set.putLong(offsets.pc(), pc).putLong(offsets.sp(), sp);
        changed.set.putLong(offsets.callNumber(), number);
        for (int index = 0; index < offsets.arguments().size(); index++) {
            long value = index < arguments.size() ? arguments.get(index) : 0;
            changed.set.putLong(offsets.arguments().get(index), value);
        }
        if (offsets.interrupted() >= 0) {
            changed.set.putLong(offsets.interrupted(), -1);
        }
        return changed;
    }

    /** The call ended with EINTR for no other reason than that we stopped the thread. */
    public boolean isInterrupted() {
        return interruptedCall() >= 0 && result() == EINTR;
    }

    /** The call is made again by the kernel, unless a signal's handler comes first. */
    public GeneralRegisters restarting() {
        GeneralRegisters changed = new GeneralRegisters(table, set.array());
        changed.set.putLong(table.registers().result(), ERESTARTNOHAND);
        return changed;
    }

    /**
     * What the kernel would make of the registers on the way back to the program: rt_sigreturn(2) goes
     * past that, so that a frame must hold the outcome. A call with a time limit starts again in full,
     * because what was left of it is the kernel's own knowledge.
     *
     * @param restartsInterrupted whether a call that ended with EINTR is made again too
     */
    GeneralRegisters asReturned(boolean restartsInterrupted) {
        long result = result();
        boolean restarts = result == ERESTARTSYS
                || result == ERESTARTNOINTR
                || result == ERESTARTNOHAND
                || result == ERESTART_RESTARTBLOCK
                || (restartsInterrupted && result == EINTR);
        if (interruptedCall() < 0 || !restarts) {
            return this;
        }
        Registers offsets = table.registers();
        GeneralRegisters changed = new GeneralRegisters(table, set.array());
        changed.set.putLong(offsets.result(), interruptedCall());
        changed.set.putLong(offsets.pc(), pc() - CALL_BYTES);
        changed.set.putLong(offsets.interrupted(), -1);
        return changed;
    }
}
