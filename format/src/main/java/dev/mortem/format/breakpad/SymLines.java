package dev.mortem.format.breakpad;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;

/**
 * The lines of a part of the file, read in pieces. Ended by LF or CR LF; the last need not be ended.
 * Belongs to one thread.
 */
final class SymLines {
    /** Of one record; what is behind it is passed over. */
    static final Limit LINE_BYTES = new Limit(
            "a line of a Breakpad symbol file",
            64 * 1024,
            "bytes",
            "names of templates have some 10 KiB, an inlined function's ranges as much; a file"
                    + " without line ends must not fill the heap");

    private static final int SMALL_BYTES = 4096;

    private final ByteSource file;
    private final int lineBytesMax;
    private final byte[] buffer;
    private final long endOffset;
    private final SymFields fields = new SymFields();

    /** Where the byte behind the buffer's content lies in the file. */
    private long position;

    private int from;
    private int to;
    private long lineOffset;
    private boolean cut;

    /** The lines that begin at {@code offset} or later, up to {@code endOffset}. */
    SymLines(ByteSource file, long offset, long endOffset, int lineBytesMax) {
        this.file = file;
        this.lineBytesMax = lineBytesMax;
        this.position = Math.min(offset, file.sizeBytes());
        this.endOffset = Math.min(endOffset, file.sizeBytes());
        int room = (int) Math.min(2L * lineBytesMax, Math.max(0, this.endOffset - position));
        this.buffer = new byte[Math.max(room, Math.min(SMALL_BYTES, 2 * lineBytesMax))];
    }

    /** Goes to the next line; false where there is none. */
    boolean next() throws MalformedException {
        lineOffset = position - (to - from);
        cut = false;
        int scanned = from;
        while (true) {
            while (scanned < to && buffer[scanned] != '\n') {
                scanned++;
            }
            if (scanned < to) {
                return take(scanned, scanned + 1);
            }
            if (position >= endOffset) {
                return (from < to || cut) && take(to, to);
            }
            scanned = fill();
        }
    }

    /** The fields of the line; their own until the next one is asked for. */
    SymFields fields() {
        return fields;
    }

    /** Whether the line was longer than the limit, and the rest of it is missing. */
    boolean isCut() {
        return cut;
    }

    /** Where the line begins in the file. */
    long lineOffset() {
        return lineOffset;
    }

    /** Where the next line begins. */
    long nextOffset() {
        return position - (to - from);
    }

    private boolean take(int lineEnd, int next) {
        int end = Math.min(lineEnd, from + lineBytesMax);
        cut |= end < lineEnd;
        boolean carriageReturn = !cut && end > from && buffer[end - 1] == '\r';
        fields.reset(buffer, from, carriageReturn ? end - 1 : end);
        from = next;
        return true;
    }

    /** Makes room, and reads on; where the first byte that was not yet looked at is now. */
    private int fill() throws MalformedException {
        int kept = to - from;
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, kept);
            from = 0;
        }
        int looked = kept;
        if (kept > lineBytesMax) {
            cut = true;
            looked = lineBytesMax; // what is behind it belongs to the same line and is dropped
        }
        to = looked;
        int size = (int) Math.min(buffer.length - to, endOffset - position);
        file.copyTo("lines", position, buffer, to, size);
        position += size;
        to += size;
        return looked;
    }
}
