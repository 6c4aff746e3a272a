package dev.mortem.format.dwarf.info;

import dev.mortem.base.address.AddressOrder;
import dev.mortem.base.address.AddressRange;

import java.util.Arrays;

/** Address ranges with a number each, in primitive arrays. Belongs to one thread. */
public final class RangeIndex {
    /** A sound file has no overlap; the bound keeps a hostile one from making lookups linear. */
    private static final int OVERLAP_STEPS_MAX = 16;

    private final int max;
    private long[] starts = new long[64];
    private long[] sizes = new long[64];
    private long[] values = new long[64];
    private int count;
    private boolean full;

    /** @param max how many ranges there is room for */
    public RangeIndex(int max) {
        this.max = max;
    }

    /** Whether there was room. */
    public boolean add(AddressRange range, long value) {
        if (count == max) {
            full = true;
            return false;
        }
        if (count == starts.length) {
            int capacity = (int) Math.min(max, 2L * count);
            starts = Arrays.copyOf(starts, capacity);
            sizes = Arrays.copyOf(sizes, capacity);
            values = Arrays.copyOf(values, capacity);
        }
        starts[count] = range.start();
        sizes[count] = range.sizeBytes();
        values[count] = value;
        count++;
        return true;
    }

    /** Whether a range found no room. */
    public boolean isFull() {
        return full;
    }

    /** To be called once, after the last {@link #add} and before {@link #valuesAt}. */
    public void sort() {
        int[] order = AddressOrder.ascending(starts, count);
        starts = Arrays.stream(order).mapToLong(index -> starts[index]).toArray();
        sizes = Arrays.stream(order).mapToLong(index -> sizes[index]).toArray();
        values = Arrays.stream(order).mapToLong(index -> values[index]).toArray();
    }

    /** The numbers of the ranges that contain the address, the range that starts last first. */
    public long[] valuesAt(long address) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(starts[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        long[] found = new long[OVERLAP_STEPS_MAX];
        int hits = 0;
        for (int steps = 0; high >= 0 && steps < OVERLAP_STEPS_MAX; high--, steps++) {
            if (Long.compareUnsigned(address - starts[high], sizes[high]) < 0) {
                found[hits++] = values[high];
            }
        }
        return Arrays.copyOf(found, hits);
    }
}
