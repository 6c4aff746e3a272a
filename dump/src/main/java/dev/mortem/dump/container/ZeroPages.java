package dev.mortem.dump.container;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/** Which pages of a buffer hold zeros only. */
final class ZeroPages {
    static final int PAGE_BYTES = 4096;

    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[PAGE_BYTES]);

    private ZeroPages() {}

    /** By the pages' index; a last page that is cut counts. */
    static BitSet of(MemorySegment buffer, int sizeBytes) {
        BitSet zero = new BitSet(count(sizeBytes));
        for (int start = 0; start < sizeBytes; start += PAGE_BYTES) {
            if (isZero(buffer, start, Math.min(PAGE_BYTES, sizeBytes - start))) {
                zero.set(start / PAGE_BYTES);
            }
        }
        return zero;
    }

    static int count(int sizeBytes) {
        return (sizeBytes + PAGE_BYTES - 1) / PAGE_BYTES;
    }

    /** Most pages of data start with some, so that their first word tells. */
    private static boolean isZero(MemorySegment buffer, int start, int sizeBytes) {
        boolean wordIsData =
                sizeBytes >= Long.BYTES && buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, start) != 0;
        return !wordIsData
                && MemorySegment.mismatch(buffer, start, start + sizeBytes, ZEROS, 0, sizeBytes)
                        < 0;
    }
}
