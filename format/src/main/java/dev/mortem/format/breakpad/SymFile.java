package dev.mortem.format.breakpad;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A Breakpad symbol file (Breakpad documentation, "Symbol Files"). All addresses are rvas: bytes from
 * where the module starts in the process, below 4 GiB.
 *
 * <p>Reading it costs one pass over its bytes and some 20 bytes of heap for each function, public
 * symbol, file, inlined function's name and unwind record; lines cost nothing. An answer is read from
 * the file when it is asked for. Safe for any thread while the file is open. Records that are broken are
 * reported, the first of them with the numbers of their lines, and passed over.
 */
public final class SymFile {
    /** Of those that are kept, of all kinds together. */
    public static final Limit RECORDS_MAX = new Limit(
            "records of a Breakpad symbol file",
            8_000_000,
            "records",
            "a browser's has 3 million besides its lines; at some 20 bytes each they fill 160 MB");

    /** Behind one FUNC or STACK CFI INIT record. */
    static final Limit FUNCTION_RECORDS_MAX = new Limit(
            "records of one function in a Breakpad symbol file",
            1 << 20,
            "records",
            "the largest functions seen, made by generators, have some 100,000 lines; they are read"
                    + " for each address that is asked for");

    static final Limit NAME_BYTES = new Limit(
            "a name in a Breakpad symbol file",
            16 * 1024,
            "bytes",
            "names of templates have some 10 KiB; nobody reads longer ones");

    /** Functions that were inlined into each other. */
    static final Limit INLINE_DEPTH_MAX = new Limit(
            "depth of inlined functions in a Breakpad symbol file",
            512,
            "functions",
            "compilers stop at some dozens");

    /** The record stands in the first line. */
    private static final int MODULE_BYTES_MAX = 64 * 1024;

    private static final int MODULE_LINES_MAX = 16;
    private static final int MODULE_NAME_BYTES_MAX = 4096; // PATH_MAX
    private static final int DEBUG_ID_DIGITS_MAX = 64;

    private final ByteSource file;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Optional<SymModule> module;
    private final Optional<String> codeId;
    private final Optional<String> url;
    private final Optional<String> generator;
    private final boolean anyLines;
    private final RecordIndex functions;
    private final RecordIndex publics;
    private final RecordIndex files;
    private final RecordIndex origins;
    private final RecordIndex cfi;
    private final RecordIndex frameData;
    private final RecordIndex fpo;

    private SymFile(ByteSource file, SymIndexer read, Limits limits, Diagnostics diagnostics) {
        this.file = file;
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.module = read.module();
        this.codeId = read.codeId();
        this.url = read.url();
        this.generator = read.generator();
        this.anyLines = read.hasLines();
        this.functions = read.functions.build();
        this.publics = read.publics.build();
        this.files = read.files.build();
        this.origins = read.origins.build();
        this.cfi = read.cfi.build();
        this.frameData = read.frameData.build();
        this.fpo = read.fpo.build();
    }

    /**
     * Reads the file once; what is broken or beyond a limit is reported, and the rest is used.
     *
     * @param file stays open as long as the result is used
     */
    public static SymFile read(ByteSource file, Limits limits, Diagnostics diagnostics) {
        SymIndexer indexer = new SymIndexer(file, limits, diagnostics);
        indexer.readAll();
        return new SymFile(file, indexer, limits, diagnostics);
    }

    /** The MODULE record alone, from the file's first lines; empty where there is none. */
    public static Optional<SymModule> moduleOf(ByteSource file) {
        SymLines lines = new SymLines(file, 0, MODULE_BYTES_MAX, MODULE_BYTES_MAX);
        try {
            for (int line = 0; line < MODULE_LINES_MAX && lines.next(); line++) {
                if (lines.fields().take("MODULE")) {
                    return moduleRecord(lines.fields());
                }
            }
        } catch (MalformedException cutWhileRead) {
            return Optional.empty(); // whoever reads the file itself meets it again
        }
        return Optional.empty();
    }

    /** What follows the word MODULE. */
    static Optional<SymModule> moduleRecord(SymFields fields) {
        String system = fields.text();
        String architecture = fields.text();
        String id = fields.text().toUpperCase(Locale.ROOT);
        String name = fields.rest(MODULE_NAME_BYTES_MAX);
        boolean isId = !id.isEmpty()
                && id.length() <= DEBUG_ID_DIGITS_MAX
                && id.chars().allMatch(digit -> Character.digit(digit, 16) >= 0);
        return isId && !name.isEmpty()
                ? Optional.of(new SymModule(system, architecture, id, name))
                : Optional.empty();
    }

