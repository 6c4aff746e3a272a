package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.DescriptorTarget.Pipe;
import dev.mortem.base.kernel.DescriptorTarget.PipeEnd;
import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.ProcessName;
import dev.mortem.os.linux.descriptor.OtherProcesses.End;
import dev.mortem.os.linux.descriptor.OtherProcesses.Holder;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Completes sockets with what the tables of their network namespace say, and sockets and pipes with who
 * holds the other ends. Belongs to one thread.
 */
final class SocketsAndPipes {
    private final Path process;
    private final int tableBytesMax;
    private final int linksMax;
    private final Deadline deadline;
    private final List<String> absences = new ArrayList<>();

    /**
     * @param process its folder of /proc
     * @param linksMax how many descriptors of others may be looked at
     */
    SocketsAndPipes(Path process, int tableBytesMax, int linksMax, Deadline deadline) {
        this.process = process;
        this.tableBytesMax = tableBytesMax;
        this.linksMax = linksMax;
        this.deadline = deadline;
    }

    /** A socket of which nothing else is known yet. */
    static Socket unknownSocket() {
        return new Socket(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }

    List<String> absences() {
        return List.copyOf(absences);
    }

    List<FileDescriptor> complete(List<FileDescriptor> descriptors, OtherProcesses others) {
        Set<Long> sockets = new HashSet<>();
        Set<Long> wanted = new HashSet<>();
        Set<DescriptorTarget.File> named = new HashSet<>();
        for (FileDescriptor descriptor : descriptors) {
            if (descriptor.inode().isPresent()) {
                long inode = descriptor.inode().getAsLong();
                if (descriptor.target() instanceof Socket) {
                    sockets.add(inode);
                } else if (descriptor.target() instanceof Pipe pipe) {
                    pipe.file().ifPresentOrElse(named::add, () -> wanted.add(inode));
                }
            }
        }
        SocketTable table = new SocketTable(sockets);
        Map<Long, Long> peers = sockets.isEmpty() ? Map.of() : read(table);
        wanted.addAll(peers.values());
        ProcessName self = others.self();
        OtherProcesses.Wanted asked = new OtherProcesses.Wanted(wanted, named);
        Map<End, List<Holder>> holders = asked.isEmpty()
                ? Map.of()
                : others.holders(asked, linksMax).stream()
                        .collect(Collectors.groupingBy(Holder::end));
        Map<Long, Socket> known = table.sockets();
        return descriptors.stream()
                .map(descriptor -> completed(descriptor, known, peers, holders))
                .map(descriptor -> ofItself(descriptor, sockets, peers, self))
                .toList();
    }

    /** The inodes at the other ends, by the process's own. */
    private Map<Long, Long> read(SocketTable table) {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        for (String name : List.of("tcp", "tcp6", "udp", "udp6", "unix")) {
            if (deadline.hasPassed()) {
                absences.add("time was over before all tables of sockets were read");
                break;
            }
            Optional<BoundedFile> file =
                    BoundedFile.read(process.resolve("net").resolve(name), tableBytesMax);
            if (file.filter(BoundedFile::cut).isPresent()) {
                absences.add("of /proc/PID/net/" + name + " only the first part was read");
            }
            file.ifPresent(read -> lines.put(name, read.lines()));
        }
        Map<Long, Long> peers = new HashMap<>();
        lines.forEach((name, content) -> {
            if (name.equals("unix")) {
                table.readUnix(content);
            } else {
                table.readInternet(name.replace("6", ""), content);
            }
        });
        lines.forEach((name, content) -> {
            if (name.startsWith("tcp")) {
                peers.putAll(table.peers(content));
            }
        });
        List<String> unix = lines.getOrDefault("unix", List.of());
        if (table.hasUnix()) {
            UnixPeers asked = new UnixPeers(process, deadline);
            peers.putAll(table.unixPeers(asked.ask(), unix));
            asked.absence().ifPresent(absences::add);
        }
        return peers;
    }

    private static FileDescriptor completed(
            FileDescriptor descriptor,
            Map<Long, Socket> known,
            Map<Long, Long> peers,
            Map<End, List<Holder>> holders) {
        if (descriptor.inode().isEmpty()) {
            return descriptor;
        }
        long inode = descriptor.inode().getAsLong();
        DescriptorTarget target = descriptor.target();
        if (target instanceof Pipe pipe) {
            Optional<End> end = pipe.file().isEmpty()
                    ? Optional.of(End.of(inode))
                    : pipe.file().get().id().map(End::of);
            List<PipeEnd> ends = end.map(held -> holders.getOrDefault(held, List.of())).stream()
                    .flatMap(List::stream)
                    .map(holder -> new PipeEnd(holder.process(), holder.access()))
                    .distinct()
                    .toList();
            target = new Pipe(pipe.file(), ends);
        } else if (target instanceof Socket) {
            Socket socket = known.getOrDefault(inode, unknownSocket());
            Long peer = peers.get(inode);
            target = peer == null
                    ? socket
                    : with(socket, holders.getOrDefault(End.of(peer), List.of()));
        }
        return new FileDescriptor(
                descriptor.number(), descriptor.access(), descriptor.inode(), target);
    }

    /** A socket whose other end nobody else holds, but the process itself does. */
    private static FileDescriptor ofItself(
            FileDescriptor descriptor, Set<Long> own, Map<Long, Long> peers, ProcessName self) {
        Long peer =
                descriptor.inode().isPresent() ? peers.get(descriptor.inode().getAsLong()) : null;
        return peer != null
                        && own.contains(peer)
                        && descriptor.target() instanceof Socket socket
                        && socket.peer().isEmpty()
                ? new FileDescriptor(
                        descriptor.number(),
                        descriptor.access(),
                        descriptor.inode(),
                        heldBy(socket, Optional.of(self)))
                : descriptor;
    }

    /** The other end's holder, where it is one process: a socket that several hold names none of them. */
    private static Socket with(Socket socket, List<Holder> peers) {
        Set<ProcessName> processes = new LinkedHashSet<>();
        peers.forEach(peer -> processes.add(peer.process()));
        return processes.size() != 1
                ? socket
                : heldBy(socket, processes.stream().findFirst());
    }

    private static Socket heldBy(Socket socket, Optional<ProcessName> peer) {
        return new Socket(
                socket.protocol(),
                socket.local(),
                socket.remote(),
                socket.state(),
                socket.sendQueueBytes(),
                socket.receiveQueue(),
                peer);
    }
}
