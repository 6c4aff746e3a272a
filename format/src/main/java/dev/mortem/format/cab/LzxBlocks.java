package dev.mortem.format.cab;

/**
 * LZX as cabinets have it ([MS-PATCH], section 2): an LZ77 window that all blocks of a folder share, and
 * in it blocks of three kinds, which begin and end where they like in the 32 KiB of a CFDATA. Names are
 * those of the document.
 */
final class LzxBlocks implements BlockDecoder {
    static final int WINDOW_BITS_MIN = 15;
    static final int WINDOW_BITS_MAX = 21;

    private static final int VERBATIM = 1;
    private static final int ALIGNED = 2;
    private static final int UNCOMPRESSED = 3;

    private static final int LITERALS = 256;
    private static final int LENGTH_HEADERS = 8;
    private static final int LENGTHS = 249;
    private static final int ALIGNED_SYMBOLS = 8;
    private static final int PRETREE_SYMBOLS = 20;
    private static final int MATCH_MIN = 2;

    /** Position slots of windows of 2^15 to 2^21 bytes. */
    private static final int[] SLOTS = {30, 32, 34, 36, 38, 42, 50};

    private static final int SLOT_FOOTER_BITS_MAX = 17;

    private final byte[] window;
    private final byte[] mainLengths;
    private final byte[] lengthLengths = new byte[LENGTHS];
    private final int[] recent = {1, 1, 1};
    private LzxTree main = LzxTree.EMPTY;
    private LzxTree lengths = LzxTree.EMPTY;
    private LzxTree aligned = LzxTree.EMPTY;
    private LzxCallTargets calls = new LzxCallTargets(0);
    private int kind;
    private int blockLeft;

    /** Behind an uncompressed block of odd size, before its bits go on. */
    private boolean padded;

    /** Where the next byte goes in the window. */
    private int position;

    /** All that came out so far. */
    private long produced;

    /** @param windowBits {@link #WINDOW_BITS_MIN} to {@link #WINDOW_BITS_MAX} */
    LzxBlocks(int windowBits) {
        window = new byte[1 << windowBits];
        mainLengths = new byte[LITERALS + LENGTH_HEADERS * SLOTS[windowBits - WINDOW_BITS_MIN]];
    }

    @Override
    public void decode(byte[] packed, int packedBytes, byte[] block, int blockBytes)
            throws BadBlockException {
        if (produced % CabFile.BLOCK_BYTES_MAX != 0) {
            throw new BadBlockException("a block behind a short one", "short ones at the end only");
        }
        LzxBits in = new LzxBits(packed, packedBytes);
        if (produced == 0) {
            calls = new LzxCallTargets(in.take(1) == 0 ? 0 : in.takeLong(32));
        }
        position = position == window.length ? 0 : position;
        int start = position;
        int end = start + blockBytes;
        while (position < end) {
            if (blockLeft == 0) {
                readHeader(in);
            }
            int run = Math.min(blockLeft, end - position);
            blockLeft -= run;
            if (kind == UNCOMPRESSED) {
                in.copyBytes(window, position, run);
                position += run;
            } else {
                decode(in, position + run);
            }
        }
        // the byte behind an odd block lies in this CFDATA or in the next
        if (padded && blockLeft == 0 && in.hasByte()) {
            in.skipByte();
            padded = false;
        }
        produced += blockBytes;
        System.arraycopy(window, start, block, 0, blockBytes);
        calls.restore(block, blockBytes);
    }

    @Override
    public void close() {
        // holds nothing but memory
    }

    private void readHeader(LzxBits in) throws BadBlockException {
        if (padded) {
            in.skipByte();
            padded = false;
        }
        kind = in.take(3);
        blockLeft = in.take(8) << 16 | in.take(16);
        if (blockLeft == 0) {
            throw new BadBlockException("an LZX block of nothing", "at least a byte");
        }
        switch (kind) {
            case VERBATIM -> readTrees(in);
            case ALIGNED -> {
                byte[] short3 = new byte[ALIGNED_SYMBOLS];
                for (int symbol = 0; symbol < ALIGNED_SYMBOLS; symbol++) {
                    short3[symbol] = (byte) in.take(3);
                }
                aligned = LzxTree.of(short3);
                readTrees(in);
            }
            case UNCOMPRESSED -> {
                in.toBytes();
                for (int index = 0; index < recent.length; index++) {
                    recent[index] = in.takeInt();
                }
                padded = blockLeft % 2 == 1;
            }
            default -> throw new BadBlockException("an LZX block of kind " + kind, "1, 2 or 3");
        }
    }

