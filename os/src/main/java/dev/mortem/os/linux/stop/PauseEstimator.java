package dev.mortem.os.linux.stop;

import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** How long a process will stand, from what /proc says and measurements here. */
final class PauseEstimator {
    /** Stopping, registers and letting go: 11 ms for 1000 threads measured; doubled. */
    private static final long NANOS_PER_THREAD = 20_000;

    /** Where memory is read meanwhile: mappings, modules, facts. 3 to 8 ms measured, mostly smaps. */
    private static final long NANOS_FIXED_STANDING = 10_000_000;

    /** Where a copy is made: 0.3 ms measured for a small process on a quiet machine; tripled. */
    private static final long NANOS_FIXED_COPYING = 1_000_000;

    /** Large against a processor's nearer caches; one round takes less than a millisecond. */
    private static final int MEASURED_BYTES = 4 * 1024 * 1024;

    /** The best counts: in the others this thread may have lost the processor to somebody else. */
    private static final int MEASURED_ROUNDS = 4;

    /**
     * Reading another process's memory is measured; what the caller does with the bytes is not. Seen:
     * 7 GB/s read, 2.5 GB/s read and written to the page cache.
     */
    private static final int WRITING_TAKES = 3;

    /**
     * The kernel goes through the target's page tables for smaps as for a copy, and looks at each page: what
     * that took is measured. Copying also writes: 1.1 to 1.8 times as long, on quiet and busy machines.
     */
    private static final int COPYING_TAKES = 2;

    /** A huge page costs nothing to look at, and a page table of its own to copy: 0.6 us seen; doubled. */
    private static final long NANOS_PER_HUGE_PAGE = 1_200;

    private static final long HUGE_PAGE_BYTES = 2 << 20;

    private final Kernel kernel;
    private final RegionPolicy policy;
    private final StatusFile status;
    private final List<Mapping> mappings;
    private final long walkNanos;

    /**
     * @param mappings of the target's smaps; empty where they may not be read
     * @param walkNanos how long the kernel took to tell them
     */
    PauseEstimator(
            Kernel kernel,
            RegionPolicy policy,
            StatusFile status,
            List<Mapping> mappings,
            long walkNanos) {
        this.kernel = kernel;
        this.policy = policy;
        this.status = status;
        this.mappings = mappings;
        this.walkNanos = walkNanos;
    }

    /** When the process stands while its memory is read. */
    PauseEstimate standing(String why) {
        SnapshotOptions options = policy.options();
        long bytes = options.withMemory() ? copyBytes() : 0;
        long speed = options.copyBytesPerSecond().orElse(0);
        if (speed <= 0) {
            speed = bytes == 0 ? Long.MAX_VALUE : Math.max(1, readBytesPerSecond() / WRITING_TAKES);
        }
        long nanos = NANOS_FIXED_STANDING
                + threads() * NANOS_PER_THREAD
                + (long) ((double) bytes / speed * 1_000_000_000);
        return new PauseEstimate(
                Duration.ofNanos(nanos),
                bytes,
                threads(),
                speed,
                PauseEstimate.STOP_THE_WORLD,
                why,
                List.of());
    }

    /** When the kernel copies its page tables meanwhile, and its memory is read later. */
    PauseEstimate copying(long keptBytes, String why) {
        long huge = mappings.stream()
                        .mapToLong(mapping -> mapping.hugeBytes().orElse(0))
                        .sum()
                / HUGE_PAGE_BYTES;
        long nanos = NANOS_FIXED_COPYING
                + threads() * NANOS_PER_THREAD
                + walkNanos * COPYING_TAKES
                + huge * NANOS_PER_HUGE_PAGE
                + (keptBytes == 0
                        ? 0
                        : (long) ((double) keptBytes / readBytesPerSecond() * 1_000_000_000));
        return new PauseEstimate(
                Duration.ofNanos(nanos),
                copyBytes(),
                threads(),
                0,
                PauseEstimate.SNAPSHOT,
                why,
                List.of());
    }

    private long threads() {
        return status.number("Threads").orElse(1);
    }

    private long copyBytes() {
        return mappings.isEmpty()
                ? status.bytes("RssAnon").orElse(0)
                        + status.bytes("RssShmem").orElse(0)
                        + status.bytes("VmSwap").orElse(0)
                : mappings.stream().mapToLong(policy::copiedBytes).sum();
    }

    /** Measured on our own memory; at least 1. */
    private long readBytesPerSecond() {
        long descriptor = kernel.openForReading(Path.of("/proc/self/mem"));
        if (descriptor < 0) {
            return 1;
        }
        try {
            return kernel.withBuffer(MEASURED_BYTES, address -> {
                byte[] target = new byte[MEASURED_BYTES / 4];
                long best = 1;
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
