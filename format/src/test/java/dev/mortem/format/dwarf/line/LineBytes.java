package dev.mortem.format.dwarf.line;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Bytes of DWARF sections, written by hand in a test. */
final class LineBytes {
    private final ByteOrder order;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    LineBytes(ByteOrder order) {
        this.order = order;
    }

    static LineBytes little() {
        return new LineBytes(ByteOrder.LITTLE_ENDIAN);
    }

    LineBytes u1(int... values) {
        for (int value : values) {
            bytes.write(value);
        }
        return this;
    }

    LineBytes u2(int value) {
        return raw(ByteBuffer.allocate(2).order(order).putShort((short) value).array());
    }

    LineBytes u4(long value) {
        return raw(ByteBuffer.allocate(4).order(order).putInt((int) value).array());
    }

    LineBytes u8(long value) {
        return raw(ByteBuffer.allocate(8).order(order).putLong(value).array());
    }

    LineBytes text(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8)).u1(0);
    }

    LineBytes raw(byte[] content) {
        bytes.writeBytes(content);
        return this;
    }

    LineBytes add(LineBytes other) {
        return raw(other.toArray());
    }

    /** DW_LNE_set_address. */
    LineBytes setAddress(long address) {
        return u1(0, 9, 2).u8(address);
    }

    LineBytes endSequence() {
        return u1(0, 1, 1);
    }

    int size() {
        return bytes.size();
    }

    byte[] toArray() {
        return bytes.toByteArray();
    }

    /** These bytes as a unit of the 32-bit form: their length before them. */
    LineBytes asUnit() {
        return new LineBytes(order).u4(size()).add(this);
    }

    /** These bytes as a unit of the 64-bit form. */
    LineBytes asUnit64() {
        return new LineBytes(order).u4(0xffff_ffffL).u8(size()).add(this);
    }
}
