package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;

/**
 * The length at the start of a unit or table, which also says whether it is of the 32-bit or the 64-bit
 * form (DWARF 5, section 7.4).
 *
 * @param end offset behind the unit; always within the section
 * @param offsetSizeBytes 4 or 8: the size of offsets within the unit
 */
public record InitialLength(long end, int offsetSizeBytes) {
    private static final long ESCAPE_64_BIT = 0xffff_ffffL;
    private static final long RESERVED_FROM = 0xffff_fff0L;

    /** Reads the length; the cursor then stands behind it. */
    public static InitialLength read(ByteCursor cursor, String field) throws MalformedException {
        long start = cursor.position();
        long length = cursor.u4(field);
        int offsetSize = 4;
        if (length == ESCAPE_64_BIT) {
            length = cursor.u8(field);
            offsetSize = 8;
        } else if (length >= RESERVED_FROM) {
            throw cursor.source()
                    .malformed(
                            field,
                            start,
                            "the reserved length 0x" + Long.toHexString(length),
                            "a length below 0xfffffff0");
        }
        if (Long.compareUnsigned(length, cursor.remaining()) > 0) {
            throw cursor.source()
                    .malformed(
                            field,
                            start,
                            Long.toUnsignedString(length) + " bytes",
                            "%,d bytes left".formatted(cursor.remaining()));
        }
        return new InitialLength(cursor.position() + length, offsetSize);
    }
}
