package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.ChildProcess;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.FileId;
import dev.mortem.base.kernel.FileLock;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.kernel.ProcessName;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads what a process holds of the kernel, while it runs: descriptors, sockets, file locks, children.
 * Belongs to one thread and one reading.
 */
public final class KernelObjectsReader {
    public static final Limit DESCRIPTORS = new Limit(
            "descriptors read of a process",
            4096,
            "descriptors",
            "a busy server has some thousand connections; more are counted, and the first tell what the"
                    + " rest is like");

    public static final Limit WATCHES = new Limit(
            "descriptors watched by the epolls of a process",
            20_000,
            "descriptors",
            "an event loop watches each of its connections; with 100 bytes each they stay far below what"
                    + " a sidecar may have");

    public static final Limit TIME = new Limit(
            "time for descriptors, locks and children",
            250,
            "milliseconds",
            "the moment that the dump is wanted for must not pass meanwhile; ten times what 1000"
                    + " descriptors take");

    static final Limit TABLE_BYTES = new Limit(
            "bytes of a table of sockets, locks or mounts",
            8 << 20,
            "bytes",
            "50,000 sockets of the whole machine, which take the kernel some 50 ms to print");

    static final Limit FDINFO_BYTES = new Limit(
            "bytes of a descriptor's fdinfo",
            1 << 20,
            "bytes",
            "10,000 watches of an epoll; others have less than a page");

    static final Limit LOCKS = new Limit(
            "file locks of a process",
            1000,
            "locks",
            "databases hold some tens; who locks records one by one may hold thousands");

    static final Limit CHILDREN = new Limit(
            "children of a process",
            500,
            "processes",
            "a pool of workers has some tens; who forgets to wait may have thousands that have ended");

    static final Limit PROCESSES = new Limit(
            "processes looked at for children and other ends",
            10_000,
            "processes",
            "a large host of containers has some thousand");

    static final Limit LINKS = new Limit(
            "descriptors of other processes",
            20_000,
            "descriptors",
            "who holds the other end of a pipe is often a child, and those are asked first");

    private final ProcFolder proc;
    private final long pid;
    private final Limits limits;
    private final Deadline deadline;
    private final List<String> absences = new ArrayList<>();

    /** @param pid of the process, as we see it */
    public KernelObjectsReader(ProcFolder proc, long pid, Limits limits) {
        this.proc = proc;
        this.pid = pid;
        this.limits = limits;
        this.deadline = Deadline.in(Duration.ofMillis(limits.max(TIME)));
    }

    /** Reads it all; what cannot be read is an absence with its reason. */
    public KernelObjects read(Instant now) {
        List<Integer> numbers = numbers();
        boolean seen = absences.isEmpty();
        int kept = Math.min(numbers.size(), limits.maxInt(DESCRIPTORS));
        DescriptorList open =
                new DescriptorList(proc.of(pid), mounts(), limits.maxInt(WATCHES), deadline);
        List<FileDescriptor> descriptors = open.read(numbers.subList(0, kept));
        absences.addAll(open.absences());
        if (descriptors.size() < kept && deadline.hasPassed()) {
            absences.add("time was over after %,d of %,d descriptors"
                    .formatted(descriptors.size(), numbers.size()));
        } else if (kept < numbers.size()) {
            absences.add("only the first %,d of %,d descriptors were read"
                    .formatted(kept, numbers.size()));
        }
        OtherProcesses others = new OtherProcesses(proc, pid, limits.maxInt(PROCESSES), deadline);
        List<ChildProcess> children = children(others);
        SocketsAndPipes ends = new SocketsAndPipes(
                proc.of(pid), limits.maxInt(TABLE_BYTES), limits.maxInt(LINKS), deadline);
        descriptors = ends.complete(descriptors, others);
        absences.addAll(ends.absences());
        List<FileLock> locks = locks(descriptors, others);
        return new KernelObjects(
                Optional.of(now),
                seen ? OptionalLong.of(numbers.size()) : OptionalLong.empty(),
                descriptorsMax(),
                descriptors,
                locks,
                children,
                absences);
    }

    private List<Integer> numbers() {
        List<Integer> numbers = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(proc.of(pid).resolve("fd"))) {
            for (Path file : files) {
                Numbers.parseUnsigned(String.valueOf(file.getFileName()))
                        .ifPresent(number -> numbers.add((int) number));
            }
        } catch (AccessDeniedException denied) {
            absences.add("its descriptors may not be read by this user");
        } catch (IOException | DirectoryIteratorException | SecurityException gone) {
            absences.add("its descriptors could not be read");
        }
        numbers.sort(null);
        return numbers;
    }

    private MountDevices mounts() {
        return new MountDevices(
                BoundedFile.read(proc.of(pid).resolve("mountinfo"), limits.maxInt(TABLE_BYTES))
                        .map(BoundedFile::lines)
                        .orElse(List.of()));
    }

    private List<ChildProcess> children(OtherProcesses others) {
        var stats = others.children();
        int most = limits.maxInt(CHILDREN);
        if (stats.size() > most) {
            absences.add(
                    "only the first %,d of %,d children were read".formatted(most, stats.size()));
        }
        ChildFacts facts = new ChildFacts(proc, pid);
        return stats.entrySet().stream()
                .limit(most)
                .map(child -> facts.of(child.getKey(), child.getValue()))
                .sorted(Comparator.comparingLong(ChildProcess::pid))
                .toList();
    }

    /** Those on files that the process has open, and those that it holds or waits for. */
    private List<FileLock> locks(List<FileDescriptor> descriptors, OtherProcesses others) {
        Optional<BoundedFile> table =
                BoundedFile.read(proc.root().resolve("locks"), limits.maxInt(TABLE_BYTES));
        if (table.isEmpty()) {
            absences.add("file locks are not known: /proc/locks could not be read");
            return List.of();
        }
        Set<FileId> files = descriptors.stream()
                .map(FileDescriptor::target)
                .filter(DescriptorTarget.File.class::isInstance)
                .flatMap(file -> ((DescriptorTarget.File) file).id().stream())
                .collect(Collectors.toCollection(HashSet::new));
        List<FileLock> locks = new ArrayList<>();
        for (LockTable.Lock lock : LockTable.parse(table.get().lines())) {
            if (locks.size() == limits.maxInt(LOCKS)) {
                absences.add("only the first %,d file locks were read".formatted(locks.size()));
                break;
            }
            if (files.contains(lock.file()) || lock.concerns(pid)) {
                locks.add(named(lock, others));
            }
        }
        return locks;
    }

    private static FileLock named(LockTable.Lock lock, OtherProcesses others) {
        List<ProcessName> waiters = lock.waiters().stream()
                .filter(waiter -> waiter > 0)
                .map(others::name)
                .toList();
        return new FileLock(
                lock.kind(),
                lock.exclusive(),
                lock.file(),
                lock.start(),
                lock.end(),
                lock.pid() > 0 ? Optional.of(others.name(lock.pid())) : Optional.empty(),
                waiters);
    }

    /** "Max open files            1024                 524288               files" */
    private OptionalLong descriptorsMax() {
        return BoundedFile.read(proc.of(pid).resolve("limits"), 16_384).stream()
                .flatMap(file -> file.lines().stream())
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> Numbers.parseUnsigned(
                        line.substring("Max open files".length()).trim().split("\\s", 2)[0]))
                .findFirst()
                .orElse(OptionalLong.empty());
    }
}
