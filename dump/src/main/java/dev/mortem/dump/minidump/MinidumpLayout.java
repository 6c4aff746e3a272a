package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.copy.DumpContent;
import dev.mortem.dump.copy.MemoryPlan;
import dev.mortem.format.minidump.CpuContext;
import dev.mortem.format.minidump.MinidumpType;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Where everything goes in a minidump that is to be written: the head, which is put together once to learn
 * its size and once with the places of the memory in it, then the memory, piece behind piece.
 */
final class MinidumpLayout {
    private static final int PAGE_BYTES = 4096;

    /** An RVA of MemoryListStream has 32 bits; some room is left for the head. */
    private static final long LIST_BYTES_MAX = 0xf000_0000L;

    private MinidumpLayout() {}

    /** @throws IOException when no minidump can hold this process */
    static DumpContent of(ProcessSnapshot snapshot, MinidumpOptions options) throws IOException {
        requireMachine(snapshot.machine());
        List<MemoryPlan> plans = new ArrayList<>();
        long memoryBytes = 0;
        for (MemoryRegion region : snapshot.regions()) {
            MemoryPlan plan = MemoryPlan.of(snapshot, region, memoryBytes);
            plans.add(plan);
            memoryBytes += plan.fileSizeBytes();
        }
        boolean wide = MinidumpType.has(options.flags(), MinidumpType.WITH_FULL_MEMORY)
                || memoryBytes > LIST_BYTES_MAX;
        // a wide dump's pages lie on pages of the file, so that those of zeros can be holes
        int alignment = wide ? PAGE_BYTES : 16;
        int headBytes = new MinidumpStreams(snapshot, options, plans, wide).head(alignment).length;
        List<MemoryPlan> placed = new ArrayList<>();
        for (MemoryPlan plan : plans) {
            placed.add(new MemoryPlan(
                    plan.region(),
                    headBytes + plan.fileOffset(),
                    plan.fileSizeBytes(),
                    plan.data()));
        }
        byte[] head = new MinidumpStreams(snapshot, options, placed, wide).head(alignment);
        return new DumpContent(head, headBytes + memoryBytes, placed);
    }

    private static void requireMachine(Machine machine) throws IOException {
        boolean known = machine.order() == ByteOrder.LITTLE_ENDIAN
                && machine.cpu().flatMap(CpuContext::toWrite).isPresent();
        if (!known) {
            throw new IOException(
                    "no minidump can be written for the machine \"%s\"".formatted(machine.name()));
        }
    }
}
