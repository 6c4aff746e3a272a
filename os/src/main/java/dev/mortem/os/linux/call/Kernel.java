package dev.mortem.os.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/**
 * System calls through libc's {@code syscall(2)}, which every libc has and which takes the number, so
 * that no libc needs to know a call that the kernel knows.
 *
 * <p>A result is the kernel's; an error is minus its errno, as the kernel itself returns it. Belongs to
 * one thread: the buffers for arguments and errno are used again by every call.
 */
public final class Kernel {
    /** asm-generic/fcntl.h; the same on x86-64 and arm64. */
    private static final int O_RDONLY_CLOEXEC = 0x80000;

    private static final int O_RDWR_CLOEXEC = 0x80002;

    /** linux/fcntl.h: relative paths start at the working directory. */
    private static final int AT_FDCWD = -100;

    /** asm-generic/poll.h. */
    private static final short POLLIN = 1;

    /** linux/wait.h, of waitid(2): one child, any child. */
    private static final int P_PID = 1;

    private static final int P_ALL = 0;

    /** linux/wait.h: do not wait for a change of state. */
    private static final int WNOHANG = 1;

    /** linux/wait.h: tell of stops, of ends; and leave what is told to be told again. */
    private static final int WSTOPPED = 2;

    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x01000000;

    /** siginfo_t's si_pid (asm-generic/siginfo.h), which stays as it was when there is nothing to tell. */
    private static final int SI_PID = 16;

    /** linux/wait.h: children of any kind, threads too. */
    private static final int WALL = 0x40000000;

    /** linux/wait.h: only what this thread itself started or traces. */
    private static final int WNOTHREAD = 0x20000000;

    /** include/linux/posix-timers.h. */
    private static final int CPUCLOCK_SCHED = 2;

    /** linux/prctl.h. */
    private static final int PR_SET_TIMERSLACK = 29;

    /** linux/sched.h. */
    private static final int SCHED_FIFO = 1;

    private static final int SCHED_RESET_ON_FORK = 0x40000000;

    /** linux/socket.h, linux/net.h; the same on x86-64 and arm64. */
    private static final int AF_NETLINK = 16;

    private static final int SOCK_RAW_CLOEXEC = 0x80003;
    private static final int MSG_DONTWAIT = 0x40;

    private static final NativeFunction SYSCALL = NativeFunction.find("syscall").orElseThrow();

    private final CallNumbers numbers = CallNumbers.ofThisCpu();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment captured = NativeFunction.newErrno(arena);
    private final MemorySegment smallMemory = arena.allocate(256, 16);
    private final long smallAddress = smallMemory.address();

    /** A view of it: this JVM, which does not optimise much, reads and writes a buffer far quicker. */
    private final ByteBuffer small = smallMemory.asByteBuffer().order(ByteOrder.nativeOrder());

    /** Calls of the thread that makes this. */
    public Kernel() {}

    /**
     * What waitid(2) said of one child or tracee.
     *
     * @param code CLD_EXITED and so on (asm-generic/siginfo.h): 1 to 3 for an end, above for a stop
     * @param status the exit status, or the signal that ended it, or for a stop of a tracee the signal
     *     in the low byte and the ptrace event above it
     */
    public record Waited(int tid, int code, int status) {
        private static final int CLD_EXITED = 1;
        private static final int CLD_DUMPED = 3;

        public boolean ended() {
            return isEnd(code);
        }

        private static boolean isEnd(int code) {
            return code >= CLD_EXITED && code <= CLD_DUMPED;
        }

        /** The exit status; as a shell counts it, 128 and the number for one that a signal ended. */
        public int exitStatus() {
            return code == CLD_EXITED ? status : 128 + status;
        }

        public int stopSignal() {
            return status & 0xff;
        }

        public int stopEvent() {
            return status >> 8 & 0xff;
        }
    }

    /** pidfd_open(2): a descriptor that means this process and no later one of the same pid. */
    public long pidfdOpen(long pid) {
        return call(numbers.pidfdOpen, pid, 0, 0, 0, 0, 0);
    }

    /** pidfd_send_signal(2) with signal 0: 0 while the process is there, a zombie at least. */
    public long pidfdProbe(long pidfd) {
        return call(numbers.pidfdSendSignal, pidfd, 0, 0, 0, 0, 0);
    }

