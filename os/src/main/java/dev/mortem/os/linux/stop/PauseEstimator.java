package dev.mortem.os.linux.stop;

import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/** How long a process would stand while it is copied, from what /proc says and one measurement here. */
final class PauseEstimator {
    /** Stopping, registers and letting go: 11 ms for 1000 threads measured; doubled. */
    private static final long NANOS_PER_THREAD = 20_000;

    /** Mappings, modules, facts: 3 to 8 ms measured, most of it smaps. */
    private static final long NANOS_FIXED = 10_000_000;

    /** Large against a processor's nearer caches; one round takes less than a millisecond. */
    private static final int MEASURED_BYTES = 4 * 1024 * 1024;

    /** The best counts: in the others this thread may have lost the processor to somebody else. */
    private static final int MEASURED_ROUNDS = 4;

    /**
     * Reading another process's memory is measured; what the caller does with the bytes is not. Seen:
     * 7 GB/s read, 2.5 GB/s read and written to the page cache.
     */
    private static final int WRITING_TAKES = 3;

    private final ProcFolder proc;
    private final Kernel kernel;

    PauseEstimator(ProcFolder proc, Kernel kernel) {
        this.proc = proc;
        this.kernel = kernel;
    }

    PauseEstimate estimate(long pid, long livingTid, StatusFile status, SnapshotOptions options) {
        long threads = status.number("Threads").orElse(1);
        long bytes = options.withMemory() ? copyBytes(pid, livingTid, status, options) : 0;
        long speed = options.copyBytesPerSecond().orElse(0);
        if (speed <= 0) {
            speed = bytes == 0 ? Long.MAX_VALUE : Math.max(1, readBytesPerSecond() / WRITING_TAKES);
        }
        long nanos = NANOS_FIXED
                + threads * NANOS_PER_THREAD
                + (long) ((double) bytes / speed * 1_000_000_000);
        return new PauseEstimate(Duration.ofNanos(nanos), bytes, threads, speed);
    }

    private long copyBytes(long pid, long livingTid, StatusFile status, SnapshotOptions options) {
        Path smaps = proc.task(pid, livingTid).resolve("smaps");
        RegionPolicy policy = new RegionPolicy(Gatherer.coredumpFilter(proc, pid), options);
        OptionalLong exact = ProcFolder.bytes(smaps).filter(bytes -> bytes.length > 0).stream()
                .mapToLong(bytes -> Mapping.parseAll(bytes).stream()
                        .mapToLong(policy::copiedBytes)
                        .sum())
                .findFirst();
        return exact.orElseGet(() -> status.bytes("RssAnon").orElse(0)
                + status.bytes("RssShmem").orElse(0)
                + status.bytes("VmSwap").orElse(0));
    }

    /** Measured on our own memory; 0 where that cannot be read. */
    private long readBytesPerSecond() {
        long descriptor = kernel.openForReading(Path.of("/proc/self/mem"));
        if (descriptor < 0) {
            return 0;
        }
        try {
            return kernel.withBuffer(MEASURED_BYTES, address -> {
                byte[] target = new byte[MEASURED_BYTES / 4];
                long best = 0;
                for (int round = 0; round < MEASURED_ROUNDS; round++) {
                    best = Math.max(best, readBytesPerSecond(descriptor, address, target));
                }
                return best;
            });
        } finally {
            kernel.close(descriptor);
        }
    }

    private static long readBytesPerSecond(long descriptor, long address, byte[] target) {
        long start = System.nanoTime();
        long done = 0;
        for (int offset = 0; offset < MEASURED_BYTES; offset += target.length) {
            done += ProcessMemory.read(descriptor, address + offset, target, 0, target.length);
        }
        return done * 1_000_000_000L / Math.max(1, System.nanoTime() - start);
    }
}
