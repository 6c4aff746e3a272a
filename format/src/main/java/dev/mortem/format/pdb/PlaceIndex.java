package dev.mortem.format.pdb;

import java.util.Arrays;

/**
 * Records by where what they describe begins, in ascending order; of several that begin at one place the
 * first stays in front. Sixteen bytes of heap for each. Immutable, safe for any thread.
 */
final class PlaceIndex {
    /** Something that covers a place may begin before others that do not. */
    private static final int STEPS_BACK_MAX = 8;

    private final long[] keys;
    private final int[] sizes;
    private final int[] values;

    private PlaceIndex(long[] keys, int[] sizes, int[] values) {
        this.keys = keys;
        this.sizes = sizes;
        this.values = values;
    }

    int count() {
        return keys.length;
    }

    long key(int index) {
        return keys[index];
    }

    /** In bytes. */
    long size(int index) {
        return Integer.toUnsignedLong(sizes[index]);
    }

    /** What the builder was given with it. */
    int value(int index) {
        return values[index];
    }

    /** The last that begins at or before a place and covers it; the first of equal ones; -1 for none. */
    int covering(long key) {
        int last = lastAtOrBefore(key);
        for (int step = 0; step < STEPS_BACK_MAX && last >= 0; step++) {
            int first = firstOfEqual(last);
            for (int index = first; index <= last && index - first < STEPS_BACK_MAX; index++) {
                if (key - keys[index] < size(index)) {
                    return index;
                }
            }
            last = first - 1;
        }
        return -1;
    }

    /** The first of those that begin last at or before a place; -1 for none. */
    int below(long key) {
        int last = lastAtOrBefore(key);
        return last < 0 ? -1 : firstOfEqual(last);
    }

    /** The first that begins there; -1 for none. */
    int exactly(long key) {
        int index = below(key);
        return index >= 0 && keys[index] == key ? index : -1;
    }

    private int lastAtOrBefore(long key) {
        int low = 0;
        int high = keys.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (keys[middle] <= key) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private int firstOfEqual(int index) {
        if (index == 0 || keys[index - 1] != keys[index]) {
            return index;
        }
        return lastAtOrBefore(keys[index] - 1) + 1;
    }

    /** Collects entries. Belongs to one thread. */
    static final class Builder {
        private final int entriesMax;
        private long[] keys = new long[16];
        private int[] sizes = new int[16];
        private int[] values = new int[16];
        private int count;
        private boolean sorted = true;

        Builder(int entriesMax) {
            this.entriesMax = entriesMax;
        }

        /** Adds one, unless the limit is reached: false then. */
        boolean add(long key, int sizeBytes, int value) {
            if (count == entriesMax) {
                return false;
            }
            if (count == keys.length) {
                int room = (int) Math.min(entriesMax, 2L * count);
                keys = Arrays.copyOf(keys, room);
                sizes = Arrays.copyOf(sizes, room);
                values = Arrays.copyOf(values, room);
            }
            sorted &= count == 0 || keys[count - 1] <= key;
            keys[count] = key;
            sizes[count] = sizeBytes;
            values[count] = value;
            count++;
            return true;
        }

        PlaceIndex build() {
            if (sorted) {
                return new PlaceIndex(
                        Arrays.copyOf(keys, count),
                        Arrays.copyOf(sizes, count),
                        Arrays.copyOf(values, count));
            }
            int[] order = order();
            long[] sortedKeys = new long[count];
            int[] sortedSizes = new int[count];
            int[] sortedValues = new int[count];
            for (int index = 0; index < count; index++) {
                sortedKeys[index] = keys[order[index]];
                sortedSizes[index] = sizes[order[index]];
                sortedValues[index] = values[order[index]];
            }
            return new PlaceIndex(sortedKeys, sortedSizes, sortedValues);
        }

        /** Stable, from runs of one entry up: a sort of objects would take ten times the heap. */
        private int[] order() {
            int[] from = new int[count];
            for (int index = 0; index < count; index++) {
                from[index] = index;
            }
            int[] to = new int[count];
            for (long run = 1; run < count; run *= 2) {
                for (long start = 0; start < count; start += 2 * run) {
                    int middle = (int) Math.min(count, start + run);
                    int end = (int) Math.min(count, start + 2 * run);
                    merge(from, to, (int) start, middle, end);
                }
                int[] done = from;
                from = to;
                to = done;
            }
            return from;
        }

        private void merge(int[] from, int[] to, int start, int middle, int end) {
            int left = start;
            int right = middle;
            for (int index = start; index < end; index++) {
                boolean takesLeft =
                        left < middle && (right >= end || keys[from[left]] <= keys[from[right]]);
                to[index] = takesLeft ? from[left++] : from[right++];
            }
        }
    }
}
