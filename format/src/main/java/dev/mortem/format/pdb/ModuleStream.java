package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.BinaryAnnotations;
import dev.mortem.format.codeview.CodePlace;
import dev.mortem.format.codeview.FileChecksums;
import dev.mortem.format.codeview.InlineSite;
import dev.mortem.format.codeview.InlineeLines;
import dev.mortem.format.codeview.LabelSymbol;
import dev.mortem.format.codeview.LineBlocks;
import dev.mortem.format.codeview.ProcedureSymbol;
import dev.mortem.format.codeview.SeparatedCode;
import dev.mortem.format.codeview.SymbolKind;
import dev.mortem.format.codeview.SymbolRecord;
import dev.mortem.format.codeview.ThunkSymbol;
import dev.mortem.format.msf.MsfStream;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The symbols and lines of one module, read from its stream when an address is asked for, by an index of
 * what begins where (LLVM documentation, "The Module Information Stream").
 */
final class ModuleStream {
    private final MsfStream stream;
    private final ModuleIndex index;
    private final StringTable names;
    private final FunctionIds ids;
    private final int inlineDepthMax;

    ModuleStream(
            MsfStream stream,
            ModuleIndex index,
            StringTable names,
            FunctionIds ids,
            int inlineDepthMax) {
        this.stream = stream;
        this.index = index;
        this.names = names;
        this.ids = ids;
        this.inlineDepthMax = inlineDepthMax;
    }

    /** What is kept of it, in entries. */
    int entryCount() {
        return index.entryCount();
    }

    /**
     * Code that has a name.
     *
     * @param place where its function begins
     * @param sizeBytes of the function's code; -1 where a label alone names it
     * @param recordOffset of the procedure; -1 where it is none
     */
    record Named(String name, CodePlace place, long sizeBytes, long recordOffset) {}

    /** The procedure or thunk that covers a place. */
    Optional<Named> codeAt(long key) throws MalformedException {
        int found = index.code().covering(key);
        if (found < 0) {
            return Optional.empty();
        }
        long at = Integer.toUnsignedLong(index.code().value(found));
        SymbolRecord record = record(at);
        if (record.kind() == SymbolKind.S_THUNK32) {
            ThunkSymbol thunk = ThunkSymbol.read(record);
            return Optional.of(new Named(thunk.name(), thunk.place(), thunk.sizeBytes(), -1));
        }
        if (record.kind() != SymbolKind.S_SEPCODE) {
            return Optional.of(named(record, at));
        }
        // Of the part that was moved away only where the function is, is told.
        int parent = index.code().exactly(SeparatedCode.read(record).parent().key());
        if (parent < 0) {
            return Optional.empty();
        }
        long parentAt = Integer.toUnsignedLong(index.code().value(parent));
        SymbolRecord function = record(parentAt);
        return SymbolKind.isProcedure(function.kind())
                ? Optional.of(named(function, parentAt))
                : Optional.empty();
    }

    private static Named named(SymbolRecord record, long at) throws MalformedException {
        ProcedureSymbol procedure = ProcedureSymbol.read(record);
        return new Named(procedure.name(), procedure.place(), procedure.sizeBytes(), at);
    }

    /** The label that stands last at or before a place. */
    Optional<Named> labelBelow(long key) throws MalformedException {
        int found = index.labels().below(key);
        if (found < 0) {
            return Optional.empty();
        }
        LabelSymbol label =
                LabelSymbol.read(record(Integer.toUnsignedLong(index.labels().value(found))));
        return Optional.of(new Named(label.name(), label.place(), -1, -1));
    }

    /** The line of the code at a place. */
    Optional<PdbLine> lineAt(long key) throws MalformedException {
        int found = index.lines().covering(key);
        if (found < 0) {
            return Optional.empty();
        }
        Optional<LineBlocks.Line> line =
                lineBlocks(found).at(key - index.lines().key(found));
        if (line.isEmpty() || line.get().isHidden()) {
            return Optional.empty();
        }
        return source(line.get().fileId(), line.get().line(), line.get().column());
    }

    /**
     * The functions that were inlined at a place, innermost first, each with the line in it.
     *
     * @param procedure that has the place; its record tells where its inline sites are
     */
    List<PdbFrame> inlinedAt(long key, Named procedure) throws MalformedException {
        List<PdbFrame> frames = new ArrayList<>();
        long codeOffset = key - procedure.place().key();
        long at = next(procedure.recordOffset());
        int depth = 0;
        int innermostDepth = 0;
        while (at + SymbolRecord.HEAD_BYTES <= index.symbolsEnd()
                && frames.size() < inlineDepthMax) {
            int kind = stream.u2("rectyp", at + 2);
            if (SymbolKind.isInlineSite(kind)) {
                InlineSite site = InlineSite.read(record(at));
                Optional<BinaryAnnotations.Range> range =
                        BinaryAnnotations.at(site.annotations(), codeOffset);
                if (range.isPresent()) {
                    frames.addFirst(frame(site, range.get()));
                    depth++;
                    innermostDepth = depth; // only sites inside this one count from here on
                } else {
                    at = endOf(at); // nothing inside a site is outside of its code
                }
            } else if (SymbolKind.opensScope(kind)) {
                depth++;
            } else if (SymbolKind.isEnd(kind) && --depth < innermostDepth) {
                break;
            }
            at = at < index.symbolsEnd() ? next(at) : at;
        }
        return frames;
    }

