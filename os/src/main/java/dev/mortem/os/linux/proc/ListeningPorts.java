package dev.mortem.os.linux.proc;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which TCP ports processes listen on: the listening sockets of their network namespaces, found again
 * among their open files. Reads each namespace once. Belongs to one thread and one listing.
 */
public final class ListeningPorts {
    /** The state column of /proc/net/tcp (proc_pid_net(5); TCP_LISTEN in net/tcp_states.h). */
    private static final String LISTEN = "0A";

    private final ProcFolder proc;
    private final Map<String, Map<Long, Integer>> portsByNamespace = new HashMap<>();

    public ListeningPorts(ProcFolder proc) {
        this.proc = proc;
    }

    /** Ascending; empty where there are none or its files may not be seen. */
    public List<Integer> of(long pid) {
        String namespace = ProcFolder.link(proc.of(pid).resolve("ns/net")).orElse("of " + pid);
        Map<Long, Integer> ports = portsByNamespace.computeIfAbsent(namespace, _ -> listening(pid));
        if (ports.isEmpty()) {
            return List.of();
        }
        Set<Integer> own = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(proc.of(pid).resolve("fd"))) {
            for (Path file : files) {
                ProcFolder.link(file)
                        .map(ListeningPorts::socketInode)
                        .map(ports::get)
                        .ifPresent(own::add);
            }
        } catch (IOException | DirectoryIteratorException notOurs) {
            return List.of(); // it ended, or belongs to another user: its ports are not seen
        }
        return List.copyOf(own);
    }

    /** "socket:[12345]"; -1 for other files. */
    private static long socketInode(String link) {
        if (!link.startsWith("socket:[") || !link.endsWith("]")) {
            return -1;
        }
        return Numbers.parseUnsigned(link.substring(8, link.length() - 1)).orElse(-1);
    }

    /** Ports by socket inode, of the network namespace that the process is in. */
    private Map<Long, Integer> listening(long pid) {
        Map<Long, Integer> ports = new HashMap<>();
        for (String file : List.of("net/tcp", "net/tcp6")) {
            ProcFolder.text(proc.of(pid).resolve(file))
                    .orElse("")
                    .lines()
                    .skip(1)
                    .forEach(line -> {
                        String[] fields = line.trim().split("\\s+", -1);
                        if (fields.length > 9 && fields[3].equals(LISTEN)) {
                            String local = fields[1];
                            long port = Numbers.parseHex(
                                            local.substring(local.lastIndexOf(':') + 1))
                                    .orElse(0);
                            Numbers.parseUnsigned(fields[9])
                                    .ifPresent(inode -> ports.put(inode, (int) port));
                        }
                    });
        }
        return ports;
    }
}
