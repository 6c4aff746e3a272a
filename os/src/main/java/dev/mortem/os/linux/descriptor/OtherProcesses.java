package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.base.kernel.FileId;
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

    /**
     * Pipes and sockets whose holders are looked for.
     *
     * @param inodes of those without a name
     * @param named the named pipes
     */
    record Wanted(Set<Long> inodes, Set<DescriptorTarget.File> named) {
        Wanted {
            inodes = Set.copyOf(inodes);
            named = Set.copyOf(named);
        }

        boolean isEmpty() {
            return inodes.isEmpty() && named.isEmpty();
        }

        /** In another mount namespace a file's folder may have another name, but not the file. */
        private boolean mayBe(String link) {
            String path = plain(link);
            return named.stream().anyMatch(file -> lastName(file.path()).equals(lastName(path)));
        }

        private boolean isNamed(FileId id) {
            return named.stream().anyMatch(file -> file.id().filter(id::equals).isPresent());
        }

        private static String plain(String link) {
            return link.endsWith(DescriptorList.DELETED)
                    ? link.substring(0, link.length() - DescriptorList.DELETED.length())
                    : link;
        }

        private static String lastName(String path) {
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    /**
     * What is held.
     *
     * @param inode of a socket, or a pipe without a name
     * @param file of a named pipe
     */
    record End(OptionalLong inode, Optional<FileId> file) {
        static End of(long inode) {
            return new End(OptionalLong.of(inode), Optional.empty());
        }

        static End of(FileId file) {
            return new End(OptionalLong.empty(), Optional.of(file));
        }
    }

    /** A pipe or socket that another process has open. */
    record Holder(End end, ProcessName process, Access access) {}

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

    /** The process that all is about. */
    ProcessName self() {
        return name(pid);
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
    List<Holder> holders(Wanted wanted, int linksMax) {
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
            links += holders(other, wanted, holders);
        }
        return holders;
    }

    /** How many links were read. */
    private int holders(long other, Wanted wanted, List<Holder> holders) {
        int links = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(proc.of(other).resolve("fd"))) {
            for (Path file : files) {
                links++;
                ProcFolder.link(file)
                        .flatMap(link -> holder(other, file.getFileName(), link, wanted))
                        .ifPresent(holders::add);
                if (deadline.hasPassed()) {
                    break;
                }
            }
        } catch (IOException | DirectoryIteratorException notOurs) {
            return links; // it ended, or belongs to another user
        }
        return links;
    }

    private Optional<Holder> holder(long other, Path number, String link, Wanted wanted) {
        OptionalLong inode = inode(link);
        if (inode.isPresent()) {
            return wanted.inodes().contains(inode.getAsLong())
                    ? Optional.of(new Holder(
                            End.of(inode.getAsLong()),
                            name(other),
                            info(other, number).access()))
                    : Optional.empty();
        }
        if (!wanted.mayBe(link)) {
            return Optional.empty();
        }
        FdInfo info = info(other, number);
        return mounts(other)
                .id(info)
                .filter(wanted::isNamed)
                .map(file -> new Holder(End.of(file), name(other), info.access()));
    }

    private FdInfo info(long other, Path number) {
        return FdInfo.parse(
                BoundedFile.read(proc.of(other).resolve("fdinfo").resolve(number), 4096)
                        .map(BoundedFile::lines)
                        .orElse(List.of()),
                0);
    }

    private MountDevices mounts(long other) {
        int most = (int) KernelObjectsReader.TABLE_BYTES.defaultMax();
        return new MountDevices(BoundedFile.read(proc.of(other).resolve("mountinfo"), most)
                .map(BoundedFile::lines)
                .orElse(List.of()));
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
