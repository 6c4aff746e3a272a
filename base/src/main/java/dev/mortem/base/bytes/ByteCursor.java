package dev.mortem.base.bytes;

/**
 * Reads one value after the other from a {@link ByteSource}. Belongs to one thread. A failed read
 * throws and leaves the position where it was.
 */
public final class ByteCursor {
    /** The longest LEB128 that can hold 64 bits; padding beyond says nothing and could go on for ever. */
    private static final int LEB128_BYTES_MAX = 16;

    private final ByteSource source;
    private long position;

    ByteCursor(ByteSource source, long position) {
        this.source = source;
        this.position = position;
    }

    public ByteSource source() {
        return source;
    }

    /** Offset of the next value in the source. */
    public long position() {
        return position;
    }

    public long remaining() {
        return source.sizeBytes() - position;
    }

    public boolean atEnd() {
        return position >= source.sizeBytes();
    }

    public int u1(String field) throws MalformedException {
        int value = source.u1(field, position);
        position += 1;
        return value;
    }

    public int u2(String field) throws MalformedException {
        int value = source.u2(field, position);
        position += 2;
        return value;
    }

    public long u4(String field) throws MalformedException {
        long value = source.u4(field, position);
        position += 4;
        return value;
    }

    public int s4(String field) throws MalformedException {
        int value = source.s4(field, position);
        position += 4;
        return value;
    }

    public long u8(String field) throws MalformedException {
        long value = source.u8(field, position);
        position += 8;
        return value;
    }

    /** An unsigned number of 1, 2, 4 or 8 bytes. */
    public long unsigned(String field, int sizeBytes) throws MalformedException {
        long value = source.unsigned(field, position, sizeBytes);
        position += sizeBytes;
        return value;
    }

    /** Unsigned LEB128 (DWARF 5, section 7.6); bits beyond the 64th are dropped. */
    public long uleb(String field) throws MalformedException {
        long value = 0;
        long at = position;
        for (int index = 0; index < LEB128_BYTES_MAX; index++) {
            int next = source.u1(field, at++);
            if (index < 10) {
                value |= (long) (next & 0x7f) << (7 * index);
            }
            if ((next & 0x80) == 0) {
                position = at;
                return value;
            }
        }
        throw source.malformed(
                field,
                position,
                "a LEB128 number that does not end",
                "at most " + LEB128_BYTES_MAX + " bytes");
    }

    /** Signed LEB128 (DWARF 5, section 7.6); bits beyond the 64th are dropped. */
    public long sleb(String field) throws MalformedException {
        long value = 0;
        long at = position;
        for (int index = 0; index < LEB128_BYTES_MAX; index++) {
            int next = source.u1(field, at++);
            int shift = 7 * index;
            if (index < 10) {
                value |= (long) (next & 0x7f) << shift;
            }
            if ((next & 0x80) == 0) {
                position = at;
                boolean negative = (next & 0x40) != 0 && shift + 7 < Long.SIZE;
                return negative ? value | (-1L << (shift + 7)) : value;
            }
        }
        throw source.malformed(
                field,
                position,
                "a LEB128 number that does not end",
                "at most " + LEB128_BYTES_MAX + " bytes");
    }

    /** Text up to a NUL, which is passed over; throws where none comes within {@code maxBytes}. */
    public String cString(String field, int maxBytes) throws MalformedException {
        String text = source.cString(field, position, maxBytes);
        long length = 0;
        while (length < maxBytes && source.u1(field, position + length) != 0) {
            length++;
        }
        if (length == maxBytes) {
            throw source.malformed(
                    field, position, "text without an end", "at most " + maxBytes + " bytes");
        }
        position += length + 1;
        return text;
    }

    /** The next {@code sizeBytes}, unsigned, as a view of their own; passed over. */
    public ByteSource take(String part, long sizeBytes) throws MalformedException {
        ByteSource slice = source.slice(part, position, sizeBytes);
        position += sizeBytes;
        return slice;
    }

    public void skip(String field, long sizeBytes) throws MalformedException {
        source.require(field, position, sizeBytes);
        position += sizeBytes;
    }

    /** Goes to an offset of the source, at most its end. */
    public void moveTo(String field, long offset) throws MalformedException {
        source.require(field, offset, 0);
        position = offset;
    }

    public MalformedException malformed(String field, String found, String allowed) {
        return source.malformed(field, position, found, allowed);
    }
}
