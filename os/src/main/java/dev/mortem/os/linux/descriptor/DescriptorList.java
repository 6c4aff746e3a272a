package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.os.linux.proc.ProcFolder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The open descriptors of one process, each by itself. Belongs to one thread. */
final class DescriptorList {
    static final String DELETED = " (deleted)";

    /** sys/stat.h: the bits of a file's mode that tell its type, and those of a named pipe. */
    private static final int S_IFMT = 0xf000;

    private static final int S_IFIFO = 0x1000;

    private static final String ANONYMOUS = "anon_inode:";

    private final Path process;
    private final MountDevices mounts;
    private final Deadline deadline;
    private final List<String> absences = new ArrayList<>();
    private int watchesLeft;

    /** @param process its folder of /proc */
    DescriptorList(Path process, MountDevices mounts, int watchesMax, Deadline deadline) {
        this.process = process;
        this.mounts = mounts;
        this.watchesLeft = watchesMax;
        this.deadline = deadline;
    }

    /** Until time is over; those that were closed meanwhile are left out. */
    List<FileDescriptor> read(List<Integer> numbers) {
        List<FileDescriptor> open = new ArrayList<>();
        for (int number : numbers) {
            if (deadline.hasPassed()) {
                break;
            }
            ProcFolder.link(process.resolve("fd").resolve(Integer.toString(number)))
                    .ifPresent(link -> open.add(descriptor(number, link)));
        }
        return open;
    }

    List<String> absences() {
        return List.copyOf(absences);
    }

    private FileDescriptor descriptor(int number, String link) {
        OptionalLong inode = OtherProcesses.inode(link);
        if (link.startsWith("socket:[")) {
            // its fdinfo tells nothing more, and there may be thousands
            return new FileDescriptor(
                    number, Access.READ_WRITE, inode, SocketsAndPipes.unknownSocket());
        }
        FdInfo info = info(number);
        if (link.startsWith("pipe:[")) {
            return new FileDescriptor(
                    number,
                    info.access(),
                    inode,
                    new DescriptorTarget.Pipe(Optional.empty(), List.of()));
        }
        if (link.startsWith(ANONYMOUS)) {
            String name = link.substring(ANONYMOUS.length()).replaceAll("[\\[\\]]", "");
            return new FileDescriptor(number, info.access(), info.inode(), info.anonymous(name));
        }
        boolean deleted = link.endsWith(DELETED);
        String path = deleted ? link.substring(0, link.length() - DELETED.length()) : link;
        DescriptorTarget.File file = new DescriptorTarget.File(path, deleted, mounts.id(info));
        return new FileDescriptor(
                number,
                info.access(),
                info.inode(),
                isNamedPipe(number, info)
                        ? new DescriptorTarget.Pipe(Optional.of(file), List.of())
                        : file);
    }

    /** Asked of files only where the answer cannot take long. */
    private boolean isNamedPipe(int number, FdInfo info) {
        Path file = process.resolve("fd").resolve(Integer.toString(number));
        try {
            return info.mountId().isPresent()
                    && mounts.isLocal(info.mountId().getAsLong())
                    && Files.getAttribute(file, "unix:mode") instanceof Integer mode
                    && (mode & S_IFMT) == S_IFIFO;
        } catch (IOException | SecurityException | UnsupportedOperationException unseen) {
            return false;
        }
    }

    private FdInfo info(int number) {
        Path file = process.resolve("fdinfo").resolve(Integer.toString(number));
        int most = (int) KernelObjectsReader.FDINFO_BYTES.defaultMax();
        BoundedFile text = BoundedFile.read(file, most).orElse(new BoundedFile(List.of(), false));
        FdInfo info = FdInfo.parse(text.lines(), watchesLeft);
        watchesLeft -= info.watches().size();
        long watched =
                text.lines().stream().filter(line -> line.startsWith("tfd:")).count();
        if (text.cut() || info.watches().size() < watched) {
            absences.add("of what descriptor %d watches only the first %,d are listed"
                    .formatted(number, info.watches().size()));
        }
        return info;
    }
}
