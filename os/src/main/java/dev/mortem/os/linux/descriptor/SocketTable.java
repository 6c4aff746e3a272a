package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.Endpoint;
import dev.mortem.base.kernel.InternetAddress;
import dev.mortem.os.linux.proc.Numbers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Sockets of one network namespace, from /proc/PID/net/tcp, tcp6, udp, udp6 and unix (proc_pid_net(5)):
 * those of one process, and the other ends of its connections that are on the same machine. Belongs to
 * one thread.
 */
final class SocketTable {
    /** include/net/tcp_states.h, counted from 1. */
    private static final List<String> STATES = List.of(
            "ESTABLISHED",
            "SYN_SENT",
            "SYN_RECV",
            "FIN_WAIT1",
            "FIN_WAIT2",
            "TIME_WAIT",
            "CLOSE",
            "CLOSE_WAIT",
            "LAST_ACK",
            Socket.LISTEN,
            "CLOSING",
            "NEW_SYN_RECV");

    /** include/uapi/linux/net.h, socket_state, counted from 1. */
    private static final List<String> UNIX_STATES =
            List.of("UNCONNECTED", "CONNECTING", "ESTABLISHED", "DISCONNECTING");

    /** include/linux/net.h: it listens. */
    private static final long SO_ACCEPTCON = 0x10000;

    private static final int TCP_FIELDS_MIN = 10;
    private static final int WORD_DIGITS = 8;
    private static final int UNIX_FIELDS_MIN = 7;

    private final Set<Long> own;
    private final Map<Long, Socket> sockets = new HashMap<>();
    private final Map<Ends, Long> ownByEnds = new HashMap<>();

    /** A connection as one side sees it. */
    private record Ends(Endpoint local, Endpoint remote) {
        /** The same connection as the other side sees it. */
        static Ends fromTheOtherSide(Endpoint itsLocal, Endpoint itsRemote) {
            return new Ends(/* local= */ itsRemote, /* remote= */ itsLocal);
        }
    }

    /** @param own inodes of the process's sockets */
    SocketTable(Set<Long> own) {
        this.own = new HashSet<>(own);
    }

    /** What is known of the process's sockets, by inode. */
    Map<Long, Socket> sockets() {
        return Map.copyOf(sockets);
    }

    /** Reads a table of "tcp" or "udp", of either version of the protocol. */
    void readInternet(String protocol, List<String> lines) {
        for (String line : lines) {
            String[] fields = line.trim().split("\\s+", TCP_FIELDS_MIN + 1);
            if (fields.length < TCP_FIELDS_MIN) {
                continue;
            }
            OptionalLong inode = Numbers.parseUnsigned(fields[9]);
            if (inode.isPresent() && own.contains(inode.getAsLong())) {
                Socket socket = internet(protocol, fields);
                sockets.put(inode.getAsLong(), socket);
                if (socket.local().isPresent() && socket.remote().isPresent()) {
                    ownByEnds.put(
                            new Ends(socket.local().get(), socket.remote().get()),
                            inode.getAsLong());
                }
            }
        }
    }

    /**
     * The inodes at the other ends of the process's connections, by its own inodes: lines of the same
     * tables with the two addresses the other way round.
     */
    Map<Long, Long> peers(List<String> lines) {
        Map<Long, Long> peers = new HashMap<>();
        if (ownByEnds.isEmpty()) {
            return peers;
        }
        for (String line : lines) {
            String[] fields = line.trim().split("\\s+", TCP_FIELDS_MIN + 1);
            OptionalLong inode = fields.length < TCP_FIELDS_MIN
                    ? OptionalLong.empty()
                    : Numbers.parseUnsigned(fields[9]);
            if (inode.isEmpty() || inode.getAsLong() == 0) {
                continue; // not accepted yet, or past its process's end
            }
            Optional<Endpoint> local = endpoint(fields[1]);
            Optional<Endpoint> remote = endpoint(fields[2]);
            if (local.isPresent() && remote.isPresent()) {
                Long ownInode = ownByEnds.get(Ends.fromTheOtherSide(local.get(), remote.get()));
                if (ownInode != null) {
                    peers.put(ownInode, inode.getAsLong());
                }
            }
        }
        return peers;
    }

    private static Socket internet(String protocol, String[] fields) {
        Optional<Endpoint> remote = endpoint(fields[2]).filter(end -> end.port().orElse(0) != 0);
        Optional<String> state = Numbers.parseHex(fields[3]).stream()
                .boxed()
                .findFirst()
                .filter(number -> number >= 1 && number <= STATES.size())
                .map(number -> STATES.get((int) (number - 1)));
        boolean unconnected =
                protocol.equals("udp") && state.filter("CLOSE"::equals).isPresent();
        int colon = fields[4].indexOf(':');
        return new Socket(
                Optional.of(protocol),
                endpoint(fields[1]),
                remote,
                unconnected ? Optional.of("UNCONNECTED") : state,
                Numbers.parseHex(fields[4].substring(0, Math.max(0, colon))),
                Numbers.parseHex(fields[4].substring(colon + 1)),
                Optional.empty());
    }

