package dev.mortem.os.linux.arrive;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.os.ProcessArrivals;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The kernel's own word of each fork and exec: the process events connector (linux/cn_proc.h,
 * linux/connector.h; Documentation/driver-api/connector.rst). Needs CAP_NET_ADMIN, and that we are in the
 * machine's first pid and network namespaces.
 */
public final class ProcConnector implements ProcessArrivals {
    private static final int NETLINK_CONNECTOR = 11;
    private static final int CN_IDX_PROC = 1;
    private static final int CN_VAL_PROC = 1;
    private static final int PROC_CN_MCAST_LISTEN = 1;
    private static final int NLMSG_DONE = 3;

    /** struct nlmsghdr, then struct cn_msg. */
    private static final int HEADERS_BYTES = 16 + 20;

    /** struct proc_event: what, cpu, timestamp, and what belongs to the event. */
    private static final int WHAT = HEADERS_BYTES;

    private static final int DATA = HEADERS_BYTES + 16;

    private static final long PROC_EVENT_NONE = 0;
    private static final long PROC_EVENT_FORK = 1;
    private static final long PROC_EVENT_EXEC = 2;

    private static final int DATAGRAM_BYTES_MAX = 4096;

    /** The kernel answers at once, or never. */
    private static final Duration ANSWER_WAIT = Duration.ofMillis(200);

    private static final long SLICE_NANOS = 50_000_000;

    private final Kernel kernel;
    private final ProcFolder proc;
    private final long socket;

    private ProcConnector(Kernel kernel, ProcFolder proc, long socket) {
        this.kernel = kernel;
        this.proc = proc;
        this.socket = socket;
    }

    /** Listens from now on; empty where we may not. */
    public static Optional<ProcessArrivals> open(ProcFolder proc) {
        Kernel kernel = new Kernel();
        long socket = kernel.openNetlink(NETLINK_CONNECTOR);
        if (socket < 0) {
            return Optional.empty();
        }
        ProcConnector connector = new ProcConnector(kernel, proc, socket);
        if (kernel.joinNetlink(socket, CN_IDX_PROC) == 0
                && kernel.send(socket, listenRequest()) > 0
                && connector.isAnswered()) {
            return Optional.of(connector);
        }
        connector.close();
        return Optional.empty();
    }

    static byte[] listenRequest() {
        int sizeBytes = HEADERS_BYTES + Integer.BYTES;
        return ByteBuffer.allocate(sizeBytes)
                .order(ByteOrder.nativeOrder())
                .putInt(sizeBytes)
                .putShort((short) NLMSG_DONE)
                .putShort((short) 0) // flags
                .putInt(0) // sequence
                .putInt(0) // to the kernel
                .putInt(CN_IDX_PROC)
                .putInt(CN_VAL_PROC)
                .putInt(0) // sequence
                .putInt(0) // acknowledgement
                .putShort((short) Integer.BYTES)
                .putShort((short) 0) // flags
                .putInt(PROC_CN_MCAST_LISTEN)
                .array();
    }

    /** In another pid namespace than the first the request is dropped without a word. */
    private boolean isAnswered() {
        long end = System.nanoTime() + ANSWER_WAIT.toNanos();
        while (System.nanoTime() - end < 0) {
            if (kernel.pollForInput(socket, end - System.nanoTime())) {
                Optional<byte[]> datagram = kernel.receive(socket, DATAGRAM_BYTES_MAX);
                if (datagram.isPresent() && isPermission(datagram.get())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isPermission(byte[] datagram) {
        try {
            ByteSource event = source(datagram);
            return event.u4("what", WHAT) == PROC_EVENT_NONE && event.u4("err", DATA) == 0;
        } catch (MalformedException unknown) {
            return false;
        }
    }

    private static ByteSource source(byte[] datagram) {
        return ByteSource.ofBytes("proc_event", datagram, ByteOrder.nativeOrder());
    }

    /** The process that began or became another program; empty for all other events. */
    static OptionalLong began(byte[] datagram) throws MalformedException {
        ByteSource event = source(datagram);
        long what = event.u4("what", WHAT);
        if (what != PROC_EVENT_FORK && what != PROC_EVENT_EXEC) {
            return OptionalLong.empty();
        }
        int at = what == PROC_EVENT_FORK ? DATA + 8 : DATA; // the parent comes first
        long pid = event.u4("pid", at);
        return event.u4("tgid", at + 4) == pid ? OptionalLong.of(pid) : OptionalLong.empty();
    }

    @Override
    public Optional<Arrival> next(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!Thread.currentThread().isInterrupted()) {
            long left = end - System.nanoTime();
            // in slices, so that an interrupt is seen
            if (kernel.pollForInput(socket, Math.clamp(left, 0, SLICE_NANOS))) {
                Optional<Arrival> arrival = receive();
                if (arrival.isPresent()) {
                    return arrival;
                }
            }
            if (left <= 0) {
                break;
            }
        }
        return Optional.empty();
    }

    private Optional<Arrival> receive() {
        Optional<byte[]> datagram = kernel.receive(socket, DATAGRAM_BYTES_MAX);
        if (datagram.isEmpty()) {
            return Optional.empty();
        }
        try {
            OptionalLong pid = began(datagram.get());
            return pid.isPresent()
                    ? Optional.of(new Arrival(
                            pid.getAsLong(),
                            ProcFolder.link(proc.of(pid.getAsLong()).resolve("exe"))))
                    : Optional.empty();
        } catch (MalformedException notAnEvent) {
            return Optional.empty(); // of a kernel that says more than we know
        }
    }

    @Override
    public String how() {
        return "the kernel tells of each (process events connector)";
    }

    @Override
    public void close() {
        kernel.close(socket);
    }
}
