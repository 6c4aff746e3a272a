package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.base.kernel.ProcessName;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The machine's other processes: whose children they are, and what they have open. One thread's. */
final class OtherProcesses {
    private final ProcFolder proc;
    private final long pid;
    private final Deadline deadline;
    private final Map<Long, StatFile> stats = new HashMap<>();

    /**
     * @param pid the process that all is about
     * @param processesMax how many are looked at
     */
    OtherProcesses(ProcFolder proc, long pid, int processesMax, Deadline deadline) {
        this.proc = proc;
        this.pid = pid;
        this.deadline = deadline;
        for (long other : proc.pids()) {
            if (stats.size() < processesMax && !deadline.hasPassed()) {
                proc.stat(other).ifPresent(stat -> stats.put(other, stat));
            }
        }
    }

    /** A pipe or socket that another process has open. */
    record Holder(long inode, ProcessName process, Access access) {}

    /** Its children, by ascending pid. */
    Map<Long, StatFile> children() {
        Map<Long, StatFile> children = new java.util.TreeMap<>();
        stats.forEach((other, stat) -> {
            if (stat.parentPid() == pid) {
                children.put(other, stat);
            }
        });
        return children;
    }

    ProcessName name(long other) {
        return new ProcessName(
                other,
                Optional.ofNullable(stats.get(other))
                        .or(() -> proc.stat(other))
                        .map(StatFile::name)
                        .orElse(""));
    }

    /**
     * Who else holds these pipes and sockets: asked first are the children and the parent, then the
     * others, until the links that may be read are used up or time is over.
     */
    List<Holder> holders(Set<Long> inodes, int linksMax) {
        long parent =
                Optional.ofNullable(stats.get(pid)).map(StatFile::parentPid).orElse(0L);
        List<Long> order = stats.entrySet().stream()
                .filter(other -> other.getKey() != pid && !other.getValue().isKernelThread())
                .sorted(Comparator.comparing((Map.Entry<Long, StatFile> other) ->
                                other.getValue().parentPid() != pid && other.getKey() != parent)
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .toList();
        List<Holder> holders = new ArrayList<>();
        int links = 0;
        for (long other : order) {
            if (links >= linksMax || deadline.hasPassed()) {
                break;
            }
            links += holders(other, inodes, holders);
        }
        return holders;
    }

    /** How many links were read. */
    private int holders(long other, Set<Long> inodes, List<Holder> holders) {
        int links = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(proc.of(other).resolve("fd"))) {
            for (Path file : files) {
                links++;
                OptionalLong inode = ProcFolder.link(file)
                        .map(OtherProcesses::inode)
                        .orElse(OptionalLong.empty());
                if (inode.isPresent() && inodes.contains(inode.getAsLong())) {
                    holders.add(new Holder(
                            inode.getAsLong(), name(other), access(other, file.getFileName())));
                }
                if (deadline.hasPassed()) {
                    break;
                }
            }
        } catch (IOException | DirectoryIteratorException notOurs) {
            return links; // it ended, or belongs to another user
        }
        return links;
    }

    private Access access(long other, Path number) {
        return BoundedFile.read(proc.of(other).resolve("fdinfo").resolve(number), 4096)
                .map(file -> FdInfo.parse(file.lines(), 0).access())
                .orElse(Access.UNKNOWN);
    }

    /** Of "pipe:[123]" and "socket:[123]". */
    static OptionalLong inode(String link) {
        int open = link.indexOf(":[");
        boolean known = link.startsWith("pipe:[") || link.startsWith("socket:[");
        return known && link.endsWith("]")
                ? Numbers.parseUnsigned(link.substring(open + 2, link.length() - 1))
                : OptionalLong.empty();
    }
}