    /** Num RefCount Protocol Flags Type St Inode Path. */
    void readUnix(List<String> lines) {
        for (String line : lines) {
            String[] fields = line.trim().split("\\s+", UNIX_FIELDS_MIN + 1);
            if (fields.length < UNIX_FIELDS_MIN) {
                continue;
            }
            OptionalLong inode = Numbers.parseUnsigned(fields[6]);
            if (inode.isEmpty() || !own.contains(inode.getAsLong())) {
                continue;
            }
            boolean listens = (Numbers.parseHex(fields[3]).orElse(0) & SO_ACCEPTCON) != 0;
            long number = Numbers.parseHex(fields[5]).orElse(0);
            Optional<String> state = listens
                    ? Optional.of(Socket.LISTEN)
                    : number >= 1 && number <= UNIX_STATES.size()
                            ? Optional.of(UNIX_STATES.get((int) number - 1))
                            : Optional.empty();
            Optional<Endpoint> local = fields.length > UNIX_FIELDS_MIN
                    ? Optional.of(new Endpoint(fields[7], OptionalInt.empty()))
                    : Optional.empty();
            sockets.put(
                    inode.getAsLong(),
                    new Socket(
                            Optional.of("unix"),
                            local,
                            Optional.empty(),
                            state,
                            OptionalLong.empty(),
                            OptionalLong.empty(),
                            Optional.empty()));
        }
    }

    /** The process's own Unix sockets among those that were read. */
    boolean hasUnix() {
        return sockets.values().stream()
                .anyMatch(socket -> socket.protocol().filter("unix"::equals).isPresent());
    }

    /**
     * The inodes at the other ends of the process's Unix sockets, by its own inodes. The sockets get what
     * waits in their queues, and as the remote place the path that the other end is bound to.
     *
     * @param lines those of {@link #readUnix}
     */
    Map<Long, Long> unixPeers(Map<Long, UnixDiag.Told> told, List<String> lines) {
        Map<Long, Long> peers = new HashMap<>();
        told.forEach((inode, socket) -> {
            if (own.contains(inode) && socket.peer().isPresent()) {
                peers.put(inode, socket.peer().getAsLong());
            }
        });
        Map<Long, String> paths = new HashMap<>();
        Set<Long> others = new HashSet<>(peers.values());
        for (String line : lines) {
            String[] fields = line.trim().split("\\s+", UNIX_FIELDS_MIN + 1);
            if (fields.length > UNIX_FIELDS_MIN) {
                Numbers.parseUnsigned(fields[6]).stream()
                        .filter(others::contains)
                        .forEach(inode -> paths.put(inode, fields[7]));
            }
        }
        sockets.replaceAll((inode, socket) -> {
            UnixDiag.Told known = told.get(inode);
            Optional<String> path = Optional.ofNullable(peers.get(inode)).map(paths::get);
            return known == null
                    ? socket
                    : new Socket(
                            socket.protocol(),
                            socket.local(),
                            path.map(at -> new Endpoint(at, OptionalInt.empty())),
                            socket.state(),
                            socket.sendQueueBytes(),
                            known.receiveQueue(),
                            socket.peer());
        });
        return peers;
    }

    /** "0100007F:1538": the address as words in the machine's byte order, then the port. */
    static Optional<Endpoint> endpoint(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        OptionalLong port = Numbers.parseHex(text.substring(colon + 1));
        Optional<String> host = host(text.substring(0, colon));
        return port.isEmpty() || port.getAsLong() > 0xffff
                ? Optional.empty()
                : host.map(known -> new Endpoint(known, OptionalInt.of((int) port.getAsLong())));
    }

    /** Words of 32 bits, each printed as a number of this machine's byte order. */
    private static Optional<String> host(String hex) {
        if (hex.length() != WORD_DIGITS && hex.length() != 4 * WORD_DIGITS) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2).order(ByteOrder.nativeOrder());
        for (int at = 0; at < hex.length(); at += WORD_DIGITS) {
            OptionalLong word = Numbers.parseHex(hex.substring(at, at + WORD_DIGITS));
            if (word.isEmpty()) {
                return Optional.empty();
            }
            bytes.putInt((int) word.getAsLong());
        }
        return Optional.of(InternetAddress.text(bytes.array()));
    }
}
