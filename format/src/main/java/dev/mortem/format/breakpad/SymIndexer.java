package dev.mortem.format.breakpad;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;

import java.util.Optional;

/**
 * Reads a file once from its start to its end, checks each record's numbers and notes where those stand
 * that others are found by. Lines, inlined functions and changes of unwind rules are not noted: they
 * stand behind the record that they belong to. Belongs to one thread.
 */
final class SymIndexer {
    /** Broken lines that are told one by one. */
    private static final int BROKEN_TOLD_MAX = 16;

    private static final long END_MAX = 1L << 32;
    private static final int FACT_BYTES_MAX = 1024;

    final RecordIndex.Builder functions = new RecordIndex.Builder(true);
    final RecordIndex.Builder publics = new RecordIndex.Builder(false);
    final RecordIndex.Builder files = new RecordIndex.Builder(false);
    final RecordIndex.Builder origins = new RecordIndex.Builder(false);
    final RecordIndex.Builder cfi = new RecordIndex.Builder(true);
    final RecordIndex.Builder frameData = new RecordIndex.Builder(true);
    final RecordIndex.Builder fpo = new RecordIndex.Builder(true);

    private final ByteSource file;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final SymLines lines;
    private final SymFields fields;

    private Optional<SymModule> module = Optional.empty();
    private Optional<String> codeId = Optional.empty();
    private Optional<String> url = Optional.empty();
    private Optional<String> generator = Optional.empty();
    private long lineNumber;
    private long broken;
    private long left;
    private boolean anyLines;
    private long cfiLast;
    private long cfiEnd;

    SymIndexer(ByteSource file, Limits limits, Diagnostics diagnostics) {
        this.file = file;
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.lines = new SymLines(file, 0, file.sizeBytes(), limits.maxInt(SymLines.LINE_BYTES));
        this.fields = lines.fields();
        this.left = limits.max(SymFile.RECORDS_MAX);
    }

    void readAll() {
        try {
            while (lines.next()) {
                lineNumber++;
                if (!record()) {
                    reportBroken();
                }
                if (left < 0) {
                    diagnostics.report(
                            place(),
                            "more than %,d records".formatted(limits.max(SymFile.RECORDS_MAX)),
                            "what stands behind this line is not used");
                    break;
                }
            }
        } catch (MalformedException cutWhileRead) {
            diagnostics.report(cutWhileRead, "what stands behind it is not used");
        }
        if (broken > BROKEN_TOLD_MAX) {
            diagnostics.report(
                    file.name(),
                    "%,d more lines are no sound records".formatted(broken - BROKEN_TOLD_MAX),
                    "they are passed over");
        }
    }

    Optional<SymModule> module() {
        return module;
    }

    Optional<String> codeId() {
        return codeId;
    }

    Optional<String> url() {
        return url;
    }

    Optional<String> generator() {
        return generator;
    }

    boolean hasLines() {
        return anyLines;
    }

    /** Reads one record; false where it is broken. Records of other kinds are none of ours. */
    private boolean record() {
        int first = fields.peek();
        if (Character.digit(first, 16) >= 0 && !Character.isUpperCase(first)) {
            return line();
        }
        return switch (first) {
            case 'F' -> fields.take("FUNC") ? function() : !fields.take("FILE") || number(files);
            case 'I' -> inlineOrInfo();
            case 'M' -> !fields.take("MODULE") || module.isPresent() || isModule();
            case 'P' -> !fields.take("PUBLIC") || publicSymbol();
            case 'S' -> !fields.take("STACK") || stack();
            default -> true;
        };
    }

    private boolean line() {
        boolean sound = functions.count() > 0
                && isRange(fields.hex(), fields.hex())
                && fields.decimal() != SymFields.NONE
                && fields.decimal() != SymFields.NONE
                && fields.isAtEnd();
        if (sound) {
            anyLines = true;
            functions.extendLast(lines.nextOffset());
        }
        return sound;
    }

    private boolean function() {
        fields.take("m");
        long rva = fields.hex();
        long size = fields.hex();
        if (!isRange(rva, size) || fields.hex() == SymFields.NONE) {
            return false;
        }
        add(functions, rva, size);
        return true;
    }

