package dev.mortem.format.go;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.Optional;

/**
 * A pclntab (package runtime: pcHeader, functab, _func): for each function its entry, name, and where
 * its tables of files and lines start. A view: nothing is decoded before it is asked for. Immutable,
 * safe for any thread while the bytes below are open.
 *
 * <p>Entries are offsets from the start of the text, or before Go 1.18 addresses; "entry" stands for both.
 */
final class PclnTable {
    static final Limit FUNCTIONS_MAX = new Limit(
            "functions of a Go program",
            4_000_000,
            "functions",
            "the largest cluster agents have 300,000; each takes at least 8 bytes of the table");

    private static final int NAME_BYTES_MAX = 1 << 16; // generic names reach some thousand bytes
    private static final int PATH_BYTES_MAX = 4096; // PATH_MAX

    private static final String UNKNOWN = "?"; // as the runtime prints it

    /** PCDATA_InlTreeIndex. */
    private static final int INLINE_INDEX = 2;

    /** FUNCDATA_InlTree. */
    private static final int INLINE_TREE = 3;

    private static final long NO_FUNCDATA = 0xffff_ffffL;

    private final PclnVersion version;
    private final int quantum;
    private final int pointerSize;
    private final int count;
    private final long textStart;
    private final Parts parts;
    private final int stepsMax;

    /**
     * The parts of the table.
     *
     * @param entries pairs of entry and offset of its record in {@code functions}, and a last entry
     */
    private record Parts(
            ByteSource entries,
            ByteSource functions,
            ByteSource names,
            ByteSource units,
            ByteSource files,
            ByteSource pcValues) {}

    private PclnTable(
            PclnVersion version,
            int quantum,
            int pointerSize,
            int count,
            long textStart,
            Parts parts,
            int stepsMax) {
        this.version = version;
        this.quantum = quantum;
        this.pointerSize = pointerSize;
        this.count = count;
        this.textStart = textStart;
        this.parts = parts;
        this.stepsMax = stepsMax;
    }

    /** Size of what {@link #looksLikeOne} looks at. */
    static final int PREFIX_BYTES = 8;

    /** Whether a table may start there: magic, two zeros, a possible CPU. */
    static boolean looksLikeOne(ByteSource bytes, long offset) throws MalformedException {
        if (bytes.sizeBytes() - offset < PREFIX_BYTES
                || PclnVersion.of(bytes.u4("magic", offset)).isEmpty()) {
            return false;
        }
        int quantum = bytes.u1("minLC", offset + 6);
        int pointerSize = bytes.u1("ptrSize", offset + 7);
        return bytes.u2("pad", offset + 4) == 0
                && (quantum == 1 || quantum == 2 || quantum == 4)
                && (pointerSize == 4 || pointerSize == 8);
    }

    /**
     * Reads the header, and checks that the parts lie inside.
     *
     * @param bytes from the header on, in the program's byte order; more may follow
     */
    static PclnTable read(ByteSource bytes, Limits limits) throws MalformedException {
        if (!looksLikeOne(bytes, 0)) {
            throw bytes.malformed("pcHeader", 0, "other bytes", "the magic of Go 1.2 to 1.26");
        }
        PclnVersion version = PclnVersion.of(bytes.u4("magic", 0)).orElseThrow();
        int quantum = bytes.u1("minLC", 6);
        int word = bytes.u1("ptrSize", 7);
        long count = bytes.unsigned("nfunc", 8, word);
        if (!limits.allows(FUNCTIONS_MAX, count)) {
            throw bytes.malformed(
                    "nfunc",
                    8,
                    Long.toUnsignedString(count) + " functions",
                    "at most %,d".formatted(limits.max(FUNCTIONS_MAX)));
        }
        Parts parts = version == PclnVersion.GO_1_2
                ? oldParts(bytes, word, count)
                : parts(bytes, version, word, count);
        long textStart =
                version.hasOffsets() ? bytes.unsigned("textStart", 8 + 2L * word, word) : 0;
        return new PclnTable(
                version,
                quantum,
                word,
                (int) count,
                textStart,
                parts,
                limits.maxInt(PcValues.STEPS_MAX));
    }

    private static Parts parts(ByteSource bytes, PclnVersion version, int word, long count)
            throws MalformedException {
        long first = 8 + (long) version.firstOffsetWord() * word;
        ByteSource functions = part(bytes, "pclntab", first + 4L * word, word);
        int field = version.hasOffsets() ? 4 : word;
        return new Parts(
                functions.table("functab", 0, 2 * count + 1, field),
                functions,
                part(bytes, "funcnametab", first, word),
                part(bytes, "cutab", first + word, word),
                part(bytes, "filetab", first + 2L * word, word),
                part(bytes, "pctab", first + 3L * word, word));
    }

