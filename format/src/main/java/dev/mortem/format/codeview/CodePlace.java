package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * Where code lies before the linker's addresses are known.
 *
 * @param section number from 1
 * @param offset in bytes from the section's start, unsigned
 */
public record CodePlace(int section, long offset) {
    static CodePlace read(ByteSource record, int offsetAt, int sectionAt)
            throws MalformedException {
        return new CodePlace(record.u2("seg", sectionAt), record.u4("off", offsetAt));
    }

    /** Orders places by section, then by offset. */
    public long key() {
        return key(section, offset);
    }

    public static long key(int section, long offset) {
        return (long) section << 32 | offset;
    }
}
