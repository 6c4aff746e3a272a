package dev.mortem.os.linux.descriptor;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Asks the kernel which Unix sockets are connected to which: no file of /proc says so. It tells of our own
 * network namespace only. Never waits for an answer. Belongs to one thread.
 */
final class UnixPeers {
    private static final int NETLINK_SOCK_DIAG = 4;

    /** What the kernel fills at most in one go, with room to spare (netlink_dump of af_netlink.c). */
    private static final int DATAGRAM_BYTES_MAX = 64 * 1024;

    /** 50,000 sockets, some 60 bytes each. */
    private static final int DATAGRAMS_MAX = 1000;

    private final Path process;
    private final Deadline deadline;
    private final Kernel kernel = new Kernel();
    private Optional<String> absence = Optional.empty();

    /** @param process its folder of /proc */
    UnixPeers(Path process, Deadline deadline) {
        this.process = process;
        this.deadline = deadline;
    }

    /** Why not all is known. */
    Optional<String> absence() {
        return absence.map(why -> "who holds the other ends of Unix sockets is not known: " + why);
    }

    /** What the kernel tells, by the sockets' inodes; nothing where it does not. */
    Map<Long, UnixDiag.Told> ask() {
        Optional<String> theirs = ProcFolder.link(process.resolve("ns/net"));
        Optional<String> ours = ProcFolder.link(process.resolveSibling("self").resolve("ns/net"));
        if (theirs.isEmpty() || !theirs.equals(ours)) {
            absence = Optional.of("it is in another network namespace, or that may not be seen");
            return Map.of();
        }
        long socket = kernel.openNetlink(NETLINK_SOCK_DIAG);
        if (socket < 0) {
            absence = Optional.of("netlink cannot be opened, " + Errno.name((int) -socket));
            return Map.of();
        }
        try {
            return answer(socket);
        } finally {
            kernel.close(socket);
        }
    }

    private Map<Long, UnixDiag.Told> answer(long socket) {
        UnixDiag answer = new UnixDiag();
        if (kernel.send(socket, UnixDiag.request()) < 0) {
            absence = Optional.of("sock_diag cannot be asked");
            return Map.of();
        }
        try {
            for (int count = 0; count < DATAGRAMS_MAX && !deadline.hasPassed(); count++) {
                Optional<byte[]> datagram = kernel.receive(socket, DATAGRAM_BYTES_MAX);
                if (datagram.isEmpty()) {
                    absence = Optional.of("sock_diag did not answer to the end");
                    return answer.sockets();
                }
                if (answer.read(datagram.get())) {
                    return answer.sockets();
                }
            }
            absence = Optional.of("time was over before sock_diag had told all");
        } catch (MalformedException refused) {
            absence = Optional.of("sock_diag does not tell of Unix sockets here");
        }
        return answer.sockets();
    }
}
