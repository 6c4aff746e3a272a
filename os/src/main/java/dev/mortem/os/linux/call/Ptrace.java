package dev.mortem.os.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The requests of ptrace(2) that we use, all on tracees that were SEIZEd: those run on by themselves
 * when their tracer dies. Numbers from linux/ptrace.h and linux/elf.h. Belongs to the one thread that
 * traces; the kernel answers any other with ESRCH.
 */
public final class Ptrace {
    /** Option: new threads (clone) are traced from their first instruction. */
    public static final long TRACE_CLONE = 0x8;

    /** Option: exec stops the tracee with {@link #EVENT_EXEC}. */
    public static final long TRACE_EXEC = 0x10;

    /** Event, in bits 16 and up of a wait status: a clone with {@link #TRACE_CLONE}. */
    public static final int EVENT_CLONE = 3;

    public static final int EVENT_EXEC = 4;

    /** Event: stopped by INTERRUPT, by a job-control stop, or newly traced. */
    public static final int EVENT_STOP = 128;

    /** elf.h: the general registers. */
    public static final int NT_PRSTATUS = 1;

    /** elf.h: the floating-point registers. */
    public static final int NT_PRFPREG = 2;

    /** elf.h: all of XSAVE; its first 512 bytes are FXSAVE, which is NT_PRFPREG on x86-64. */
    public static final int NT_X86_XSTATE = 0x202;

    /** elf.h: the thread pointer of arm64. */
    public static final int NT_ARM_TLS = 0x401;

    private static final int PTRACE_CONT = 7;
    private static final int PTRACE_DETACH = 17;
    private static final int PTRACE_GETSIGINFO = 0x4202;
    private static final int PTRACE_GETREGSET = 0x4204;
    private static final int PTRACE_SEIZE = 0x4206;
    private static final int PTRACE_INTERRUPT = 0x4207;
    private static final int PTRACE_LISTEN = 0x4208;

    /** siginfo_t on every Linux (asm-generic/siginfo.h, SI_MAX_SIZE). */
    private static final int SIGINFO_BYTES = 128;

    /** AMX state makes 11 KiB; nothing in sight makes 64. */
    private static final int REGISTER_SET_BYTES_MAX = 64 * 1024;

    private final Kernel kernel;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment buffer = arena.allocate(REGISTER_SET_BYTES_MAX, 64);
    private final MemorySegment vector = arena.allocate(16, 8);

    public Ptrace(Kernel kernel) {
        this.kernel = kernel;
    }

    public long seize(long tid, long options) {
        return kernel.ptrace(PTRACE_SEIZE, tid, 0, options);
    }

    public long interrupt(long tid) {
        return kernel.ptrace(PTRACE_INTERRUPT, tid, 0, 0);
    }

    /** Lets a stopped tracee run, and delivers the signal where it is not 0. */
    public long resume(long tid, int signal) {
        return kernel.ptrace(PTRACE_CONT, tid, 0, signal);
    }

    /** Leaves a tracee in its job-control stop, to be told when that ends. */
    public long listen(long tid) {
        return kernel.ptrace(PTRACE_LISTEN, tid, 0, 0);
    }

    public long detach(long tid, int signal) {
        return kernel.ptrace(PTRACE_DETACH, tid, 0, signal);
    }

    /** A stopped tracee's registers of a kind; empty where it has none of that kind or is gone. */
    public Optional<byte[]> registers(long tid, int noteType) {
        vector.set(ValueLayout.JAVA_LONG, 0, buffer.address());
        vector.set(ValueLayout.JAVA_LONG, 8, REGISTER_SET_BYTES_MAX);
        if (kernel.ptrace(PTRACE_GETREGSET, tid, noteType, vector.address()) < 0) {
            return Optional.empty();
        }
        return Optional.of(copy(vector.get(ValueLayout.JAVA_LONG, 8)));
    }

    /** The siginfo_t of the signal that a tracee is stopped at; empty for other stops. */
    public Optional<byte[]> signalInfo(long tid) {
        return kernel.ptrace(PTRACE_GETSIGINFO, tid, 0, buffer.address()) < 0
                ? Optional.empty()
                : Optional.of(copy(SIGINFO_BYTES));
    }

    private byte[] copy(long sizeBytes) {
        return buffer.asSlice(0, sizeBytes).toArray(ValueLayout.JAVA_BYTE);
    }
}