    PdbFrame frame(InlineSite site, BinaryAnnotations.Range range) throws MalformedException {
        Optional<PdbLine> source = Optional.empty();
        Optional<InlineeLines.Entry> start = index.inlinee(stream, site.inlinee());
        if (start.isPresent()) {
            long fileId = range.fileId() >= 0 ? range.fileId() : start.get().fileId();
            int line = start.get().line() + range.lineDelta();
            source = line > 0 ? source(fileId, line, 0) : Optional.empty();
        }
        return new PdbFrame(ids.name(site.inlinee()), true, source);
    }

    private void inlineSites(Named procedure, Contents contents) throws MalformedException {
        long end = endOf(procedure.recordOffset());
        for (long at = next(procedure.recordOffset()); at < end; at = next(at)) {
            SymbolRecord record = record(at);
            if (SymbolKind.isInlineSite(record.kind())) {
                contents.inlineSite(procedure, InlineSite.read(record));
            }
        }
    }

    private Optional<PdbLine> source(long fileId, int line, int column) throws MalformedException {
        Optional<ByteSource> checksums = index.checksums(stream, fileId);
        if (checksums.isEmpty()) {
            return Optional.empty();
        }
        return names.text(FileChecksums.nameOffset(checksums.get(), 0))
                .map(file -> new PdbLine(file, line, column));
    }

    private LineBlocks lineBlocks(int run) throws MalformedException {
        long at = Integer.toUnsignedLong(index.lines().value(run));
        return LineBlocks.of(ModuleIndex.subsection(stream, at));
    }

    /** Where the record stands that ends the one there; where none does, the end of all records. */
    long endOf(long at) throws MalformedException {
        return ModuleIndex.endOfScope(stream, at, index.symbolsEnd());
    }

    long next(long at) throws MalformedException {
        return ModuleIndex.next(stream, at);
    }

    SymbolRecord record(long at) throws MalformedException {
        return ModuleIndex.record(stream, at);
    }

    int inlineDepthMax() {
        return inlineDepthMax;
    }

    /** Adds where lines begin, and where runs of lines end, that overlap a stretch of code. */
    void addLineStarts(long start, long end, Set<Long> starts, ReadSteps steps)
            throws MalformedException {
        int covering = index.lines().covering(start);
        int run = covering >= 0 ? covering : index.lines().below(start) + 1;
        for (; run < index.lines().count() && index.lines().key(run) < end; run++) {
            long runStart = index.lines().key(run);
            starts.add(runStart);
            starts.add(runStart + index.lines().size(run));
            if (steps.areLeft()) {
                lineBlocks(run).forEach(line -> {
                    steps.take();
                    starts.add(runStart + line.codeOffset());
                });
            }
        }
    }

    /** Takes code in stretches that belong to one function and came from one line. */
    @FunctionalInterface
    interface Runs {
        /** @param frames innermost first */
        void run(Named procedure, long startKey, long endKey, List<PdbFrame> frames)
                throws MalformedException;
    }

    /** Gives out all code of procedures and thunks that has a size. */
    void forEachRun(Runs runs) throws MalformedException {
        ReadSteps steps = new ReadSteps();
        for (int each = 0; each < index.code().count(); each++) {
            boolean again = each > 0 && index.code().key(each) == index.code().key(each - 1);
            if (again) {
                continue; // folded into the one before
            }
            long at = Integer.toUnsignedLong(index.code().value(each));
            SymbolRecord record = record(at);
            if (SymbolKind.isProcedure(record.kind())) {
                ProcedureRuns.read(this, named(record, at), nextCode(each), steps, runs);
            } else if (record.kind() == SymbolKind.S_THUNK32) {
                ThunkSymbol thunk = ThunkSymbol.read(record);
                Named named = new Named(thunk.name(), thunk.place(), thunk.sizeBytes(), -1);
                long key = thunk.place().key();
                runs.run(
                        named,
                        key,
                        key + thunk.sizeBytes(),
                        List.of(new PdbFrame(Optional.of(thunk.name()), false, Optional.empty())));
            }
        }
    }

    /** Where other code begins that answers for its addresses; the highest key where none does. */
    private long nextCode(int each) {
        int next = each + 1;
        while (next < index.code().count()
                && index.code().key(next) == index.code().key(each)) {
            next++;
        }
        return next < index.code().count() ? index.code().key(next) : Long.MAX_VALUE;
    }

    /** Takes what a module has, for tools that list it. */
    interface Contents {
        void code(Named named) throws MalformedException;

        void inlineSite(Named procedure, InlineSite site) throws MalformedException;

        void line(long key, Optional<PdbLine> line) throws MalformedException;
    }

    /** Gives out all procedures, each with its inline sites behind it, and all lines. */
    void forEach(Contents contents) throws MalformedException {
        for (int each = 0; each < index.code().count(); each++) {
            long at = Integer.toUnsignedLong(index.code().value(each));
            SymbolRecord record = record(at);
            if (SymbolKind.isProcedure(record.kind())) {
                Named procedure = named(record, at);
                contents.code(procedure);
                inlineSites(procedure, contents);
            }
        }
        for (int run = 0; run < index.lines().count(); run++) {
            long start = index.lines().key(run);
            List<LineBlocks.Line> lines = new ArrayList<>();
            lineBlocks(run).forEach(lines::add);
            for (LineBlocks.Line line : lines) {
                contents.line(
                        start + line.codeOffset(),
                        line.isHidden()
                                ? Optional.empty()
                                : source(line.fileId(), line.line(), line.column()));
            }
        }
    }
}
