package dev.mortem.dump.copy;

import java.util.List;

/**
 * All of a dump that is to be written, but for the bytes of the memory.
 *
 * @param head all bytes before the memory; not to be changed
 * @param sizeBytes of the whole file, uncompressed
 * @param plans the memory to copy, by ascending file offset
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DumpContent(byte[] head, long sizeBytes, List<MemoryPlan> plans) {
    public DumpContent {
        plans = List.copyOf(plans);
    }

    /** How much memory is copied; what is left out of it are zeros. */
    public long populatedBytes() {
        return plans.stream().mapToLong(MemoryPlan::populatedBytes).sum();
    }

    /** About what the file takes on disk. */
    public long expectedSizeBytes() {
        return head.length + populatedBytes();
    }
}
