package dev.mortem.format.cab;

import dev.mortem.format.cab.BlockDecoder.BadBlockException;

/**
 * The bits of one block of LZX ([MS-PATCH], section 2.2): 16-bit words, little-endian, of each the highest
 * bit first. Between them lie runs of whole bytes; the words go on behind the last of these, be their
 * number even or odd.
 */
final class LzxBits {
    /** What cbData of a CFDATA can say. */
    static final int PACKED_BYTES_MAX = 65535;

    /** As much as may be looked at behind the end; it counts as zeros. */
    static final int PADDING_BYTES = 8;

    private final byte[] bytes;
    private final int endBits;
    private int at;

    /** Where the words started that are read now. */
    private int base;

    /** @param bytes with at least {@link #PADDING_BYTES} behind {@code sizeBytes}, which are cleared */
    LzxBits(byte[] bytes, int sizeBytes) {
        this.bytes = bytes;
        this.endBits = sizeBytes * 8;
        for (int index = 0; index < PADDING_BYTES; index++) {
            bytes[sizeBytes + index] = 0;
        }
    }

    /** The next bits, at most 17, which stay the next ones. */
    int peek(int count) {
        int word = (base >>> 3) + ((at - base) >>> 4) * 2;
        long three = (long) word(word) << 32 | (long) word(word + 2) << 16 | word(word + 4);
        return (int) (three >>> (48 - ((at - base) & 15) - count)) & ((1 << count) - 1);
    }

    void skip(int count) throws BadBlockException {
        at += count;
        if (at > endBits) {
            throw new BadBlockException("an LZX block that ends too early", "its whole length");
        }
    }

    int take(int count) throws BadBlockException {
        int bits = peek(count);
        skip(count);
        return bits;
    }

    /** Up to 32 bits. */
    long takeLong(int count) throws BadBlockException {
        long high = take(count - 16);
        return high << 16 | take(16);
    }

    /** To where whole bytes start: 1 to 16 bits further on. */
    void toBytes() throws BadBlockException {
        skip(16 - ((at - base) & 15));
    }

    /** Whether a byte is left; only between bits and bytes. */
    boolean hasByte() {
        return at + 8 <= endBits;
    }

    void skipByte() throws BadBlockException {
        skip(8);
        base = at;
    }

    void copyBytes(byte[] target, int targetOffset, int count) throws BadBlockException {
        int from = at >>> 3;
        skip(count * 8);
        base = at;
        System.arraycopy(bytes, from, target, targetOffset, count);
    }

    /** Four bytes as a little-endian number. */
    int takeInt() throws BadBlockException {
        byte[] four = new byte[4];
        copyBytes(four, 0, 4);
        return (four[0] & 0xff) | (four[1] & 0xff) << 8 | (four[2] & 0xff) << 16 | four[3] << 24;
    }

    private int word(int index) {
        return index + 1 < bytes.length
                ? (bytes[index] & 0xff) | (bytes[index + 1] & 0xff) << 8
                : 0;
    }
}
