package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.msf.MsfStream;

import java.util.OptionalLong;

/**
 * An address map: where a tool that rearranged a linked image moved its code (imagehlp.h, "OMAP
 * structure": rva, rvaTo: u4 each, ascending). Read where it lies.
 */
final class OmapTable {
    private static final int ENTRY_BYTES = 8;

    private final MsfStream stream;
    private final long count;

    OmapTable(MsfStream stream) {
        this.stream = stream;
        this.count = stream.sizeBytes() / ENTRY_BYTES;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** The other rva of the same byte; empty where it has none: the code was made by the tool. */
    OptionalLong map(long rva) throws MalformedException {
        long low = 0;
        long high = count - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (stream.u4("rva", middle * ENTRY_BYTES) <= rva) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        if (high < 0) {
            return OptionalLong.empty();
        }
        long to = stream.u4("rvaTo", high * ENTRY_BYTES + 4);
        return to == 0
                ? OptionalLong.empty()
                : OptionalLong.of(to + rva - stream.u4("rva", high * ENTRY_BYTES) & 0xffff_ffffL);
    }
}
