package dev.mortem.dump.reduce;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bytes as words of a machine's pointer size. */
final class Words {
    private final ByteBuffer bytes;
    private final boolean wide;

    Words(byte[] bytes, int wordBytes, ByteOrder order) {
        this.bytes = ByteBuffer.wrap(bytes).order(order);
        this.wide = wordBytes == Long.BYTES;
    }

    /** The word at that offset, unsigned. */
    long at(int offset) {
        return wide ? bytes.getLong(offset) : Integer.toUnsignedLong(bytes.getInt(offset));
    }

    void clear(int offset) {
        if (wide) {
            bytes.putLong(offset, 0);
        } else {
            bytes.putInt(offset, 0);
        }
    }
}