    /**
     * clock_gettime(2) of another process's CPU clock, whose id is made of its pid
     * (include/linux/posix-timers.h, MAKE_PROCESS_CPUCLOCK with CPUCLOCK_SCHED): the CPU time of all its
     * threads in ns, or minus an errno. Anybody may ask.
     */
    public long processCpuNanos(long pid) {
        long clock = (int) (~pid << 3 | CPUCLOCK_SCHED);
        long result = call(numbers.clockGettime, clock, smallAddress, 0, 0, 0, 0);
        return result < 0 ? result : small.getLong(0) * 1_000_000_000L + small.getLong(8);
    }

    /** kill(2); a negative pid means the process group. */
    public long kill(long pid, int signal) {
        return call(numbers.kill, pid, signal, 0, 0, 0, 0);
    }

    /** The two ends of a pipe; what is written to one is read from the other. */
    public record Pipe(long readEnd, long writeEnd) {}

    /** pipe2(2), closed on exec; empty where no more files may be open. */
    public Optional<Pipe> openPipe() {
        return call(numbers.pipe2, smallAddress, O_RDONLY_CLOEXEC, 0, 0, 0, 0) < 0
                ? Optional.empty()
                : Optional.of(new Pipe(small.getInt(0), small.getInt(4)));
    }

    public void close(long descriptor) {
        call(numbers.close, descriptor, 0, 0, 0, 0, 0);
    }

    /** open(2) for reading, closed on exec. */
    public long openForReading(Path path) {
        return open(path, O_RDONLY_CLOEXEC);
    }

    /** open(2) of a file that exists for reading and writing, closed on exec. */
    public long openForWriting(Path path) {
        return open(path, O_RDWR_CLOEXEC);
    }

    private long open(Path path, int flags) {
        try (Arena names = Arena.ofConfined()) {
            long name = names.allocateFrom(path.toString()).address();
            return call(numbers.openat, AT_FDCWD, name, flags, 0, 0, 0);
        }
    }

    /** PR_SET_TIMERSLACK of prctl(2) for this thread: 50 us otherwise come on top of every wait. */
    public void setTimerSlack(long nanos) {
        call(numbers.prctl, PR_SET_TIMERSLACK, nanos, 0, 0, 0, 0);
    }

    /**
     * sched_setscheduler(2): gives a thread, 0 for this one, the lowest real-time priority or takes it
     * away again. Children start without it.
     *
     * @return 0, or minus an errno where it is not permitted
     */
    public long setRealTime(long tid, boolean wanted) {
        small.putInt(0, wanted ? 1 : 0);
        int policy = wanted ? SCHED_FIFO | SCHED_RESET_ON_FORK : 0;
        return call(numbers.schedSetscheduler, tid, policy, smallAddress, 0, 0, 0);
    }

    /** ppoll(2) of one descriptor: whether it became readable within the time. */
    public boolean pollForInput(long descriptor, long nanos) {
        small.putInt(0, (int) descriptor);
        small.putShort(4, POLLIN).putShort(6, (short) 0);
        small.putLong(16, nanos / 1_000_000_000L).putLong(24, nanos % 1_000_000_000L);
        return call(numbers.ppoll, smallAddress, 1, smallAddress + 16, 0, 0, 0) > 0;
    }

    /** The stop of one tracee of this thread, consumed; empty while it runs, or when it has ended. */
    public Optional<Waited> pollStop(long tid) {
        return wait(P_PID, tid, WSTOPPED | WALL | WNOTHREAD);
    }

    /** The end of one child, or tracee of this thread, which is gone by this; empty while it runs. */
    public Optional<Waited> pollEnd(long tid) {
        return wait(P_PID, tid, WEXITED | WALL);
    }

    /**
     * A stop or an end of any tracee of this very thread, not consumed. Never for other threads'
     * children: those belong to whoever started them.
     */
    public Optional<Waited> peekOwn() {
        return wait(P_ALL, 0, WSTOPPED | WEXITED | WALL | WNOTHREAD | WNOWAIT);
    }

