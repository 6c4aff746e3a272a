package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.proc.ProcFolder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A /proc, a /sys/fs/cgroup and a / for one process, made of files that a test writes. */
final class FakeTree {
    static final long PID = 4711;
    static final long MIB = 1 << 20;

    private static final String UNIFIED =
            "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

    private final Path folder;

    FakeTree(Path folder) {
        this.folder = folder;
    }

    /** Version 2 alone, with the target in a cgroup. */
    static FakeTree unified(Path folder, String path) {
        FakeTree tree = new FakeTree(folder);
        return tree.proc("self/mountinfo", UNIFIED).of("cgroup", "0::" + path + "\n");
    }

    /** Version 1 for one controller, with version 2 beside it as on hybrid machines. */
    static FakeTree version1(Path folder, String controller, String path) {
        FakeTree tree = new FakeTree(folder);
        String mounts = """
                32 31 0:29 / /sys/fs/cgroup/%s rw - cgroup cgroup rw,%s
                33 31 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                """.formatted(controller, controller);
        return tree.proc("self/mountinfo", mounts)
                .of("cgroup", "4:%s:%s\n0::/\n".formatted(controller, path))
                .cgroup("unified/cgroup.procs", "");
    }

    ProcFolder proc() {
        return new ProcFolder(folder.resolve("proc"));
    }

    Path cgroupRoot() {
        return folder.resolve("sys/fs/cgroup");
    }

    Path systemRoot() {
        return folder.resolve("root");
    }

    FakeTree proc(String name, String text) {
        return write(folder.resolve("proc").resolve(name), text);
    }

    /** A file of the target's. */
    FakeTree of(String name, String text) {
        return proc(PID + "/" + name, text);
    }

    FakeTree cgroup(String name, String text) {
        return write(cgroupRoot().resolve(name), text);
    }

    FakeTree system(String name, String text) {
        return write(systemRoot().resolve(name), text);
    }

    /** A cgroup of version 2 with a limit and its use, in MiB. */
    FakeTree memory(String path, long limitMib, long usedMib) {
        return cgroup(path + "/memory.max", limitMib * MIB + "\n")
                .cgroup(path + "/memory.high", "max\n")
                .cgroup(path + "/memory.current", usedMib * MIB + "\n");
    }

    FakeTree meminfo(long totalMib, long availableMib) {
        return proc(
                "meminfo",
                "MemTotal:       %d kB\nMemFree:        17 kB\nMemAvailable:   %d kB\n"
                        .formatted(totalMib * 1024, availableMib * 1024));
    }

    /** Nobody can read it as a file, not even root. */
    FakeTree unreadable(Path file) {
        if (!file.startsWith(folder)) {
            throw new IllegalArgumentException(file + " is not in " + folder);
        }
        try {
            Files.deleteIfExists(file);
            Files.createDirectories(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return this;
    }

    private FakeTree write(Path named, String text) {
        Path file = named.normalize();
        if (!file.startsWith(folder)) {
            throw new IllegalArgumentException(file + " is not in " + folder);
        }
        try {
            Files.createDirectories(file.resolveSibling("."));
            Files.writeString(file, text);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return this;
    }
}
