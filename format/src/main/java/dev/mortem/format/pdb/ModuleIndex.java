package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.codeview.CodePlace;
import dev.mortem.format.codeview.DebugSubsection;
import dev.mortem.format.codeview.InlineeLines;
import dev.mortem.format.codeview.LabelSymbol;
import dev.mortem.format.codeview.LineBlocks;
import dev.mortem.format.codeview.ProcedureSymbol;
import dev.mortem.format.codeview.SeparatedCode;
import dev.mortem.format.codeview.SymbolKind;
import dev.mortem.format.codeview.SymbolRecord;
import dev.mortem.format.codeview.ThunkSymbol;
import dev.mortem.format.msf.MsfStream;

import java.util.Optional;

/**
 * Where the procedures, labels, runs of lines and inlined functions of a module are in its stream (LLVM
 * documentation, "The Module Information Stream"): Signature u4, symbol records, lines of old compilers,
 * C13 subsections, references. Made in one pass that reads the heads of records only, and of procedures
 * those that pEnd leads to.
 */
final class ModuleIndex {
    private static final int SIGNATURE_C13 = 4;
    private static final int FIRST_RECORD = 4;

    private final PlaceIndex code;
    private final PlaceIndex labels;
    private final PlaceIndex lines;

    /** By id instead of by place. */
    private final PlaceIndex inlinees;

    private final long symbolsEnd;
    private final long checksumsAt;
    private final long checksumsBytes;

    private ModuleIndex(Reader reader) {
        this.code = reader.code.build();
        this.labels = reader.labels.build();
        this.lines = reader.lines.build();
        this.inlinees = reader.inlinees.build();
        this.symbolsEnd = reader.symbolsEnd;
        this.checksumsAt = reader.checksumsAt;
        this.checksumsBytes = reader.checksumsBytes;
    }

    /** What is broken or beyond a limit is reported, and the rest is used. */
    static ModuleIndex read(
            MsfStream stream, ModuleInfo module, Limits limits, Diagnostics diagnostics) {
        Reader reader = new Reader(stream, module, limits, diagnostics);
        reader.read();
        return new ModuleIndex(reader);
    }

    /** Of procedures, thunks and separated code: their records' offsets. */
    PlaceIndex code() {
        return code;
    }

    PlaceIndex labels() {
        return labels;
    }

    /** Of runs of lines: their subsections' offsets. */
    PlaceIndex lines() {
        return lines;
    }

    long symbolsEnd() {
        return symbolsEnd;
    }

    int entryCount() {
        return code.count() + labels.count() + lines.count() + inlinees.count();
    }

    /** Where an inlined function begins in its source. */
    Optional<InlineeLines.Entry> inlinee(MsfStream stream, long id) throws MalformedException {
        int found = inlinees.exactly(id);
        return found < 0
                ? Optional.empty()
                : Optional.of(InlineeLines.read(
                        stream.slice(
                                "InlineeSourceLine",
                                Integer.toUnsignedLong(inlinees.value(found)),
                                12),
                        0));
    }

    /** The entry of a source file, by its offset in the module's list of them. */
    Optional<ByteSource> checksums(MsfStream stream, long fileId) throws MalformedException {
        return fileId + 4 > checksumsBytes
                ? Optional.empty()
                : Optional.of(stream.slice("FileChecksum", checksumsAt + fileId, 4));
    }

    /** What a subsection holds behind its kind and size. */
    static ByteSource subsection(MsfStream stream, long at) throws MalformedException {
        return stream.slice(
                "Subsection", at + DebugSubsection.HEAD_BYTES, stream.u4("cbLen", at + 4));
    }

    static SymbolRecord record(MsfStream stream, long at) throws MalformedException {
        int head = stream.s4("rectyp", at);
        return new SymbolRecord(
                SymbolRecord.kind(head),
                stream.slice(
                        "SymbolRecord", at, SymbolRecord.sizeBytes(SymbolRecord.reclen(head))));
    }

    static long next(MsfStream stream, long at) throws MalformedException {
        int reclen = stream.u2("reclen", at);
        if (reclen < 2) {
            throw stream.malformed("reclen", at, reclen + " bytes", "2 or more");
        }
        return at + SymbolRecord.sizeBytes(reclen);
    }

    /** Where the record stands that ends a scope: by its pEnd, where an end stands there. */
    static long endOfScope(MsfStream stream, long at, long symbolsEnd) throws MalformedException {
        long end = stream.u4("pEnd", at + ProcedureSymbol.END_AT);
        boolean isEnd = end > at
                && end + SymbolRecord.HEAD_BYTES <= symbolsEnd
                && SymbolKind.isEnd(stream.u2("rectyp", end + 2));
        return isEnd ? end : endByNesting(stream, at, symbolsEnd);
    }

    private static long endByNesting(MsfStream stream, long at, long symbolsEnd)
            throws MalformedException {
        long depth = 1;
        long each = next(stream, at);
        while (each + SymbolRecord.HEAD_BYTES <= symbolsEnd) {
            int kind = stream.u2("rectyp", each + 2);
            depth += SymbolKind.opensScope(kind) ? 1 : SymbolKind.isEnd(kind) ? -1 : 0;
            if (depth == 0) {
                return each;
            }
            each = next(stream, each);
        }
        return symbolsEnd;
    }

    private static final class Reader {
        private final MsfStream stream;
        private final ModuleInfo module;
        private final Limits limits;
        private final Diagnostics diagnostics;
        private final PlaceIndex.Builder code;
        private final PlaceIndex.Builder labels;
        private final PlaceIndex.Builder lines;
        private final PlaceIndex.Builder inlinees;
        private long symbolsEnd;
        private long checksumsAt;
        private long checksumsBytes;
        private boolean full;

