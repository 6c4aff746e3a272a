package dev.mortem.format.cab;

import dev.mortem.format.cab.BlockDecoder.BadBlockException;

/**
 * A canonical Huffman code ([MS-PATCH], section 2.4): shorter codes first, those of one length in the
 * order of their symbols. Lengths that do not use all codes are refused, but for no lengths at all: a code
 * that nothing uses.
 */
final class LzxTree {
    static final int LENGTH_MAX = 16;

    private static final int ALL = 1 << LENGTH_MAX;

    /** Nothing uses it. */
    static final LzxTree EMPTY = new LzxTree(new int[LENGTH_MAX + 1], new int[0], new int[0]);

    /** Of each length, the first value of 16 bits that begins with a longer code. */
    private final int[] ends;

    /** Of each length, where its first symbol stands, less the code of that symbol. */
    private final int[] shifts;

    /** In the order of their codes. */
    private final int[] symbols;

    private LzxTree(int[] ends, int[] shifts, int[] symbols) {
        this.ends = ends;
        this.shifts = shifts;
        this.symbols = symbols;
    }

    /** @param lengths of each symbol's code, 0 where it has none, at most {@link #LENGTH_MAX} */
    static LzxTree of(byte[] lengths) throws BadBlockException {
        int[] counts = new int[LENGTH_MAX + 1];
        for (byte length : lengths) {
            counts[length]++;
        }
        if (counts[0] == lengths.length) {
            return EMPTY;
        }
        int[] ends = new int[LENGTH_MAX + 1];
        int[] shifts = new int[LENGTH_MAX + 1];
        int[] next = new int[LENGTH_MAX + 1];
        int end = 0;
        int before = 0;
        for (int length = 1; length <= LENGTH_MAX; length++) {
            next[length] = before;
            shifts[length] = before - (end >>> (LENGTH_MAX - length));
            before += counts[length];
            end += counts[length] << (LENGTH_MAX - length);
            ends[length] = end;
        }
        if (end != ALL) {
            throw new BadBlockException(
                    "code lengths that fill %d of %d".formatted(end, ALL), "all of them");
        }
        int[] symbols = new int[before];
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            if (lengths[symbol] > 0) {
                symbols[next[lengths[symbol]]++] = symbol;
            }
        }
        return new LzxTree(ends, shifts, symbols);
    }

    int decode(LzxBits in) throws BadBlockException {
        if (symbols.length == 0) {
            throw new BadBlockException("a symbol of a code that is empty", "none");
        }
        int bits = in.peek(LENGTH_MAX);
        int length = 1;
        while (bits >= ends[length]) {
            length++;
        }
        in.skip(length);
        return symbols[shifts[length] + (bits >>> (LENGTH_MAX - length))];
    }
}