    /**
     * The same, waiting until there is one, or until a signal of {@link WakeSignal} comes: empty then.
     */
    public Optional<Waited> awaitOwn() {
        return wait(P_ALL, 0, WSTOPPED | WEXITED | WALL | WNOTHREAD | WNOWAIT, 0);
    }

    /** tgkill(2): a signal for one thread; 0, or minus an errno. */
    public long signalThread(long pid, long tid, int signal) {
        return call(numbers.tgkill, pid, tid, signal, 0, 0, 0);
    }

    /** Whether a tracee or child is there no more, or has ended and waits to be asked. */
    public boolean isGone(long tid) {
        small.putInt(SI_PID, 0);
        int options = WSTOPPED | WEXITED | WALL | WNOHANG | WNOWAIT;
        long result = call(numbers.waitid, P_PID, tid, smallAddress, options, 0, 0);
        int code = small.getInt(8);
        return result < 0 || (small.getInt(SI_PID) != 0 && Waited.isEnd(code));
    }

    /** Takes the end of a child or tracee; false while it has not ended. */
    public boolean reap(long tid) {
        small.putInt(SI_PID, 0);
        int options = WEXITED | WALL | WNOHANG;
        return call(numbers.waitid, P_PID, tid, smallAddress, options, 0, 0) < 0
                || small.getInt(SI_PID) != 0;
    }

    private Optional<Waited> wait(int idType, long id, int options) {
        return wait(idType, id, options, WNOHANG);
    }

    private Optional<Waited> wait(int idType, long id, int options, int noHang) {
        small.putInt(SI_PID, 0);
        long result = call(numbers.waitid, idType, id, smallAddress, options | noHang, 0, 0);
        int tid = small.getInt(SI_PID); // si_pid
        return result != 0 || tid == 0
                ? Optional.empty()
                : Optional.of(new Waited(tid, small.getInt(8), small.getInt(24)));
    }

    /** pread64(2) into native memory; how many bytes came, or minus an errno. */
    long pread(long descriptor, long nativeAddress, long sizeBytes, long offset) {
        return call(numbers.pread64, descriptor, nativeAddress, sizeBytes, offset, 0, 0);
    }

    /** pread64(2) into a buffer outside the heap, from its start; how many bytes came, or minus an errno. */
    public long pread(long descriptor, ByteBuffer target) {
        long address = MemorySegment.ofBuffer(target).address();
        return pread(descriptor, address, target.capacity(), 0);
    }

    /** pwrite64(2) from native memory; how many bytes went, or minus an errno. */
    long pwrite(long descriptor, long nativeAddress, long sizeBytes, long offset) {
        return call(numbers.pwrite64, descriptor, nativeAddress, sizeBytes, offset, 0, 0);
    }

    /** Native memory that a measurement can read through /proc/self/mem; freed when it returns. */
    public long withBuffer(long sizeBytes, LongUnaryOperator measurement) {
        try (Arena buffers = Arena.ofConfined()) {
            MemorySegment buffer = buffers.allocate(sizeBytes, 4096).fill((byte) 1);
            return measurement.applyAsLong(buffer.address());
        }
    }