        Reader(MsfStream stream, ModuleInfo module, Limits limits, Diagnostics diagnostics) {
            this.stream = stream;
            this.module = module;
            this.limits = limits;
            this.diagnostics = diagnostics;
            this.code = new PlaceIndex.Builder(limits.maxInt(PdbLimits.PROCEDURES));
            this.labels = new PlaceIndex.Builder(limits.maxInt(PdbLimits.PROCEDURES));
            this.lines = new PlaceIndex.Builder(limits.maxInt(PdbLimits.LINE_RUNS));
            this.inlinees = new PlaceIndex.Builder(limits.maxInt(PdbLimits.INLINEES));
        }

        void read() {
            symbolsEnd = Math.min(module.symbolBytes(), stream.sizeBytes());
            try {
                readSymbols();
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "functions behind it have no names");
            }
            try {
                readSubsections();
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "lines behind it are unknown");
            }
        }

        private void readSymbols() throws MalformedException {
            if (symbolsEnd < FIRST_RECORD) {
                return;
            }
            if (stream.s4("Signature", 0) != SIGNATURE_C13) {
                throw stream.malformed(
                        "Signature",
                        0,
                        Integer.toString(stream.s4("Signature", 0)),
                        "4, of Visual C++ 7.0 or later");
            }
            long at = FIRST_RECORD;
            while (at + SymbolRecord.HEAD_BYTES <= symbolsEnd && !full) {
                long next = next(stream, at);
                int kind = stream.u2("rectyp", at + 2);
                if (SymbolKind.isProcedure(kind)) {
                    addCode(
                            at,
                            ProcedureSymbol.SECTION_AT,
                            ProcedureSymbol.OFFSET_AT,
                            stream.s4("len", at + ProcedureSymbol.SIZE_AT));
                    next = Math.max(next, endIfTold(at));
                } else if (kind == SymbolKind.S_THUNK32) {
                    addCode(
                            at,
                            ThunkSymbol.SECTION_AT,
                            ThunkSymbol.OFFSET_AT,
                            stream.u2("len", at + ThunkSymbol.SIZE_AT));
                } else if (kind == SymbolKind.S_SEPCODE) {
                    addCode(
                            at,
                            SeparatedCode.SECTION_AT,
                            SeparatedCode.OFFSET_AT,
                            stream.s4("length", at + SeparatedCode.SIZE_AT));
                } else if (kind == SymbolKind.S_LABEL32) {
                    long key = CodePlace.key(
                            stream.u2("seg", at + LabelSymbol.SECTION_AT),
                            stream.u4("off", at + LabelSymbol.OFFSET_AT));
                    add(labels, key, 0, at, PdbLimits.PROCEDURES);
                }
                at = next;
            }
        }

        /** Locals, blocks and inline sites of a procedure are passed over where it says where it ends. */
        private long endIfTold(long at) throws MalformedException {
            long end = stream.u4("pEnd", at + ProcedureSymbol.END_AT);
            boolean isEnd = end > at
                    && end + SymbolRecord.HEAD_BYTES <= symbolsEnd
                    && SymbolKind.isEnd(stream.u2("rectyp", end + 2));
            return isEnd ? end : 0;
        }

        private void addCode(long at, int sectionAt, int offsetAt, int sizeBytes)
                throws MalformedException {
            long key = CodePlace.key(
                    stream.u2("seg", at + sectionAt), stream.u4("off", at + offsetAt));
            add(code, key, sizeBytes, at, PdbLimits.PROCEDURES);
        }

        private void add(
                PlaceIndex.Builder builder, long key, int sizeBytes, long value, Limit limit) {
            if (!builder.add(key, sizeBytes, (int) value) && !full) {
                full = true;
                diagnostics.report(
                        stream.malformed(
                                "Module",
                                value,
                                "more %s".formatted(limit.unit()),
                                "at most %,d".formatted(limits.max(limit))),
                        "those behind it are not known");
            }
        }

        private void readSubsections() throws MalformedException {
            full = false;
            long at = module.symbolBytes() + module.oldLineBytes();
            long end = Math.min(at + module.lineBytes(), stream.sizeBytes());
            while (at + DebugSubsection.HEAD_BYTES <= end && !full) {
                int kind = stream.s4("type", at);
                long bytes = stream.u4("cbLen", at + 4);
                long content = at + DebugSubsection.HEAD_BYTES;
                stream.require("Subsection", content, bytes);
                switch (kind) {
                    case DebugSubsection.LINES -> addLines(at, content, bytes);
                    case DebugSubsection.FILE_CHECKSUMS -> {
                        checksumsAt = content;
                        checksumsBytes = bytes;
                    }
                    case DebugSubsection.INLINEE_LINES ->
                        InlineeLines.forEach(
                                stream.slice("InlineeLines", content, bytes),
                                (id, offset) ->
                                        add(inlinees, id, 0, content + offset, PdbLimits.INLINEES));
                    default -> {}
                }
                at = content + bytes + 3 & -4L;
            }
        }

        private void addLines(long at, long content, long bytes) throws MalformedException {
            if (bytes < LineBlocks.HEAD_BYTES) {
                return;
            }
            long key = CodePlace.key(
                    stream.u2("segCon", content + LineBlocks.SECTION_AT),
                    stream.u4("offCon", content));
            int sizeBytes = stream.s4("cbCon", content + LineBlocks.SIZE_AT);
            add(lines, key, sizeBytes, at, PdbLimits.LINE_RUNS);
        }
    }
}
