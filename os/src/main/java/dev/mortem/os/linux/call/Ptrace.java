package dev.mortem.os.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

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

    /** Option: a thread that ends stops with {@link #EVENT_EXIT} first, its memory still there. */
    public static final long TRACE_EXIT = 0x40;

    /** Options: stops at system calls are told from others; children of fork(2) and vfork(2) too. */
    public static final long TRACE_SYSGOOD = 0x1;

    public static final long TRACE_FORK = 0x2;
    public static final long TRACE_VFORK = 0x4;

    /** Option: the tracee is killed when its tracer ends. Never on a process that is not our own. */
    public static final long EXIT_KILL = 0x100000;

    /** Option: no seccomp filter is asked while traced; needs CAP_SYS_ADMIN. */
    public static final long SUSPEND_SECCOMP = 0x200000;

    /** A stop at a system call: SIGTRAP with the bit of {@link #TRACE_SYSGOOD}. */
    public static final int SYSCALL_STOP = 5 | 0x80;

    public static final int EVENT_FORK = 1;
    public static final int EVENT_VFORK = 2;

    /** Event, in bits 16 and up of a wait status: a clone with {@link #TRACE_CLONE}. */
    public static final int EVENT_CLONE = 3;

    public static final int EVENT_EXEC = 4;

    /** Event: about to end; {@link #eventMessage} is the wait status. */
    public static final int EVENT_EXIT = 6;

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
    private static final int PTRACE_SYSCALL = 24;
    private static final int PTRACE_SETOPTIONS = 0x4200;
    private static final int PTRACE_GETEVENTMSG = 0x4201;
    private static final int PTRACE_GETSIGINFO = 0x4202;
    private static final int PTRACE_GETREGSET = 0x4204;
    private static final int PTRACE_SETREGSET = 0x4205;
    private static final int PTRACE_SEIZE = 0x4206;
    private static final int PTRACE_INTERRUPT = 0x4207;
    private static final int PTRACE_LISTEN = 0x4208;
    private static final int PTRACE_GETSIGMASK = 0x420a;
    private static final int PTRACE_SETSIGMASK = 0x420b;
    private static final int PTRACE_SECCOMP_GET_FILTER = 0x420c;
    private static final int PTRACE_GET_RSEQ_CONFIGURATION = 0x420f;

    /** The kernel's sigset_t: 64 signals. */
    private static final int SIGNAL_SET_BYTES = 8;

    /** linux/bpf_common.h, BPF_MAXINSNS: a filter has no more instructions, 8 bytes each. */
    private static final int FILTER_INSTRUCTIONS_MAX = 4096;

    /** siginfo_t on every Linux (asm-generic/siginfo.h, SI_MAX_SIZE). */
    private static final int SIGINFO_BYTES = 128;

    /** AMX state makes 11 KiB; nothing in sight makes 64. */
    private static final int REGISTER_SET_BYTES_MAX = 64 * 1024;

    private final Kernel kernel;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment memory = arena.allocate(REGISTER_SET_BYTES_MAX, 64);
    private final MemorySegment vectorMemory = arena.allocate(16, 8);
    private final long bufferAddress = memory.address();
    private final long vectorAddress = vectorMemory.address();
    private final ByteBuffer buffer = memory.asByteBuffer().order(ByteOrder.nativeOrder());
    private final ByteBuffer vector = vectorMemory.asByteBuffer().order(ByteOrder.nativeOrder());

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
        vector.putLong(0, bufferAddress);
        vector.putLong(8, REGISTER_SET_BYTES_MAX);
        if (kernel.ptrace(PTRACE_GETREGSET, tid, noteType, vectorAddress) < 0) {
            return Optional.empty();
        }
        return Optional.of(copy(vector.getLong(8)));
    }

    /** The siginfo_t of the signal that a tracee is stopped at; empty for other stops. */
    public Optional<byte[]> signalInfo(long tid) {
        return kernel.ptrace(PTRACE_GETSIGINFO, tid, 0, bufferAddress) < 0
                ? Optional.empty()
                : Optional.of(copy(SIGINFO_BYTES));
    }

    /** Sets a stopped tracee's registers of a kind; 0, or minus an errno. */
    public long setRegisters(long tid, int noteType, byte[] set) {
        buffer.put(0, set);
        vector.putLong(0, bufferAddress);
        vector.putLong(8, set.length);
        return kernel.ptrace(PTRACE_SETREGSET, tid, noteType, vectorAddress);
    }

    /** Lets a stopped tracee run to the next entry of or return from a system call. */
    public long resumeToSystemCall(long tid, int signal) {
        return kernel.ptrace(PTRACE_SYSCALL, tid, 0, signal);
    }

    public long setOptions(long tid, long options) {
        return kernel.ptrace(PTRACE_SETOPTIONS, tid, 0, options);
    }

    /** What belongs to the event that a tracee is stopped at: the new task's id for a clone. */
    public OptionalLong eventMessage(long tid) {
        return kernel.ptrace(PTRACE_GETEVENTMSG, tid, 0, bufferAddress) < 0
                ? OptionalLong.empty()
                : OptionalLong.of(buffer.getLong(0));
    }

    /** The signals that a stopped tracee blocks, bit 0 for signal 1; empty where it is gone. */
    public OptionalLong signalMask(long tid) {
        return kernel.ptrace(PTRACE_GETSIGMASK, tid, SIGNAL_SET_BYTES, bufferAddress) < 0
                ? OptionalLong.empty()
                : OptionalLong.of(buffer.getLong(0));
    }

    public long setSignalMask(long tid, long mask) {
        buffer.putLong(0, mask);
        return kernel.ptrace(PTRACE_SETSIGMASK, tid, SIGNAL_SET_BYTES, bufferAddress);
    }

    /**
     * One seccomp filter of a stopped tracee, the latest first (CONFIG_CHECKPOINT_RESTORE; needs
     * CAP_SYS_ADMIN and that we have no filter ourselves).
     *
     * @return empty when there is none of that number, or it may not be asked
     */
    public Optional<byte[]> seccompFilter(long tid, int index) {
        long count = kernel.ptrace(PTRACE_SECCOMP_GET_FILTER, tid, index, 0);
        if (count <= 0 || count > FILTER_INSTRUCTIONS_MAX) {
            return Optional.empty();
        }
        long got = kernel.ptrace(PTRACE_SECCOMP_GET_FILTER, tid, index, bufferAddress);
        return got == count ? Optional.of(copy(count * 8)) : Optional.empty();
    }

    /** The address of a tracee's struct rseq (linux/rseq.h); empty for none, or a kernel before 5.13. */
    public OptionalLong restartableSequence(long tid) {
        long size = 24; // struct ptrace_rseq_configuration
        long got = kernel.ptrace(PTRACE_GET_RSEQ_CONFIGURATION, tid, size, bufferAddress);
        long address = got < 0 ? 0 : buffer.getLong(0);
        return address == 0 ? OptionalLong.empty() : OptionalLong.of(address);
    }

    private byte[] copy(long sizeBytes) {
        byte[] bytes = new byte[(int) sizeBytes];
        buffer.get(0, bytes);
        return bytes;
    }
}
