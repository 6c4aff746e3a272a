package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;

import java.util.OptionalLong;

/**
 * DW_EH_PE_*: how a pointer is written in {@code .eh_frame} and {@code .eh_frame_hdr} (Linux Standard
 * Base, Core, section 10.5.1 "DWARF Exception Header Encoding"). The lower four bits are the format, the
 * next three what it is relative to, the last says that the pointer's place is meant.
 */
public record PointerEncoding(int code) {
    /** DW_EH_PE_omit: there is no pointer. */
    public static final int OMIT = 0xff;

    static final PointerEncoding ABSOLUTE = new PointerEncoding(0x00);

    private static final int ABSPTR = 0x00;
    private static final int ULEB128 = 0x01;
    private static final int UDATA2 = 0x02;
    private static final int UDATA4 = 0x03;
    private static final int UDATA8 = 0x04;
    private static final int SIGNED = 0x08;
    private static final int SLEB128 = 0x09;
    private static final int SDATA2 = 0x0a;
    private static final int SDATA4 = 0x0b;
    private static final int SDATA8 = 0x0c;

    private static final int PCREL = 0x10;
    private static final int TEXTREL = 0x20;
    private static final int DATAREL = 0x30;
    private static final int FUNCREL = 0x40;
    private static final int ALIGNED = 0x50;
    private static final int INDIRECT = 0x80;

    /** Whether there is a pointer at all. */
    boolean isPresent() {
        return code != OMIT;
    }

    /** Size of the pointer in bytes; empty where it varies. */
    OptionalLong fixedSizeBytes(int addressSizeBytes) {
        return switch (code & 0x0f) {
            case ABSPTR, SIGNED -> OptionalLong.of(addressSizeBytes);
            case UDATA2, SDATA2 -> OptionalLong.of(2);
            case UDATA4, SDATA4 -> OptionalLong.of(4);
            case UDATA8, SDATA8 -> OptionalLong.of(8);
            default -> OptionalLong.empty();
        };
    }

    /**
     * Reads a pointer.
     *
     * @param functionStart what DW_EH_PE_funcrel counts from
     * @throws MalformedException when the encoding is unknown, or what it is relative to is not known
     */
    long read(ByteCursor cursor, FrameBases bases, long functionStart, String field)
            throws MalformedException {
        if ((code & 0x70) == ALIGNED) {
            return readAligned(cursor, bases, field);
        }
        long place = bases.sectionAddress() + cursor.position();
        long value = readValue(cursor, bases.addressSizeBytes(), field);
        long pointer = bases.cut(value + base(cursor, bases, place, functionStart, field));
        if ((code & INDIRECT) == 0) {
            return pointer;
        }
        OptionalLong target = bases.pointers().pointerAt(pointer);
        if (target.isEmpty()) {
            throw cursor.malformed(
                    field, "an indirect pointer to what is not here", "a pointer that can be read");
        }
        return target.getAsLong();
    }

    /** Reads a number of this format that is relative to nothing: the size of a range. */
    long readValue(ByteCursor cursor, int addressSizeBytes, String field)
            throws MalformedException {
        return switch (code & 0x0f) {
            case ABSPTR -> cursor.unsigned(field, addressSizeBytes);
            case SIGNED ->
                addressSizeBytes == 4 ? cursor.s4(field) : cursor.unsigned(field, addressSizeBytes);
            case ULEB128 -> cursor.uleb(field);
            case UDATA2 -> cursor.u2(field);
            case UDATA4 -> cursor.u4(field);
            case SLEB128 -> cursor.sleb(field);
            case SDATA2 -> (short) cursor.u2(field);
            case SDATA4 -> cursor.s4(field);
            case UDATA8, SDATA8 -> cursor.u8(field);
            default -> throw unknown(cursor, field);
        };
    }

    private long base(
            ByteCursor cursor, FrameBases bases, long place, long functionStart, String field)
            throws MalformedException {
        return switch (code & 0x70) {
            case 0x00 -> 0;
            case PCREL -> place;
            case TEXTREL -> required(cursor, bases.textAddress(), field, "textrel");
            case DATAREL -> required(cursor, bases.dataAddress(), field, "datarel");
            case FUNCREL -> functionStart;
            default -> throw unknown(cursor, field);
        };
    }

    /** DW_EH_PE_aligned: a whole pointer at the next multiple of its size. */
    private static long readAligned(ByteCursor cursor, FrameBases bases, String field)
            throws MalformedException {
        int size = bases.addressSizeBytes();
        long place = bases.sectionAddress() + cursor.position();
        cursor.skip(field, -place & (size - 1));
        return cursor.unsigned(field, size);
    }

    private static long required(ByteCursor cursor, OptionalLong base, String field, String kind)
            throws MalformedException {
        if (base.isEmpty()) {
            throw cursor.malformed(
                    field,
                    "a pointer encoded as DW_EH_PE_" + kind,
                    "only where that section's address is known");
        }
        return base.getAsLong();
    }

    private MalformedException unknown(ByteCursor cursor, String field) {
        return cursor.malformed(
                field,
                "a pointer of the encoding 0x" + Integer.toHexString(code),
                "the DW_EH_PE_ encodings");
    }
}
