package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.UnitHeader;
import dev.mortem.format.dwarf.info.UnitIndex;
import dev.mortem.format.dwarf.line.LineIndex;
import dev.mortem.format.dwarf.line.LineTable;
import dev.mortem.format.dwarf.line.SourceLine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * The functions and source lines of one file by svma, those of inlined functions included. Only the units
 * of the addresses that are asked for are read, whole, and then kept as long as there is room; a unit with
 * anything broken in it has no functions, which is reported. Safe for any thread: one looks up at a time.
 */
public final class DebugInfo {
    /** Functions that are kept for the next lookup. */
    public static final Limit CACHED_SCOPES_MAX = new Limit(
            "functions of DWARF units kept in memory",
            4_000_000,
            "functions and pieces of code",
            "all of a stack's units at once; some 20 bytes each, 80 MB in all");

    /** Functions inlined into one another at one address. */
    private static final int CHAIN_MAX = 256;

    /** Linux takes no path beyond PATH_MAX, 4,096 bytes. */
    private static final int PATH_BYTES_MAX = 16 * 1024;

    private static final int BUILD_ID_BYTES_MAX = 64;

    private final DwarfSections sections;
    private final DwarfCompanions companions;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final LineIndex lines;
    private final UnitFile file;
    private final SplitUnits splitUnits;
    private final EntryBudget budget;
    private final EnclosingScopes scopes;
    private final Map<Long, Optional<UnitFunctions>> units = new LinkedHashMap<>(16, 0.75f, true);
    private long cachedScopes;

    public DebugInfo(
            DwarfSections sections,
            DwarfCompanions companions,
            Limits limits,
            Diagnostics diagnostics) {
        this.companions = companions;
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.sections = new DwarfSections(sections.fileName(), sections::get, this::supplementary);
        this.lines = new LineIndex(this.sections, limits, diagnostics);
        this.file = new UnitFile(this.sections, lines.units(), limits);
        this.splitUnits = new SplitUnits(this.sections, companions, limits, diagnostics);
        this.budget = new EntryBudget(limits);
        this.scopes = new EnclosingScopes(budget);
    }

    /** The source line of the instruction at {@code svma}; no function is read for it. */
    public Optional<SourceLine> lineAt(long svma) {
        return lines.at(svma);
    }

    /** The functions of {@link #codeAt} alone. */
    public List<SourceFunction> at(long svma) {
        return codeAt(svma).functions();
    }

    /**
     * The functions and the line of the instruction at {@code svma}: of the first unit that covers it and
     * has a function there, else of the first that has a line.
     */
    public SourceCode codeAt(long svma) {
        synchronized (lines) {
            if (sections.get(DwarfSection.INFO).isEmpty()) {
                return new SourceCode(List.of(), lines.at(svma), SourceLanguage.UNKNOWN);
            }
            Search search = new Search(svma);
            lines.units().visit(svma, search);
            return search.found();
        }
    }

    /** Takes code in stretches that belong to one function and came from one line. */
    @FunctionalInterface
    public interface Runs {
        void run(long startSvma, long endSvma, SourceCode code) throws IOException;
    }

