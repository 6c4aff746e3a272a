package dev.mortem.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A memory cgroup of the test's own beside all others, with a limit; gone when it is closed. */
final class OwnCgroup implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private static final int TRIES_MAX = 10_000;

    private final Path folder;

    private OwnCgroup(Path folder) {
        this.folder = folder;
    }

    /** Skips the test where none can be made: without root, or with controllers that are switched off. */
    static OwnCgroup make(long limitBytes) throws IOException {
        boolean first = Files.isDirectory(ROOT.resolve("memory"));
        Path folder = (first ? ROOT.resolve("memory") : ROOT)
                .resolve("mortem-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        Path limit = folder.resolve(first ? "memory.limit_in_bytes" : "memory.max");
        boolean made = false;
        try {
            Files.createDirectory(folder);
            made = Files.isWritable(limit);
        } catch (IOException notPermitted) {
            // told below
        }
        if (!made) {
            Files.deleteIfExists(folder);
        }
        assumeTrue(made, "needs a memory cgroup that can be made");
        Files.writeString(limit, Long.toString(limitBytes));
        return new OwnCgroup(folder);
    }

    void add(long pid) throws IOException {
        Files.writeString(folder.resolve("cgroup.procs"), Long.toString(pid));
    }

    /** What is in it has ended, or ends soon. */
    @Override
    public void close() throws IOException {
        for (int tries = 1; !isRemoved(); tries++) {
            if (tries == TRIES_MAX) {
                throw new IOException(folder + " is still in use");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private boolean isRemoved() {
        try {
            Files.delete(folder);
            return true;
        } catch (IOException busy) {
            return false;
        }
    }
}
