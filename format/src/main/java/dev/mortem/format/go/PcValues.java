package dev.mortem.format.go;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;

/**
 * A table from pc to a number, as steps: pairs of a zig-zag coded difference of the number and a
 * difference of the pc in units of the CPU's shortest instruction, both base-128 varints. The number
 * starts at -1, the pc at the function's entry; a zero difference of the number, but for the first, ends
 * the table (golang.org/s/go12symtab, "PC-value tables").
 */
final class PcValues {
    static final Limit STEPS_MAX = new Limit(
            "steps of a Go pc-value table",
            1 << 20,
            "steps",
            "one a statement of one function; a generated function of 1 MB has some 100,000");

    /** The runtime's answer for a pc that the table does not cover. */
    static final int NONE = -1;

    private static final int VARINT_BYTES_MAX = 5; // of 32 bits

    private final ByteSource bytes;
    private long at;

    private PcValues(ByteSource bytes, long at) {
        this.bytes = bytes;
        this.at = at;
    }

    /**
     * The number at a pc.
     *
     * @param tables what holds all pc-value tables
     * @param offset of one; 0 means that there is none
     * @param pcOffset from the function's entry, unsigned
     * @param quantum size of the shortest instruction, in bytes
     */
    static int at(ByteSource tables, long offset, long pcOffset, int quantum, int stepsMax)
            throws MalformedException {
        if (offset == 0) {
            return NONE;
        }
        PcValues values = new PcValues(tables, offset);
        int value = -1;
        long pc = 0;
        for (int step = 0; step < stepsMax; step++) {
            int difference = values.varint();
            if (difference == 0 && step > 0) {
                return NONE;
            }
            value += difference >>> 1 ^ -(difference & 1);
            pc += Integer.toUnsignedLong(values.varint()) * quantum;
            if (Long.compareUnsigned(pcOffset, pc) < 0) {
                return value;
            }
        }
        throw tables.malformed(
                "pc-value table", offset, "no end", "at most %,d steps".formatted(stepsMax));
    }

    private int varint() throws MalformedException {
        int value = 0;
        for (int index = 0; index < VARINT_BYTES_MAX; index++) {
            int next = bytes.u1("varint", at++);
            value |= (next & 0x7f) << (7 * index);
            if ((next & 0x80) == 0) {
                return value;
            }
        }
        throw bytes.malformed(
                "varint",
                at,
                "a number that does not end",
                "at most " + VARINT_BYTES_MAX + " bytes");
    }
}
