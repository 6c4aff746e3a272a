package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.charset.StandardCharsets;

/**
 * A symbol record: reclen u2, which counts what follows it, rectyp u2, then its kind's fields
 * (microsoft-pdb, cvinfo.h). Offsets in bytes from its start, as its kind's structure there has them.
 *
 * @param bytes the record from {@code reclen} on
 */
public record SymbolRecord(int kind, ByteSource bytes) {
    /** From reclen to the end of rectyp. */
    public static final int HEAD_BYTES = 4;

    /** What a record takes as a whole, by its first field. */
    public static int sizeBytes(int reclen) {
        return 2 + reclen;
    }

    /** The first two fields, as the four bytes of a little-endian number: reclen. */
    public static int reclen(int head) {
        return head & 0xffff;
    }

    /** Likewise: rectyp. */
    public static int kind(int head) {
        return head >>> 16;
    }

    /** A name from an offset on: in UTF-8 up to a NUL, or of old kinds behind its length. */
    String name(int offset) throws MalformedException {
        if (SymbolKind.hasCountedName(kind)) {
            int length = bytes.u1("name", offset);
            return new String(
                    bytes.bytes("name", offset + 1L, length), StandardCharsets.ISO_8859_1);
        }
        return bytes.cString("name", offset, 1 << 16);
    }
}