    private boolean publicSymbol() {
        fields.take("m");
        long rva = fields.hex();
        if (rva == SymFields.NONE || fields.hex() == SymFields.NONE || fields.isAtEnd()) {
            return false;
        }
        add(publics, rva, 0);
        return true;
    }

    /** A record that gives a number a name. */
    private boolean number(RecordIndex.Builder names) {
        long number = fields.decimal();
        if (number == SymFields.NONE || fields.isAtEnd()) {
            return false;
        }
        add(names, number, 0);
        return true;
    }

    private boolean inlineOrInfo() {
        if (fields.take("INLINE_ORIGIN")) {
            return number(origins);
        }
        if (fields.take("INLINE")) {
            // depth, line, file, origin, and at least one range; the first writers had no file
            boolean sound = functions.count() > 0
                    && fields.decimal() != SymFields.NONE
                    && fields.decimal() != SymFields.NONE
                    && fields.decimal() != SymFields.NONE
                    && fields.count() >= 2;
            if (sound) {
                functions.extendLast(lines.nextOffset());
            }
            return sound;
        }
        if (fields.take("INFO")) {
            if (fields.take("CODE_ID")) {
                codeId = codeId.or(() -> fact());
            } else if (fields.take("URL")) {
                url = url.or(() -> fact());
            } else if (fields.take("GENERATOR")) {
                generator = generator.or(() -> fact());
            }
        }
        return true;
    }

    private Optional<String> fact() {
        String text = fields.rest(FACT_BYTES_MAX);
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private boolean isModule() {
        module = SymFile.moduleRecord(fields);
        return module.isPresent();
    }

    private boolean stack() {
        if (fields.take("WIN")) {
            return windowsFrame();
        }
        return !fields.take("CFI") || (fields.take("INIT") ? cfiStart() : cfiChange());
    }

    private boolean cfiStart() {
        long rva = fields.hex();
        long size = fields.hex();
        boolean sound = isRange(rva, size) && !fields.isAtEnd() && !lines.isCut();
        cfiLast = rva;
        cfiEnd = sound ? rva + size : 0; // what follows a broken start belongs to nothing
        if (sound) {
            add(cfi, rva, size);
        }
        return sound;
    }

    /**
     * Each change lies behind the one before. Of images of Windows the first has the address of the
     * start, whose rules nobody then sees; some writers end with one at the end of the range, which
     * changes nothing.
     */
    private boolean cfiChange() {
        long rva = fields.hex();
        boolean sound = rva != SymFields.NONE
                && rva >= cfiLast
                && cfiEnd > 0
                && !fields.isAtEnd()
                && !lines.isCut();
        if (cfiEnd > 0) {
            cfi.extendLast(
                    lines.nextOffset()); // with a broken one, behind which no rules are known
        }
        cfiLast = sound ? rva : cfiLast;
        return sound;
    }

    private boolean windowsFrame() {
        long type = fields.hex();
        if (type != WinFrame.FPO && type != WinFrame.FRAME_DATA) {
            return type != SymFields.NONE;
        }
        long rva = fields.hex();
        long size = fields.hex();
        boolean sound = isRange(rva, size) && !lines.isCut();
        for (int field = 0; field < WinFrame.NUMBERS_BEHIND_RANGE; field++) {
            sound &= fields.hex() != SymFields.NONE;
        }
        if (!sound || fields.isAtEnd()) {
            return false;
        }
        add(type == WinFrame.FPO ? fpo : frameData, rva, size);
        return true;
    }

    private static boolean isRange(long rva, long size) {
        return rva != SymFields.NONE && size != SymFields.NONE && rva + size <= END_MAX;
    }

    private void add(RecordIndex.Builder index, long number, long size) {
        left--;
        if (left >= 0) {
            index.add(number, size, lines.lineOffset());
            index.extendLast(lines.nextOffset());
        }
    }

    private void reportBroken() {
        if (++broken <= BROKEN_TOLD_MAX) {
            diagnostics.report(place(), "no sound record of its kind", "it is passed over");
        }
    }

    private String place() {
        return file.name() + ": line " + lineNumber;
    }
}
