package dev.mortem.dump.copy;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;

import java.util.List;

/**
 * One region: its bytes go to the file from {@code fileOffset} on.
 *
 * @param fileSizeBytes how many bytes from the region's start on the file has; 0 for none
 * @param data what of them may be anything but zeros, by ascending address
 */
public record MemoryPlan(
        MemoryRegion region, long fileOffset, long fileSizeBytes, List<AddressRange> data) {
    /**
     * Reserved memory that nobody touched yet takes no room even as a hole: file systems end at 8
     * or 16 TiB. A heap of this size that holds nothing is the address sanitizer's shadow or Go's
     * arena.
     */
    private static final long UNTOUCHED_BYTES_MAX = 64L << 30;

    public MemoryPlan {
        data = List.copyOf(data);
    }

    /** What of the region is present, at that place of the file. */
    public static MemoryPlan of(ProcessSnapshot snapshot, MemoryRegion region, long fileOffset) {
        AddressRange present = region.present();
        List<AddressRange> data = snapshot.populated(region).stream()
                .map(present::intersection)
                .filter(range -> !range.isEmpty())
                .toList();
        long fileSize = fileSizeBytes(region, data);
        return new MemoryPlan(region, fileOffset, fileSize, fileSize == 0 ? List.of() : data);
    }

    private static long fileSizeBytes(MemoryRegion region, List<AddressRange> data) {
        boolean accessible = region.isReadable() || region.isWritable() || region.isExecutable();
        boolean reserved =
                !accessible || Long.compareUnsigned(region.presentBytes(), UNTOUCHED_BYTES_MAX) > 0;
        return data.isEmpty() && reserved ? 0 : region.presentBytes();
    }

    /** The sum of what is to be copied. */
    public long populatedBytes() {
        return data.stream().mapToLong(AddressRange::sizeBytes).sum();
    }
}
