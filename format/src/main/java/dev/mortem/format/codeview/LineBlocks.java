package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;

/**
 * DEBUG_S_LINES, the lines of a run of code (microsoft-pdb, cvinfo.h: CV_DebugSLinesHeader_t): 0 offCon
 * u4, 4 segCon u2, 6 flags u2, 8 cbCon u4; then for each file a block: fileid, nLines, cbBlock: u4 each,
 * nLines entries of offset u4 and, in 24 bits, 7 and 1, first line, lines to the last, whether a
 * statement; and with flag 1 nLines entries of first and last column: u2 each.
 */
public final class LineBlocks {
    public static final int HEAD_BYTES = 12;
    public static final int SECTION_AT = 4;
    public static final int SIZE_AT = 8;

    private static final int HAS_COLUMNS = 1;
    private static final int BLOCK_HEAD_BYTES = 12;
    private static final int LINE_BYTES = 8;
    private static final int COLUMN_BYTES = 4;

    /** Compilers write these for code that has no line: a debugger shall not stop there. */
    private static final int HIDDEN = 0xfeefee;

    private static final int HIDDEN_TOO = 0xf00f00;

    /**
     * @param codeOffset from the start of the run
     * @param fileId as of {@link FileChecksums}
     * @param line from 1
     * @param column from 1; 0 where it is not known
     */
    public record Line(long codeOffset, long fileId, int line, int column) {
        /** Whether the code has no line. */
        public boolean isHidden() {
            return line == HIDDEN || line == HIDDEN_TOO || line == 0;
        }
    }

    /** Takes the lines of block after block. */
    @FunctionalInterface
    public interface Lines {
        void take(Line line);
    }

    private final ByteSource bytes;

    private LineBlocks(ByteSource bytes) {
        this.bytes = bytes;
    }

    /** @param bytes of the subsection behind its kind and size */
    public static LineBlocks of(ByteSource bytes) {
        return new LineBlocks(bytes);
    }

    /** The line of the code there: of all entries that begin at or before it the last. */
    public Optional<Line> at(long codeOffset) throws MalformedException {
        Optional<Line> best = Optional.empty();
        long block = HEAD_BYTES;
        while (block + BLOCK_HEAD_BYTES <= bytes.sizeBytes()) {
            ByteSource lines = lines(block);
            long below = lastAtOrBefore(lines, codeOffset);
            if (below >= 0) {
                Line line = line(block, lines, below);
                if (best.isEmpty() || line.codeOffset() >= best.get().codeOffset()) {
                    best = Optional.of(line);
                }
            }
            block = next(block);
        }
        return best;
    }

    /** Gives out all lines. */
    public void forEach(Lines taker) throws MalformedException {
        long block = HEAD_BYTES;
        while (block + BLOCK_HEAD_BYTES <= bytes.sizeBytes()) {
            ByteSource lines = lines(block);
            long count = lines.sizeBytes() / LINE_BYTES;
            for (long index = 0; index < count; index++) {
                taker.take(line(block, lines, index));
            }
            block = next(block);
        }
    }

    private ByteSource lines(long block) throws MalformedException {
        return bytes.table(
                "lines", block + BLOCK_HEAD_BYTES, bytes.u4("nLines", block + 4), LINE_BYTES);
    }

    private long next(long block) throws MalformedException {
        long size = bytes.u4("cbBlock", block + 8);
        if (size < BLOCK_HEAD_BYTES) {
            throw bytes.malformed("cbBlock", block + 8, size + " bytes", "12 or more");
        }
        return block + size;
    }

    private static long lastAtOrBefore(ByteSource lines, long codeOffset)
            throws MalformedException {
        long low = 0;
        long high = lines.sizeBytes() / LINE_BYTES - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (lines.u4("offset", middle * LINE_BYTES) <= codeOffset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private Line line(long block, ByteSource lines, long index) throws MalformedException {
        int column = 0;
        if ((bytes.u2("flags", 6) & HAS_COLUMNS) != 0) {
            long columns = block + BLOCK_HEAD_BYTES + lines.sizeBytes();
            long at = columns + index * COLUMN_BYTES;
            column = at + COLUMN_BYTES <= next(block) ? bytes.u2("offColumnStart", at) : 0;
        }
        return new Line(
                lines.u4("offset", index * LINE_BYTES),
                bytes.u4("fileid", block),
                lines.s4("linenum", index * LINE_BYTES + 4) & 0xff_ffff,
                column);
    }
}
