package dev.mortem.format.breakpad;

import java.util.Arrays;

/** The records behind one FUNC that cover an rva: a line, and inlined functions by their depth. */
final class FunctionRecords {
    private static final int FIRST_ROOM = 16;

    private final int depthMax;
    private long line = SymFields.NONE;
    private long file = SymFields.NONE;
    private long[] origins = new long[FIRST_ROOM];
    private long[] callLines = new long[FIRST_ROOM];
    private long[] callFiles = new long[FIRST_ROOM];
    private boolean[] present = new boolean[FIRST_ROOM];
    private boolean uncertain;

    FunctionRecords(int depthMax) {
        this.depthMax = depthMax;
    }

    /** Takes a line or an INLINE record; others may stand between. */
    boolean take(SymLines lines, long rva) {
        SymFields fields = lines.fields();
        if (fields.take("INLINE")) {
            inline(fields, rva, lines.isCut());
        } else if (line == SymFields.NONE) {
            long start = fields.hex();
            long size = fields.hex();
            long number = fields.decimal();
            long fileNumber = fields.decimal();
            boolean isLine = start != SymFields.NONE
                    && size != SymFields.NONE
                    && number != SymFields.NONE
                    && fileNumber != SymFields.NONE
                    && fields.isAtEnd();
            if (isLine && rva >= start && rva - start < size) {
                line = number;
                file = fileNumber;
            }
        }
        return true;
    }

    private void inline(SymFields fields, long rva, boolean cut) {
        long depth = fields.decimal();
        long callLine = fields.decimal();
        boolean withFile = fields.count() % 2 == 0; // the first writers did not tell the file
        long callFile = withFile ? fields.decimal() : SymFields.NONE;
        long origin = fields.decimal();
        while (!fields.isAtEnd()) {
            long start = fields.hex();
            long size = fields.hex();
            if (start == SymFields.NONE || size == SymFields.NONE) {
                return;
            }
            if (rva >= start && rva - start < size && depth >= 0 && depth < depthMax) {
                set((int) depth, origin, callLine, callFile);
                return;
            }
        }
        uncertain |= cut;
    }

    private void set(int depth, long origin, long callLine, long callFile) {
        if (depth >= origins.length) {
            int room = Math.max(depth + 1, 2 * origins.length);
            origins = Arrays.copyOf(origins, room);
            callLines = Arrays.copyOf(callLines, room);
            callFiles = Arrays.copyOf(callFiles, room);
            present = Arrays.copyOf(present, room);
        }
        if (!present[depth]) {
            present[depth] = true;
            origins[depth] = origin;
            callLines[depth] = callLine;
            callFiles[depth] = callFile;
        }
    }

    /** As if no record covered the address. */
    void forget() {
        uncertain = true;
    }

    /** How many inlined functions there are: those without a gap from the outermost on. */
    int depth() {
        int depth = 0;
        while (!uncertain && depth < present.length && present[depth]) {
            depth++;
        }
        return depth;
    }

    /** The line of the innermost function; NONE where a gap leaves that function unknown. */
    long line() {
        return uncertain || hasGap() ? SymFields.NONE : line;
    }

    long file() {
        return file;
    }

    long origin(int depth) {
        return origins[depth];
    }

    /** Where the function of that depth was called, in the one around it. */
    long callLine(int depth) {
        return callLines[depth];
    }

    long callFile(int depth) {
        return callFiles[depth];
    }

    private boolean hasGap() {
        for (int depth = depth(); depth < present.length; depth++) {
            if (present[depth]) {
                return true;
            }
        }
        return false;
    }
}
