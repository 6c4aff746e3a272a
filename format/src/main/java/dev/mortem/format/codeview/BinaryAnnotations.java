package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;

/**
 * The instructions of an inline site, which say what code came from which line (microsoft-pdb, cvinfo.h:
 * BinaryAnnotationOpcode, CVUncompressData). Each number takes one, two or four bytes, by the highest bits
 * of the first: 0, 10, 110.
 *
 * <p>State: code offset, from the start of the procedure the site stands in; line, from the inlinee's
 * first; file. An instruction that moves the code offset begins a range; it reaches up to the next, unless
 * its length is told.
 */
public final class BinaryAnnotations {
    private static final int CODE_OFFSET = 1;
    private static final int CHANGE_CODE_OFFSET_BASE = 2;
    private static final int CHANGE_CODE_OFFSET = 3;
    private static final int CHANGE_CODE_LENGTH = 4;
    private static final int CHANGE_FILE = 5;
    private static final int CHANGE_LINE_OFFSET = 6;
    private static final int CHANGE_LINE_END_DELTA = 7;
    private static final int CHANGE_RANGE_KIND = 8;
    private static final int CHANGE_COLUMN_START = 9;
    private static final int CHANGE_COLUMN_END_DELTA = 10;
    private static final int CHANGE_CODE_OFFSET_AND_LINE_OFFSET = 11;
    private static final int CHANGE_CODE_LENGTH_AND_CODE_OFFSET = 12;
    private static final int CHANGE_COLUMN_END = 13;

    /**
     * A run of code that came from one line.
     *
     * @param codeOffset from the start of the procedure
     * @param sizeBytes of the code
     * @param lineDelta from the inlinee's first line
     * @param fileId as of {@link FileChecksums}; -1 where it is the inlinee's own
     */
    public record Range(long codeOffset, long sizeBytes, int lineDelta, long fileId) {
        boolean contains(long offset) {
            return offset >= codeOffset && offset - codeOffset < sizeBytes;
        }
    }

    /** Takes the ranges in their order. */
    @FunctionalInterface
    public interface Ranges {
        /** @return whether to go on */
        boolean take(Range range);
    }

    private BinaryAnnotations() {}

    /** The range that has the offset; the first of several. */
    public static Optional<Range> at(ByteSource annotations, long codeOffset)
            throws MalformedException {
        Found found = new Found(codeOffset);
        read(annotations, found);
        return found.range;
    }

    private static final class Found implements Ranges {
        private final long wanted;
        private Optional<Range> range = Optional.empty();

        Found(long wanted) {
            this.wanted = wanted;
        }

        @Override
        public boolean take(Range candidate) {
            if (candidate.contains(wanted)) {
                range = Optional.of(candidate);
            }
            return range.isEmpty();
        }
    }

    /**
     * Gives out all ranges.
     *
     * @throws MalformedException where an instruction is none or is cut; those before it were given out
     */
    public static void read(ByteSource annotations, Ranges ranges) throws MalformedException {
        new Machine(annotations.cursor(0), ranges).run();
    }

    private static final class Machine {
        private final ByteCursor cursor;
        private final Ranges ranges;
        private long codeOffset;
        private int lineDelta;
        private long fileId = -1;

        /** Begun, and not given out yet. */
        private boolean open;

        private long openOffset;
        private long openBytes = -1;
        private int openLineDelta;
        private long openFileId;
        private boolean goesOn = true;

        Machine(ByteCursor cursor, Ranges ranges) {
            this.cursor = cursor;
            this.ranges = ranges;
        }

        void run() throws MalformedException {
            while (goesOn && !cursor.atEnd()) {
                long opcode = number();
                if (opcode == 0) {
                    break; // what fills the record up
                }
                step((int) opcode);
            }
            close(codeOffset);
        }

        private void step(int opcode) throws MalformedException {
            switch (opcode) {
                case CODE_OFFSET -> {
                    close(codeOffset);
                    codeOffset = number();
                    begin(-1);
                }
                case CHANGE_CODE_OFFSET -> moveCode(number(), -1);
                case CHANGE_CODE_LENGTH -> {
                    long bytes = number();
                    close(codeOffset + bytes);
                    codeOffset += bytes;
                }
                case CHANGE_FILE -> fileId = number();
                case CHANGE_LINE_OFFSET -> lineDelta += signed(number());
                case CHANGE_CODE_OFFSET_AND_LINE_OFFSET -> {
                    long both = number();
                    lineDelta += signed(both >> 4);
                    moveCode(both & 0xf, -1);
                }
                case CHANGE_CODE_LENGTH_AND_CODE_OFFSET -> {
                    long bytes = number();
                    moveCode(number(), bytes);
                }
                case CHANGE_CODE_OFFSET_BASE,
                        CHANGE_LINE_END_DELTA,
                        CHANGE_RANGE_KIND,
                        CHANGE_COLUMN_START,
                        CHANGE_COLUMN_END_DELTA,
                        CHANGE_COLUMN_END -> number();
                default ->
                    throw cursor.malformed("opcode", Integer.toString(opcode), "one of 1 to 13");
            }
        }

        private void moveCode(long bytes, long sizeBytes) {
            close(codeOffset + bytes);
            codeOffset += bytes;
            begin(sizeBytes);
        }

        private void begin(long sizeBytes) {
            open = true;
            openOffset = codeOffset;
            openBytes = sizeBytes;
            openLineDelta = lineDelta;
            openFileId = fileId;
        }

        private void close(long end) {
            if (!open) {
                return;
            }
            open = false;
            long bytes = openBytes >= 0 ? openBytes : end - openOffset;
            if (bytes > 0) {
                goesOn = ranges.take(new Range(openOffset, bytes, openLineDelta, openFileId));
            }
        }

        /** CVUncompressData: big-endian behind the bits that tell how long it is. */
        private long number() throws MalformedException {
            int first = cursor.u1("annotation");
            if ((first & 0x80) == 0) {
                return first;
            }
            if ((first & 0xc0) == 0x80) {
                return (first & 0x3fL) << 8 | cursor.u1("annotation");
            }
            if ((first & 0xe0) == 0xc0) {
                int second = cursor.u1("annotation");
                int third = cursor.u1("annotation");
                return (first & 0x1fL) << 24 | second << 16 | third << 8 | cursor.u1("annotation");
            }
            throw cursor.malformed(
                    "annotation", "0x" + Integer.toHexString(first), "a first byte below 0xe0");
        }

        /** DecodeSignedInt32: the sign is the lowest bit. */
        private static int signed(long number) {
            int value = (int) (number >> 1);
            return (number & 1) != 0 ? -value : value;
        }
    }
}
