package dev.mortem.format.cab;

import dev.mortem.format.cab.BlockDecoder.BadBlockException;

import java.util.Arrays;

/**
 * A canonical Huffman code ([MS-PATCH], section 2.4): shorter codes first, those of one length in the
 * order of their symbols. Lengths that do not use all codes are refused, but for no lengths at all: a code
 * that nothing uses.
 */
final class LzxTree {
    static final int LENGTH_MAX = 16;

    private static final int LENGTH_BITS = 5;

    /** Nothing uses it. */
    static final LzxTree EMPTY = new LzxTree(0, new int[0]);

    private final int bits;
    private final int[] symbols;

    private LzxTree(int bits, int[] symbols) {
        this.bits = bits;
        this.symbols = symbols;
    }

    /** @param lengths of each symbol's code, 0 where it has none, at most {@link #LENGTH_MAX} */
    static LzxTree of(byte[] lengths) throws BadBlockException {
        int longest = 0;
        long used = 0;
        for (byte length : lengths) {
            longest = Math.max(longest, length);
            used += length == 0 ? 0 : 1L << (LENGTH_MAX - length);
        }
        if (used != 0 && used != 1L << LENGTH_MAX) {
            throw new BadBlockException(
                    "code lengths that fill %d of 65536".formatted(used), "all of them");
        }
        if (used == 0) {
            return EMPTY;
        }
        int[] symbols = new int[1 << longest];
        int next = 0;
        for (int length = 1; length <= longest; length++) {
            for (int symbol = 0; symbol < lengths.length; symbol++) {
                if (lengths[symbol] == length) {
                    int end = next + (1 << (longest - length));
                    Arrays.fill(symbols, next, end, symbol << LENGTH_BITS | length);
                    next = end;
                }
            }
        }
        return new LzxTree(longest, symbols);
    }

    int decode(LzxBits in) throws BadBlockException {
        if (symbols.length == 0) {
            throw new BadBlockException("a symbol of a code that is empty", "none");
        }
        int entry = symbols[in.peek(bits)];
        in.skip(entry & ((1 << LENGTH_BITS) - 1));
        return entry >>> LENGTH_BITS;
    }
}