    private void readTrees(LzxBits in) throws BadBlockException {
        readLengths(in, mainLengths, 0, LITERALS);
        readLengths(in, mainLengths, LITERALS, mainLengths.length);
        main = LzxTree.of(mainLengths);
        readLengths(in, lengthLengths, 0, LENGTHS);
        lengths = LzxTree.of(lengthLengths);
    }

    /** Lengths as differences from those of the block before ([MS-PATCH], section 2.5). */
    private static void readLengths(LzxBits in, byte[] lengths, int from, int to)
            throws BadBlockException {
        byte[] preLengths = new byte[PRETREE_SYMBOLS];
        for (int symbol = 0; symbol < PRETREE_SYMBOLS; symbol++) {
            preLengths[symbol] = (byte) in.take(4);
        }
        LzxTree pretree = LzxTree.of(preLengths);
        for (int index = from; index < to; ) {
            int code = pretree.decode(in);
            int count = 1;
            int length = 0;
            switch (code) {
                case 17 -> count = 4 + in.take(4);
                case 18 -> count = 20 + in.take(5);
                case 19 -> {
                    count = 4 + in.take(1);
                    length = changed(lengths[index], pretree.decode(in));
                }
                default -> length = changed(lengths[index], code);
            }
            if (count > to - index) {
                throw new BadBlockException(
                        count + " code lengths of " + (to - index), "no more than there are");
            }
            for (int each = 0; each < count; each++) {
                lengths[index++] = (byte) length;
            }
        }
    }

    private static int changed(byte before, int code) throws BadBlockException {
        if (code > LzxTree.LENGTH_MAX) {
            throw new BadBlockException("a repetition of repetitions", "of a length");
        }
        return (before - code + LzxTree.LENGTH_MAX + 1) % (LzxTree.LENGTH_MAX + 1);
    }

    /** Literals and matches up to {@code end}, which no match crosses. */
    private void decode(LzxBits in, int end) throws BadBlockException {
        while (position < end) {
            int symbol = main.decode(in);
            if (symbol < LITERALS) {
                window[position++] = (byte) symbol;
                continue;
            }
            int header = (symbol - LITERALS) % LENGTH_HEADERS;
            int length = header + MATCH_MIN;
            if (header == LENGTH_HEADERS - 1) {
                length += lengths.decode(in);
            }
            copy(offset(in, (symbol - LITERALS) / LENGTH_HEADERS), length, end);
        }
    }

    /** How far back a match lies; the three last ones are remembered. */
    private int offset(LzxBits in, int slot) throws BadBlockException {
        if (slot < recent.length) {
            int offset = recent[slot];
            recent[slot] = recent[0];
            recent[0] = offset;
            return offset;
        }
        int footerBits = Math.min(SLOT_FOOTER_BITS_MAX, Math.max(0, slot / 2 - 1));
        int offset = base(slot) - 2;
        if (kind == ALIGNED && footerBits >= 3) {
            offset += footerBits == 3 ? 0 : in.take(footerBits - 3) << 3;
            offset += aligned.decode(in);
        } else if (footerBits > 0) {
            offset += in.take(footerBits);
        }
        recent[2] = recent[1];
        recent[1] = recent[0];
        recent[0] = offset;
        return offset;
    }

    /** Where a slot starts: each pair of slots is twice as wide as the one before, to 2^17. */
    private static int base(int slot) {
        int linear = 2 * (SLOT_FOOTER_BITS_MAX + 1) + 2;
        if (slot < 4) {
            return slot;
        }
        return slot <= linear
                ? (2 + slot % 2) << (slot / 2 - 1)
                : (slot - linear + 4) << SLOT_FOOTER_BITS_MAX;
    }

    private void copy(int offset, int length, int end) throws BadBlockException {
        if (length > end - position) {
            throw new BadBlockException(
                    "a match of " + length + " bytes", (end - position) + " are left in its block");
        }
        long before = produced + position - (produced % window.length);
        if (offset <= 0 || offset > Math.min(before, window.length)) {
            throw new BadBlockException(
                    "a match " + Integer.toUnsignedString(offset) + " bytes back",
                    "1 to " + Math.min(before, window.length));
        }
        int mask = window.length - 1;
        int from = (position - offset) & mask;
        for (int each = 0; each < length; each++) {
            window[position++] = window[from];
            from = (from + 1) & mask;
        }
    }
}
