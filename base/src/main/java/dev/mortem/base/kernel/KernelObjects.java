package dev.mortem.base.kernel;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a process holds of the kernel, at one moment close to that of its dump.
 *
 * @param takenAt when it was read, a little before or after the process stood
 * @param descriptorCount how many descriptors were open; more than are listed where they were cut off
 * @param descriptorsMax how many the process may have open: the soft RLIMIT_NOFILE (getrlimit(2))
 * @param descriptors by ascending number
 * @param locks on files that the process has open or waits for, whoever holds them
 * @param children by ascending pid
 * @param absences what could not be read or was cut off, and why, a sentence each
 */
public record KernelObjects(
        Optional<Instant> takenAt,
        OptionalLong descriptorCount,
        OptionalLong descriptorsMax,
        List<FileDescriptor> descriptors,
        List<FileLock> locks,
        List<ChildProcess> children,
        List<String> absences) {
    public KernelObjects {
        descriptors = List.copyOf(descriptors);
        locks = List.copyOf(locks);
        children = List.copyOf(children);
        absences = List.copyOf(absences);
    }

    /** The open descriptor of that number. */
    public Optional<FileDescriptor> descriptor(int number) {
        return descriptors.stream().filter(open -> open.number() == number).findFirst();
    }

    /** The child of that pid. */
    public Optional<ChildProcess> child(long pid) {
        return children.stream().filter(child -> child.pid() == pid).findFirst();
    }
}
