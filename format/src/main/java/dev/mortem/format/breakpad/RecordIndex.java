package dev.mortem.format.breakpad;

import java.util.Arrays;

/**
 * Where records stand in the file, by the number each begins with: an rva, or the number of a file. Some
 * 20 bytes for each. Immutable, safe for any thread.
 */
final class RecordIndex {
    /**
     * Of records that begin before an address and may still cover it: nested blocks of one function, of
     * which a compiler writes a handful. Without it a file of nested ranges alone would cost a walk over
     * all of them for each address.
     */
    private static final int LOOKED_BACK_MAX = 256;

    private final int[] starts;
    private final int[] sizes;
    private final int[] bodies;
    private final long[] offsets;
    /** The last number that this record or one before it covers. */
    private final int[] reaches;

    private RecordIndex(int[] starts, int[] sizes, int[] bodies, long[] offsets) {
        this.starts = starts;
        this.sizes = sizes;
        this.bodies = bodies;
        this.offsets = offsets;
        this.reaches = overlap(starts, sizes) ? reaches(starts, sizes) : new int[0];
    }

    int count() {
        return starts.length;
    }

    long start(int index) {
        return Integer.toUnsignedLong(starts[index]);
    }

    long sizeOf(int index) {
        return sizes.length == 0 ? 0 : Integer.toUnsignedLong(sizes[index]);
    }

    long offset(int index) {
        return offsets[index];
    }

    /** Where the last record that belongs to this one ends in the file. */
    long endOffset(int index) {
        return offsets[index] + Integer.toUnsignedLong(bodies[index]);
    }

    /** The last record that begins at or below the number; -1 where there is none. */
    int atOrBelow(long number) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (start(middle) <= number) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The first record of exactly this number; -1 where there is none. */
    int exactly(long number) {
        int low = 0;
        int high = starts.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (start(middle) < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < starts.length && start(low) == number ? low : -1;
    }

    /**
     * The innermost record that covers the number: of those that do the last to begin, and of several
     * that begin there the first in the file; -1 where there is none.
     */
    int covering(long number) {
        int found = -1;
        int last = atOrBelow(number);
        for (int index = last; index >= 0 && last - index < LOOKED_BACK_MAX; index--) {
            boolean further = found < 0 || start(index) == start(found);
            if (!further || (reaches.length > 0 && reach(index) < number)) {
                break;
            }
            if (number - start(index) < sizeOf(index)) {
                found = index;
            }
            if (reaches.length == 0) {
                break;
            }
        }
        return found;
    }

    private long reach(int index) {
        return Integer.toUnsignedLong(reaches[index]);
    }

    private static boolean overlap(int[] starts, int[] sizes) {
        for (int index = 1; index < sizes.length; index++) {
            long end = Integer.toUnsignedLong(starts[index - 1])
                    + Integer.toUnsignedLong(sizes[index - 1]);
            if (end > Integer.toUnsignedLong(starts[index]) || starts[index - 1] == starts[index]) {
                return true;
            }
        }
        return false;
    }

    private static int[] reaches(int[] starts, int[] sizes) {
        int[] reaches = new int[starts.length];
        long reach = 0;
        for (int index = 0; index < starts.length; index++) {
            long size = Integer.toUnsignedLong(sizes[index]);
            reach = Math.max(reach, Integer.toUnsignedLong(starts[index]) + Math.max(1, size) - 1);
            reaches[index] = (int) reach;
        }
        return reaches;
    }

    /** Takes records in the order of the file. Belongs to one thread. */
    static final class Builder {
        private static final int FIRST_ROOM = 64;

        private final boolean withSizes;
        private int[] starts = new int[FIRST_ROOM];
        private int[] sizes;
        private int[] bodies;
        private long[] offsets = new long[FIRST_ROOM];
        private int count;

        /** @param withSizes whether records cover a range and have others that belong to them */
        Builder(boolean withSizes) {
            this.withSizes = withSizes;
            this.sizes = new int[withSizes ? FIRST_ROOM : 0];
            this.bodies = new int[withSizes ? FIRST_ROOM : 0];
        }

        int count() {
            return count;
        }

        /** Numbers have 32 bits, and so has the last number that the record covers. */
        void add(long start, long size, long offset) {
            if (count == starts.length) {
                grow();
            }
            starts[count] = (int) start;
            offsets[count] = offset;
            if (withSizes) {
                sizes[count] = (int) size;
            }
            count++;
        }

        /** Up to where records belong to the one that was added last. */
        void extendLast(long endOffset) {
            if (withSizes && count > 0) {
                long bytes = endOffset - offsets[count - 1];
                bodies[count - 1] = (int) Math.min(bytes, 0xffff_ffffL);
            }
        }

        private void grow() {
            int room = count + (count >> 1);
            starts = Arrays.copyOf(starts, room);
            offsets = Arrays.copyOf(offsets, room);
            if (withSizes) {
                sizes = Arrays.copyOf(sizes, room);
                bodies = Arrays.copyOf(bodies, room);
            }
        }

        /** The builder is not used behind this: each of its arrays goes as its successor is made. */
        RecordIndex build() {
            int used = withSizes ? count : 0;
            if (isSorted()) {
                starts = Arrays.copyOf(starts, count);
                sizes = Arrays.copyOf(sizes, used);
                bodies = Arrays.copyOf(bodies, used);
                offsets = Arrays.copyOf(offsets, count);
            } else {
                int[] order = order();
                starts = permuted(starts, order, count);
                sizes = permuted(sizes, order, used);
                bodies = permuted(bodies, order, used);
                offsets = permuted(offsets, order);
            }
            return new RecordIndex(starts, sizes, bodies, offsets);
        }

        private boolean isSorted() {
            for (int index = 1; index < count; index++) {
                if (Integer.compareUnsigned(starts[index - 1], starts[index]) > 0) {
                    return false;
                }
            }
            return true;
        }

        /** By number, and those of one number in the order of the file. */
        private int[] order() {
            long[] keys = new long[count];
            for (int index = 0; index < count; index++) {
                keys[index] = ((long) starts[index] << 32 | index) ^ Long.MIN_VALUE;
            }
            Arrays.sort(keys);
            int[] order = new int[count];
            for (int index = 0; index < count; index++) {
                order[index] = (int) keys[index];
            }
            return order;
        }

        private static int[] permuted(int[] values, int[] order, int used) {
            int[] result = new int[used];
            for (int index = 0; index < used; index++) {
                result[index] = values[order[index]];
            }
            return result;
        }

        private static long[] permuted(long[] values, int[] order) {
            long[] result = new long[order.length];
            for (int index = 0; index < order.length; index++) {
                result[index] = values[order[index]];
            }
            return result;
        }
    }
}