    /** What the file is about; empty where it does not say. */
    public Optional<SymModule> module() {
        return module;
    }

    /** INFO CODE_ID: the build id in hex, or of an image of Windows its time and size, and its name. */
    public Optional<String> codeId() {
        return codeId;
    }

    /** INFO URL: where the debug information came from. */
    public Optional<String> url() {
        return url;
    }

    /** INFO GENERATOR: the program that wrote the file. */
    public Optional<String> generator() {
        return generator;
    }

    /** Whether any function has lines. */
    public boolean hasLines() {
        return anyLines;
    }

    /** Whether any function or public symbol is named. */
    public boolean hasFunctions() {
        return functions.count() + publics.count() > 0;
    }

    /** Whether any code has rules for unwinding. */
    public boolean hasUnwindRules() {
        return cfi.count() + frameData.count() + fpo.count() > 0;
    }

    /** FUNC records; each is counted, also where several begin at one address. */
    public int functionCount() {
        return functions.count();
    }

    /** PUBLIC records. */
    public int publicCount() {
        return publics.count();
    }

    /**
     * The function whose FUNC record covers the rva, else the PUBLIC symbol at or below it. A symbol does
     * not reach across the start of a function: what lies behind that function belongs to neither.
     */
    public Optional<SymFunction> functionAt(long rva) {
        try {
            return function(rva);
        } catch (MalformedException cutWhileMapped) {
            diagnostics.report(cutWhileMapped, "functions in it have no names");
            return Optional.empty();
        }
    }

    private Optional<SymFunction> function(long rva) throws MalformedException {
        int covering = functions.covering(rva);
        if (covering >= 0) {
            return Optional.of(functionRecord(covering));
        }
        int below = publics.atOrBelow(rva);
        int before = functions.atOrBelow(rva);
        boolean isBetween =
                before >= 0 && below >= 0 && functions.start(before) >= publics.start(below);
        if (below < 0 || isBetween) {
            return Optional.empty();
        }
        int first = publics.exactly(publics.start(below));
        SymFields fields = recordAt(publics.offset(first));
        fields.take("PUBLIC");
        boolean shared = fields.take("m");
        long start = fields.hex();
        long parameterBytes = fields.hex();
        return Optional.of(
                new SymFunction(name(fields), start, OptionalLong.empty(), parameterBytes, shared));
    }

    private SymFunction functionRecord(int index) throws MalformedException {
        SymFields fields = recordAt(functions.offset(index));
        fields.take("FUNC");
        boolean shared = fields.take("m");
        long start = fields.hex();
        long sizeBytes = fields.hex();
        long parameterBytes = fields.hex();
        return new SymFunction(
                name(fields), start, OptionalLong.of(sizeBytes), parameterBytes, shared);
    }

    /**
     * The functions at the rva, innermost first: those inlined there, then the one that {@link
     * #functionAt} gives; no function at all where that gives none.
     */
    public List<SymFrame> framesAt(long rva) {
        try {
            int covering = functions.covering(rva);
            if (covering >= 0) {
                return frames(covering, rva);
            }
            return function(rva)
                    .map(symbol ->
                            List.of(new SymFrame(named(symbol.name()), false, Optional.empty())))
                    .orElse(List.of());
        } catch (MalformedException cutWhileMapped) {
            diagnostics.report(cutWhileMapped, "functions in it have no names");
            return List.of();
        }
    }

    /** The line of the instruction at the rva, in whichever function it came from. */
    public Optional<SymFrame.Source> lineAt(long rva) {
        List<SymFrame> frames = framesAt(rva);
        return frames.isEmpty() ? Optional.empty() : frames.getFirst().source();
    }

    private List<SymFrame> frames(int index, long rva) throws MalformedException {
        FunctionRecords records = new FunctionRecords(limits.maxInt(INLINE_DEPTH_MAX));
        boolean whole = eachRecord(functions, index, lines -> records.take(lines, rva));
        if (!whole) {
            records.forget(); // an inlined function may stand among what was not read
        }
        List<SymFrame> frames = new ArrayList<>();
        Optional<SymFrame.Source> source = source(records.line(), records.file());
        for (int depth = records.depth() - 1; depth >= 0; depth--) {
            Optional<String> name = nameOf(origins, "INLINE_ORIGIN", records.origin(depth));
            if (records.callFile(depth) == SymFields.NONE) {
                // the first writers put the number of a file before the name
                name = name.map(text -> text.replaceFirst("^-?[0-9]+ ", ""));
            }
            frames.add(new SymFrame(name, true, source));
            source = source(records.callLine(depth), records.callFile(depth));
        }
        frames.add(new SymFrame(named(functionRecord(index).name()), false, source));
        return frames;
    }

