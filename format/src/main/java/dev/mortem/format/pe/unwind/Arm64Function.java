package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * An entry of ARM64's .pdata, 8 bytes ("ARM64 exception handling", ".pdata records").
 *
 * @param beginRva of its first instruction
 * @param unwindData bits 0 and 1: 0 for the rva of an .xdata record, 1 and 2 for {@link Arm64Packed}
 */
public record Arm64Function(long beginRva, int unwindData) {
    static final int SIZE_BYTES = 8;

    static Arm64Function read(ByteSource entry) throws MalformedException {
        return new Arm64Function(entry.u4("BeginAddress", 0), entry.s4("UnwindData", 4));
    }

    /** Bits 0 and 1. */
    public int flag() {
        return unwindData & 3;
    }

    /** Where the .xdata record lies, if the flag is 0. */
    long xdataRva() {
        return Integer.toUnsignedLong(unwindData);
    }
}