    private static ByteSource part(ByteSource bytes, String name, long at, int word)
            throws MalformedException {
        return bytes.from(name, bytes.unsigned(name, at, word));
    }

    /** Up to Go 1.15 all offsets are from the table's start, and files are numbered by the program. */
    private static Parts oldParts(ByteSource bytes, int word, long count)
            throws MalformedException {
        ByteSource entries = bytes.table("functab", 8L + word, 2 * count + 1, word);
        long files = bytes.u4("filetab", 8L + word + entries.sizeBytes());
        long fileCount = bytes.u4("nfiletab", files);
        ByteSource units = bytes.table("filetab", files, Math.max(1, fileCount), 4);
        return new Parts(entries, bytes, bytes, units, bytes, bytes);
    }

    PclnVersion version() {
        return version;
    }

    int pointerSize() {
        return pointerSize;
    }

    int count() {
        return count;
    }

    /** As the header says; 0 where it does not, as of Go 1.26 or before relocation. */
    long textStart() {
        return textStart;
    }

    /** Of the function of that index; {@code index == count()} gives the end of the last. */
    long entry(int index) throws MalformedException {
        int field = fieldSize();
        return parts.entries.unsigned("entry", 2L * index * field, field);
    }

    /** The function that covers an entry or an address in it; -1 where none does. */
    int indexAt(long entry) throws MalformedException {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(entry(middle), entry) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        boolean covered = high >= 0 && Long.compareUnsigned(entry, entry(high + 1)) < 0;
        return covered ? high : -1;
    }

    Function function(int index) throws MalformedException {
        int field = fieldSize();
        long offset = parts.entries.unsigned("funcoff", (2L * index + 1) * field, field);
        return new Function(entry(index), parts.functions.from("_func", offset));
    }

    String name(long nameOffset) throws MalformedException {
        return parts.names.cString("name", nameOffset, NAME_BYTES_MAX);
    }

    private int fieldSize() {
        return version.hasOffsets() ? 4 : pointerSize;
    }

    /** One _func. Immutable. */
    final class Function {
        private final long entry;
        private final ByteSource record;
        private final int entrySize;

        private Function(long entry, ByteSource record) {
            this.entry = entry;
            this.record = record;
            this.entrySize = fieldSize();
        }

        long entry() {
            return entry;
        }

        String name() throws MalformedException {
            return PclnTable.this.name(u4("nameOff", 0));
        }

        /** From 1; 0 where the table does not say. */
        int line(long pcOffset) throws MalformedException {
            return Math.max(0, value(u4("pcln", 5), pcOffset));
        }

        String file(long pcOffset) throws MalformedException {
            int number = value(u4("pcfile", 4), pcOffset);
            if (number < 0) {
                return UNKNOWN;
            }
            long first = version == PclnVersion.GO_1_2 ? 0 : u4("cuOffset", 7);
            long offset = parts.units.u4("file", 4 * (first + number));
            return offset == 0xffff_ffffL
                    ? UNKNOWN
                    : parts.files.cString("file name", offset, PATH_BYTES_MAX);
        }

        /** Which inlined call the pc is of; -1 where it is of the function itself. */
        int inlineIndex(long pcOffset) throws MalformedException {
            return u4("npcdata", 6) <= INLINE_INDEX
                    ? PcValues.NONE
                    : value(record.u4("pcdata", sizeBytes() + 4L * INLINE_INDEX), pcOffset);
        }

        /** Where its inlined calls are described, from {@code go:func.*} on. */
        Optional<Long> inlineTree() throws MalformedException {
            if (!version.hasOffsets() || record.u1("nfuncdata", sizeBytes() - 1L) <= INLINE_TREE) {
                return Optional.empty();
            }
            long offset = record.u4("funcdata", sizeBytes() + 4 * (u4("npcdata", 6) + INLINE_TREE));
            return offset == NO_FUNCDATA ? Optional.empty() : Optional.of(offset);
        }

        private int value(long table, long pcOffset) throws MalformedException {
            return PcValues.at(parts.pcValues, table, pcOffset, quantum, stepsMax);
        }

        /** The {@code word}th 32-bit field behind the entry. */
        private long u4(String field, int word) throws MalformedException {
            return record.u4(field, entrySize + 4L * word);
        }

        /** Of the record's fixed part: cuOffset since 1.16, startLine since 1.20, four single bytes. */
        private int sizeBytes() {
            return entrySize
                    + switch (version) {
                        case GO_1_2 -> 32;
                        case GO_1_16, GO_1_18 -> 36;
                        case GO_1_20 -> 40;
                    };
        }
    }
}