    private Optional<SymFrame.Source> source(long line, long fileNumber) throws MalformedException {
        if (line <= 0 || line > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        return nameOf(files, "FILE", fileNumber).map(name -> new SymFrame.Source(name, (int) line));
    }

    private Optional<String> nameOf(RecordIndex names, String kind, long number)
            throws MalformedException {
        int index = number == SymFields.NONE ? -1 : names.exactly(number);
        if (index < 0) {
            return Optional.empty();
        }
        SymFields fields = recordAt(names.offset(index));
        fields.take(kind);
        fields.decimal();
        return named(name(fields));
    }

    /**
     * The rules of the STACK CFI records in force at the rva; empty where no record covers it, or one of
     * them is broken.
     */
    public Optional<CfiRules> cfiAt(long rva) {
        int index = cfi.covering(rva);
        if (index < 0) {
            return Optional.empty();
        }
        try {
            CfiRules.Reader rules = new CfiRules.Reader(rva, limits);
            boolean whole = eachRecord(cfi, index, rules::take);
            return whole ? rules.rules() : Optional.empty();
        } catch (MalformedException cutWhileMapped) {
            diagnostics.report(cutWhileMapped, "stacks through this function are guessed");
            return Optional.empty();
        }
    }

    /** The STACK WIN records that cover the rva, the better one first: frame data, then FPO. */
    public List<WinFrame> windowsFramesAt(long rva) {
        List<WinFrame> found = new ArrayList<>();
        try {
            for (RecordIndex records : List.of(frameData, fpo)) {
                int index = records.covering(rva);
                if (index >= 0) {
                    found.add(WinFrame.read(recordAt(records.offset(index)), limits));
                }
            }
        } catch (MalformedException cutWhileMapped) {
            diagnostics.report(cutWhileMapped, "stacks through this function are guessed");
        }
        return List.copyOf(found);
    }

    /** Bytes of parameters that the caller of the function at the rva pushed for it, where it is told. */
    public OptionalLong parameterBytesAt(long rva) {
        Optional<SymFunction> function = functionAt(rva);
        if (function.filter(found -> !found.isPublic()).isPresent()) {
            return OptionalLong.of(function.get().parameterBytes());
        }
        List<WinFrame> frames = windowsFramesAt(rva);
        if (!frames.isEmpty()) {
            return OptionalLong.of(frames.getFirst().parameterBytes());
        }
        return function.map(found -> OptionalLong.of(found.parameterBytes()))
                .orElse(OptionalLong.empty());
    }

    /** Looks at a line; false where none behind it is wanted. */
    @FunctionalInterface
    interface LineTaker {
        boolean take(SymLines lines);
    }

    /** A record and those that belong to it; false where there are more than the limit allows. */
    private boolean eachRecord(RecordIndex records, int index, LineTaker taker)
            throws MalformedException {
        SymLines lines = new SymLines(
                file,
                records.offset(index),
                records.endOffset(index),
                limits.maxInt(SymLines.LINE_BYTES));
        for (long count = 0; lines.next(); count++) {
            if (count >= limits.max(FUNCTION_RECORDS_MAX)) {
                diagnostics.report(
                        file.name() + " at " + records.offset(index),
                        "more than %,d records of one function"
                                .formatted(limits.max(FUNCTION_RECORDS_MAX)),
                        "its lines and unwind rules are not used");
                return false;
            }
            if (!taker.take(lines)) {
                break;
            }
        }
        return true;
    }

    private SymFields recordAt(long offset) throws MalformedException {
        int lineBytesMax = limits.maxInt(SymLines.LINE_BYTES);
        SymLines lines = new SymLines(file, offset, offset + lineBytesMax, lineBytesMax);
        if (!lines.next()) {
            throw file.malformed("record", offset, "the end of the file", "a record");
        }
        return lines.fields();
    }

    private String name(SymFields fields) {
        return fields.rest(limits.maxInt(NAME_BYTES));
    }

    private static Optional<String> named(String name) {
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }
}