    /** process_vm_readv(2) of one range; how many bytes came. */
    public long processVmRead(long pid, long address, byte[] target) {
        try (Arena buffers = Arena.ofConfined()) {
            MemorySegment buffer = buffers.allocate(target.length);
            small.putLong(0, buffer.address());
            small.putLong(8, target.length);
            small.putLong(16, address);
            small.putLong(24, target.length);
            long here = smallAddress;
            long read = call(numbers.processVmReadv, pid, here, 1, here + 16, 1, 0);
            if (read > 0) {
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, target, 0, (int) read);
            }
            return read;
        }
    }

    /** socket(2) of netlink(7); a descriptor, or minus an errno. */
    public long openNetlink(int protocol) {
        return call(numbers.socket, AF_NETLINK, SOCK_RAW_CLOEXEC, protocol, 0, 0, 0);
    }

    /** bind(2) of a netlink socket to multicast groups, a bit each; 0, or minus an errno. */
    public long joinNetlink(long socket, int groups) {
        // struct sockaddr_nl: family and padding of 2 bytes each, port (the kernel chooses), groups
        small.putShort(0, (short) AF_NETLINK).putShort(2, (short) 0);
        small.putInt(4, 0).putInt(8, groups);
        return call(numbers.bind, socket, smallAddress, 12, 0, 0, 0);
    }

    /** send(2) of one message, without waiting; how many bytes went, or minus an errno. */
    public long send(long socket, byte[] message) {
        try (Arena buffers = Arena.ofConfined()) {
            MemorySegment buffer = buffers.allocateFrom(ValueLayout.JAVA_BYTE, message);
            return call(
                    numbers.sendto, socket, buffer.address(), message.length, MSG_DONTWAIT, 0, 0);
        }
    }

    /** recv(2) of one message that is there already; empty where there is none. */
    public Optional<byte[]> receive(long socket, int bytesMax) {
        try (Arena buffers = Arena.ofConfined()) {
            MemorySegment buffer = buffers.allocate(bytesMax, 8);
            long came =
                    call(numbers.recvfrom, socket, buffer.address(), bytesMax, MSG_DONTWAIT, 0, 0);
            return came < 0
                    ? Optional.empty()
                    : Optional.of(buffer.asSlice(0, came).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /**
     * PAGEMAP_SCAN (linux/fs.h, since Linux 6.7): the pages that the process has written or read and
     * that are not the kernel's shared page of zeros.
     *
     * @param pagemap an open /proc/PID/pagemap
     * @param rangesMax how many ranges are kept at most
     * @return pairs of start and end, ascending; empty when the kernel cannot
     */
    public Optional<List<long[]>> scanPagemap(long pagemap, long start, long end, int rangesMax) {
        int argumentBytes = 96;
        int regionBytes = 24;
        int regionsAtOnce = 4096;
        long sizeAndDirection = 0xC0606610L; // _IOWR('f', 16, struct pm_scan_arg)
        long presentOrSwapped = 8 | 16; // PAGE_IS_PRESENT | PAGE_IS_SWAPPED
        long zeroPage = 32; // PAGE_IS_PFNZERO
        List<long[]> ranges = new ArrayList<>();
        try (Arena buffers = Arena.ofConfined()) {
            MemorySegment argumentMemory = buffers.allocate(argumentBytes, 8);
            MemorySegment regionMemory = buffers.allocate((long) regionBytes * regionsAtOnce, 8);
            ByteBuffer argument = argumentMemory.asByteBuffer().order(ByteOrder.nativeOrder());
            ByteBuffer regions = regionMemory.asByteBuffer().order(ByteOrder.nativeOrder());
            long from = start;
            while (Long.compareUnsigned(from, end) < 0) {
                for (int word = 0; word < argumentBytes; word += Long.BYTES) {
                    argument.putLong(word, 0);
                }
                argument.putLong(0, argumentBytes);
                argument.putLong(16, from);
                argument.putLong(24, end);
                argument.putLong(40, regionMemory.address());
                argument.putLong(48, regionsAtOnce);
                argument.putLong(64, zeroPage); // category_inverted
                argument.putLong(72, zeroPage); // category_mask
                argument.putLong(80, presentOrSwapped); // category_anyof_mask
                long count = call(
                        numbers.ioctl,
                        pagemap,
                        sizeAndDirection,
                        argumentMemory.address(),
                        0,
                        0,
                        0);
                if (count < 0 || ranges.size() + count > rangesMax) {
                    return Optional.empty();
                }
                for (int index = 0; index < count; index++) {
                    int at = index * regionBytes;
                    ranges.add(new long[] {regions.getLong(at), regions.getLong(at + 8)});
                }
                long walkEnd = argument.getLong(32);
                if (Long.compareUnsigned(walkEnd, from) <= 0) {
                    return Optional.empty();
                }
                from = walkEnd;
            }
        }
        return Optional.of(ranges);
    }

    /** ptrace(2) as the kernel takes it. */
    long ptrace(long request, long tid, long address, long data) {
        return call(numbers.ptrace, request, tid, address, data, 0, 0);
    }

    private long call(long number, long a, long b, long c, long d, long e, long f) {
        long result = SYSCALL.call(captured, number, a, b, c, d, e, f);
        return result == -1 ? -(long) NativeFunction.errno(captured) : result;
    }
}