    /**
     * Gives out all code that has functions, unit by unit, of each unit by ascending svma. What is broken
     * is reported and passed over.
     *
     * @throws IOException as {@code runs} throws it
     */
    public void forEach(Runs runs) throws IOException {
        Optional<ByteSource> info = sections.get(DwarfSection.INFO);
        long offset = 0;
        while (info.isPresent() && offset < info.get().sizeBytes()) {
            UnitHeader header;
            try {
                header = UnitHeader.read(info.get(), offset);
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "the units behind have no functions and lines");
                return;
            }
            if (header.mayHoldCode()) {
                synchronized (lines) {
                    runsOfUnit(offset, runs);
                }
            }
            offset = header.end();
        }
    }

    private void runsOfUnit(long unitOffset, Runs runs) throws IOException {
        Optional<UnitFunctions> unit = functions(unitOffset);
        if (unit.isEmpty()) {
            return;
        }
        FunctionScopes scopes = unit.get().scopes();
        Optional<LineTable> table = lines.tableOfUnit(unitOffset);
        for (int piece = 0; piece + 1 < scopes.pieceCount(); piece++) {
            if (scopes.pieceScope(piece) == FunctionScopes.NONE) {
                continue;
            }
            Search search = new Search(scopes.pieceStart(piece));
            search.addChain(unitOffset, unit.get(), Optional.empty());
            runsOfPiece(scopes, piece, table, search, runs);
        }
    }

    private static void runsOfPiece(
            FunctionScopes scopes, int piece, Optional<LineTable> table, Search search, Runs runs)
            throws IOException {
        long low = scopes.pieceStart(piece);
        long high = scopes.pieceStart(piece + 1);
        TreeSet<Long> starts = new TreeSet<>(Long::compareUnsigned);
        starts.add(low);
        table.ifPresent(rows -> rows.boundaries(low, high, boundary -> {
            if (Long.compareUnsigned(boundary, low) > 0
                    && Long.compareUnsigned(boundary, high) < 0) {
                starts.add(boundary);
            }
        }));
        List<SourceFunction> chain = search.functions;
        for (long start : starts) {
            Long end = starts.higher(start);
            Optional<SourceLine> line = table.flatMap(rows -> rows.at(start));
            List<SourceFunction> functions = new ArrayList<>(chain);
            functions.set(0, chain.getFirst().withSource(line));
            runs.run(
                    start,
                    end == null ? high : end,
                    new SourceCode(functions, line, chain.getLast().language()));
        }
    }

    /**
     * How a function was reached that the call before {@code returnSvma} does not name; empty where it
     * names just that one, and wherever there is doubt.
     *
     * @param returnSvma to where the function returns
     */
    public Optional<TailCalls> tailCalls(long returnSvma, TailCalls.Reached reached) {
        synchronized (lines) {
            if (sections.get(DwarfSection.INFO).isEmpty()) {
                return Optional.empty();
            }
            try {
                return new TailCallSearch(this::outermostAt, reached, budget).from(returnSvma);
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "tail calls there are not recognised");
                return Optional.empty();
            }
        }
    }

    /**
     * Where the first parameter of the function with code of its own at {@code svma} is; empty where it
     * has none, or is nowhere while that code runs.
     */
    public Optional<FirstParameter> firstParameter(long svma) {
        return ofFunction(svma, reader -> reader.first(svma));
    }

    /** What the call that returns to {@code returnSvma} hands over; empty where that is not told. */
    public Optional<CallArguments> callArguments(long returnSvma) {
        return ofFunction(returnSvma - 1, reader -> reader.handedOver(returnSvma));
    }

    /** One question to the entry of a function. */
    private interface Question<T> {
        Optional<T> ask(ParameterReader reader) throws MalformedException;
    }

    private <T> Optional<T> ofFunction(long svma, Question<T> question) {
        synchronized (lines) {
            if (sections.get(DwarfSection.INFO).isEmpty()) {
                return Optional.empty();
            }
            Optional<TailCallSearch.Code> code = outermostAt(svma);
            if (code.isEmpty()) {
                return Optional.empty();
            }
            try {
                return question.ask(new ParameterReader(code.get().entry(), budget, limits));
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "arguments of functions there are not known");
                return Optional.empty();
            }
        }
    }

    private Optional<TailCallSearch.Code> outermostAt(long svma) {
        List<TailCallSearch.Code> found = new ArrayList<>(1);
        lines.units().visit(svma, unit -> {
            functions(unit).ifPresent(functions -> {
                int scope = functions.scopes().at(svma);
                int outer = scope;
                for (int depth = 0; outer != FunctionScopes.NONE && depth < CHAIN_MAX; depth++) {
                    scope = outer;
                    outer = functions.scopes().parent(scope);
                }
                if (scope != FunctionScopes.NONE) {
                    found.add(new TailCallSearch.Code(functions, scope));
                }
            });
            return !found.isEmpty();
        });
        return found.stream().findFirst();
    }

    /** One look at the units that cover an address. */
    private final class Search implements UnitIndex.UnitVisitor {
        private final long svma;
        private final List<SourceFunction> functions = new ArrayList<>();
        private Optional<SourceLine> line = Optional.empty();
        private SourceLanguage language = SourceLanguage.UNKNOWN;

        Search(long svma) {
            this.svma = svma;
        }

        @Override
        public boolean unit(long unitOffset) {
            Optional<UnitFunctions> here = DebugInfo.this.functions(unitOffset);
            Optional<SourceLine> lineHere =
                    lines.tableOfUnit(unitOffset).flatMap(table -> table.at(svma));
            here.ifPresent(unit -> addChain(unitOffset, unit, lineHere));
            if (!functions.isEmpty()) {
                language = functions.getLast().language();
            } else if (line.isEmpty() && lineHere.isPresent()) {
                language = here.map(DebugInfo::language).orElse(SourceLanguage.UNKNOWN);
            }
            line = line.or(() -> lineHere);
            return !functions.isEmpty();
        }

        /** Of a unit with functions but no line at the address another one may have the line. */
        SourceCode found() {
            if (functions.isEmpty()) {
                return new SourceCode(functions, line, language);
            }
            SourceFunction innermost = functions.getFirst();
            if (innermost.source().isEmpty()) {
                functions.set(0, innermost.withSource(line.or(() -> lines.at(svma))));
            }
            return new SourceCode(functions, functions.getFirst().source(), language);
        }

        private void addChain(
                long unitOffset, UnitFunctions unit, Optional<SourceLine> innermostSource) {
            Optional<SourceLine> source = innermostSource;
            int scope = unit.scopes().at(svma);
            while (scope != FunctionScopes.NONE && functions.size() < CHAIN_MAX) {
                boolean inlined = unit.scopes().parent(scope) != FunctionScopes.NONE;
                functions.add(function(unit, scope, inlined, source));
                source = inlined ? callOf(unitOffset, unit, scope) : Optional.empty();
                scope = unit.scopes().parent(scope);
            }
        }
    }

    private static SourceLanguage language(UnitFunctions functions) {
        return SourceLanguage.of(functions.entries().die().language());
    }

    private SourceFunction function(
            UnitFunctions functions, int scope, boolean inlined, Optional<SourceLine> source) {
        Optional<String> name = Optional.empty();
        Optional<String> linkageName = Optional.empty();
        Optional<String> around = Optional.empty();
        SourceLanguage language = language(functions);
        try {
            FunctionNames names = FunctionNames.read(functions.entry(scope));
            name = names.name();
            linkageName = names.linkageName();
            if (language == SourceLanguage.CPP && linkageName.isEmpty() && !names.isExternal()) {
                around = around(names.declaration());
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a function has no name");
        }
        return new SourceFunction(
                name,
                linkageName,
                around,
                inlined,
                source,
                inlined
                        ? OptionalLong.empty()
                        : OptionalLong.of(functions.scopes().startSvma(scope)),
                language);
    }

    private Optional<String> around(EntryReference declaration) {
        try {
            return scopes.around(declaration);
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a function is named without its namespaces and classes");
            return Optional.empty();
        }
    }

    /** Where the inlined function is called. */
    private Optional<SourceLine> callOf(long unitOffset, UnitFunctions functions, int scope) {
        int line = functions.scopes().callLine(scope);
        int callFile = functions.scopes().callFile(scope);
        if (line == 0) {
            return Optional.empty();
        }
        Optional<String> path = functions.file() == file
                ? lines.tableOfUnit(unitOffset).flatMap(table -> table.file(callFile))
                : splitFile(functions.entries(), callFile)
                        .or(() -> lines.tableOfUnit(unitOffset)
                                .flatMap(table -> table.file(callFile)));
        int column = functions.scopes().callColumn(scope);
        return path.map(known -> new SourceLine(known, line, column));
    }

    /** A file of a split unit, which has a table of names alone. */
    private Optional<String> splitFile(DwarfUnit unit, int number) {
        if (unit.sections().get(DwarfSection.LINE).isEmpty()) {
            return Optional.empty();
        }
        return lines.splitTable(unit)
                .flatMap(header -> header.path(number, unit.die().compDir(), List.of()));
    }

    private Optional<UnitFunctions> functions(long unitOffset) {
        Optional<UnitFunctions> known = units.get(unitOffset);
        if (known != null) {
            return known;
        }
        Optional<UnitFunctions> read = Optional.empty();
        try {
            read = Optional.of(read(unitOffset));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions of the unit have no names from it");
        }
        units.put(unitOffset, read);
        cachedScopes += sizeOf(read);
        var oldest = units.entrySet().iterator();
        while (cachedScopes > limits.max(CACHED_SCOPES_MAX) && units.size() > 1) {
            cachedScopes -= sizeOf(oldest.next().getValue());
            oldest.remove();
        }
        return read;
    }

    private static int sizeOf(Optional<UnitFunctions> functions) {
        return functions.map(read -> read.scopes().size()).orElse(0);
    }

    private UnitFunctions read(long unitOffset) throws MalformedException {
        DwarfUnit unit = file.cache().unit(unitOffset);
        if (unit.die().splitName().isPresent()) {
            Optional<DwarfUnit> split = splitUnits.of(unit);
            if (split.isPresent()) {
                UnitFile splitFile = UnitFile.of(split.get().sections(), limits);
                return read(splitFile, split.get());
            }
        }
        return read(file, unit);
    }

    private UnitFunctions read(UnitFile of, DwarfUnit unit) throws MalformedException {
        FunctionScopes scopes = FunctionWalk.read(unit, of.cache().abbreviations(unit), limits);
        return new UnitFunctions(of, unit, scopes);
    }

    /** The file that the section .gnu_debugaltlink, or .debug_sup, names. */
    private Optional<DwarfSections> supplementary() {
        try {
            Optional<ByteSource> link = sections.get(DwarfSection.GNU_DEBUGALTLINK);
            if (link.isPresent()) {
                ByteCursor cursor = link.get().cursor(0);
                String name = cursor.cString("file name", PATH_BYTES_MAX);
                return supplementary(name, cursor, cursor.remaining());
            }
            Optional<ByteSource> sup = sections.get(DwarfSection.SUP);
            if (sup.isPresent()) {
                ByteCursor cursor = sup.get().cursor(0);
                cursor.u2("version");
                if (cursor.u1("is_supplementary") != 0) {
                    return Optional.empty();
                }
                String name = cursor.cString("sup_filename", PATH_BYTES_MAX);
                return supplementary(name, cursor, cursor.uleb("sup_checksum_len"));
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the file shared with other debug files is not used");
        }
        return Optional.empty();
    }

    private Optional<DwarfSections> supplementary(String name, ByteCursor cursor, long idBytes)
            throws MalformedException {
        if (idBytes < 0 || idBytes > BUILD_ID_BYTES_MAX) {
            throw cursor.malformed("build id", idBytes + " bytes", "at most " + BUILD_ID_BYTES_MAX);
        }
        byte[] id = new byte[(int) idBytes];
        for (int index = 0; index < id.length; index++) {
            id[index] = (byte) cursor.u1("build id");
        }
        Optional<DwarfSections> found = companions.supplementary(name, id);
        if (found.isEmpty()) {
            diagnostics.report(
                    sections.fileName() + ": " + name,
                    "the file that it shares with other debug files, build id "
                            + HexFormat.of().formatHex(id) + ", is not here",
                    "names of inlined functions that stand there are unknown");
        }
        return found;
    }
}
