package dev.mortem.format.go;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfNote;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.elf.SvmaReader;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds the tables of a Go program: the pclntab by its section or its magic, then moduledata by its
 * pointer to it. The file is asked first for what no loader changes, memory for what it relocates.
 * Belongs to one thread.
 */
final class GoFinder {
    private static final String OWNER_GO = "Go";
    private static final String BUILD_INFO_MAGIC = "\u00ff Go buildinf:";
    private static final String START_FUNCTION = "_rt0_";

    /** Where the linkers put the table; in position-independent programs it was relocated once. */
    private static final List<String> TABLE_SECTIONS =
            List.of(".gopclntab", ".data.rel.ro.gopclntab");

    /** Where moduledata stands: in a section of its own since Go 1.26. */
    private static final List<String> DATA_SECTIONS = List.of(".go.module", ".noptrdata", ".data");

    /** Notes of a program take some hundred bytes. */
    private static final int NOTE_BYTES_MAX = 1 << 16;

    /** The header is aligned to a pointer at least. */
    private static final int SEARCH_STEP_BYTES = 4;

    /** Each costs the reading of a header; text may hold the magic by chance. */
    private static final int CANDIDATES_MAX = 1000;

    private final ElfFile headers;
    private final Optional<ElfFile> file;
    private final SvmaReader memory;
    private final long bias;
    private final Limits limits;
    private final Diagnostics diagnostics;

    /** A table and where it is. */
    private record Located(PclnTable table, long svma, boolean inMemory) {}

    GoFinder(
            ElfFile headers,
            Optional<ElfFile> file,
            SvmaReader memory,
            long bias,
            Limits limits,
            Diagnostics diagnostics) {
        this.headers = headers;
        this.file = file;
        this.memory = memory;
        this.bias = bias;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    Optional<GoSymbols> find() {
        try {
            if (!isGo()) {
                return Optional.empty();
            }
            Optional<Located> located = table();
            return located.isPresent() ? symbols(located.get()) : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the Go program's own tables are not used");
            return Optional.empty();
        }
    }

    private Optional<GoSymbols> symbols(Located located) throws MalformedException {
        Optional<ModuleData> data = moduleData(located);
        OptionalLong base = base(located, data);
        if (base.isEmpty()) {
            diagnostics.report(
                    headers.bytes().name() + ": pclntab",
                    "the start of the Go program's text was not found",
                    "the Go program's own tables are not used");
            return Optional.empty();
        }
        return Optional.of(new GoSymbols(
                located.table,
                base.getAsLong(),
                data.map(found -> OptionalLong.of(found.functionData()))
                        .orElse(OptionalLong.empty()),
                this::read,
                limits,
                diagnostics));
    }

    /** By a section, a note, or how its variables begin: no other program's memory is searched. */
    private boolean isGo() throws MalformedException {
        for (SectionHeader section : headers.sections()) {
            if (TABLE_SECTIONS.contains(section.name()) || section.name().equals(".go.buildinfo")) {
                return true;
            }
        }
        for (ProgramHeader segment : headers.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_NOTE && hasGoNote(segment)) {
                return true;
            }
            if (segment.type() == ProgramHeader.PT_LOAD && segment.isWritable()) {
                ByteSource start = read("build info", segment.svma(), BUILD_INFO_MAGIC.length());
                if (start.cString(
                                "magic", 0, BUILD_INFO_MAGIC.length(), StandardCharsets.ISO_8859_1)
                        .equals(BUILD_INFO_MAGIC)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean hasGoNote(ProgramHeader segment) {
        ByteSource notes = read(
                "PT_NOTE",
                segment.svma(),
                Math.min(NOTE_BYTES_MAX, segment.fileSizeBytes() & Long.MAX_VALUE));
        return ElfNote.readAll(notes, segment.alignment(), limits, ignored -> {}).stream()
                .anyMatch(note -> note.owner().equals(OWNER_GO));
    }

    private Optional<Located> table() throws MalformedException {
        if (file.isPresent()) {
            for (String name : TABLE_SECTIONS) {
                Optional<SectionHeader> section = file.get()
                        .section(name)
                        .filter(found -> found.type() != SectionHeader.SHT_NOBITS);
                if (section.isPresent()) {
                    ByteSource bytes = file.get().content(section.get());
                    return relocated(
                            PclnTable.read(bytes, limits), section.get().svma());
                }
            }
        }
        for (ProgramHeader segment : headers.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD) {
                Optional<Located> found = search(segment);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** Before Go 1.18 the entries are addresses, which in a file may not be filled in yet. */
    private Optional<Located> relocated(PclnTable inFile, long svma) throws MalformedException {
        if (inFile.version().hasOffsets() || bias == 0) {
            return Optional.of(new Located(inFile, svma, false));
        }
        ByteSource bytes = memory.read("pclntab", svma, sizeToSegmentEnd(svma));
        return bytes.sizeBytes() == 0
                ? Optional.empty()
                : Optional.of(new Located(PclnTable.read(bytes, limits), svma, true));
    }

    private Optional<Located> search(ProgramHeader segment) throws MalformedException {
        boolean inMemory = file.isEmpty();
        ByteSource bytes = inMemory
                ? memory.read("segment", segment.svma(), segment.fileSizeBytes())
                : file.get().presentContent(segment);
        int candidates = 0;
        for (long at = 0;
                at + PclnTable.PREFIX_BYTES <= bytes.sizeBytes();
                at += SEARCH_STEP_BYTES) {
            if (PclnTable.looksLikeOne(bytes, at) && candidates++ < CANDIDATES_MAX) {
                Optional<PclnTable> table = candidate(bytes.from("pclntab", at));
                if (table.isPresent()) {
                    long svma = segment.svma() + at;
                    return inMemory
                            ? Optional.of(new Located(table.get(), svma, true))
                            : relocated(table.get(), svma);
                }
            }
        }
        return Optional.empty();
    }

    /** Bytes may only start like a table: a debugger's own constants. */
    private Optional<PclnTable> candidate(ByteSource bytes) {
        try {
            return Optional.of(PclnTable.read(bytes, limits)).filter(GoFinder::isSound);
        } catch (MalformedException chance) {
            return Optional.empty();
        }
    }

    /** Whether its first function has a name, and the last ends behind the first. */
    private static boolean isSound(PclnTable table) {
        try {
            return table.count() > 0
                    && !table.function(0).name().isEmpty()
                    && Long.compareUnsigned(table.entry(0), table.entry(table.count())) < 0;
        } catch (MalformedException broken) {
            return false;
        }
    }

    private Optional<ModuleData> moduleData(Located located) throws MalformedException {
        List<ProgramHeader> segments = headers.programHeaders().stream()
                .filter(each -> each.type() == ProgramHeader.PT_LOAD && each.isWritable())
                .toList();
        for (AddressRange range : dataRanges(segments)) {
            ByteSource variables = memory.read("variables", range.start(), range.sizeBytes());
            Optional<ModuleData> found = moduleData(located, variables, bias);
            if (found.isPresent()) {
                return found;
            }
        }
        if (file.isPresent()) {
            for (ProgramHeader segment : segments) {
                Optional<ModuleData> found =
                        moduleData(located, file.get().presentContent(segment), 0);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<ModuleData> moduleData(
            Located located, ByteSource variables, long pointerBias) throws MalformedException {
        PclnTable table = located.table;
        return ModuleData.find(
                variables,
                located.svma + pointerBias,
                pointerBias,
                table.version(),
                table.pointerSize());
    }

    /** Sections where it is expected, then all variables that the program starts with. */
    private List<AddressRange> dataRanges(List<ProgramHeader> segments) {
        List<AddressRange> ranges = new ArrayList<>();
        for (String name : DATA_SECTIONS) {
            headers.section(name)
                    .filter(found -> found.type() != SectionHeader.SHT_NOBITS)
                    .ifPresent(found ->
                            ranges.add(AddressRange.ofSize(found.svma(), found.sizeBytes())));
        }
        for (ProgramHeader segment : segments) {
            ranges.add(AddressRange.ofSize(segment.svma(), segment.fileSizeBytes()));
        }
        return ranges;
    }

    /** What entries are added to, where all functions then lie in the program's code. */
    private OptionalLong base(Located located, Optional<ModuleData> data)
            throws MalformedException {
        PclnTable table = located.table;
        if (!table.version().hasOffsets()) {
            return inCode(table, located.inMemory ? -bias : 0);
        }
        if (data.isPresent()) {
            return inCode(table, data.get().text());
        }
        if (table.textStart() != 0) {
            return inCode(table, table.textStart() - (located.inMemory ? bias : 0));
        }
        return textSection(table);
    }

    /** The section's start is the text's start unless C code stands before it: the entry point tells. */
    private OptionalLong textSection(PclnTable table) throws MalformedException {
        Optional<SectionHeader> section = headers.section(".text");
        if (section.isEmpty()) {
            return OptionalLong.empty();
        }
        int started = table.indexAt(headers.header().entry() - section.get().svma());
        return started >= 0 && table.function(started).name().startsWith(START_FUNCTION)
                ? inCode(table, section.get().svma())
                : OptionalLong.empty();
    }

    private OptionalLong inCode(PclnTable table, long base) throws MalformedException {
        if (table.count() == 0) {
            return OptionalLong.empty();
        }
        long first = base + table.entry(0);
        long last = base + table.entry(table.count()) - 1;
        return headers.programHeaders().stream()
                        .filter(segment ->
                                segment.type() == ProgramHeader.PT_LOAD && segment.isExecutable())
                        .anyMatch(segment -> segment.svmaRange().contains(first)
                                && segment.svmaRange().contains(last))
                ? OptionalLong.of(base)
                : OptionalLong.empty();
    }

    private long sizeToSegmentEnd(long svma) {
        return headers.programHeaders().stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD
                        && segment.svmaRange().contains(svma))
                .mapToLong(segment -> segment.svma() + segment.fileSizeBytes() - svma)
                .filter(sizeBytes -> sizeBytes > 0)
                .findFirst()
                .orElse(0);
    }

    /** Bytes of the file as they were linked, else of memory. */
    private ByteSource read(String part, long svma, long sizeBytes) {
        if (file.isPresent()) {
            for (ProgramHeader segment : headers.programHeaders()) {
                if (segment.type() == ProgramHeader.PT_LOAD
                        && segment.svmaRange().contains(svma)) {
                    ByteSource inFile = file.get()
                            .presentContent(segment)
                            .atMost(part, svma - segment.svma(), sizeBytes);
                    if (inFile.sizeBytes() == sizeBytes) {
                        return inFile;
                    }
                }
            }
        }
        return memory.read(part, svma, sizeBytes).withOrder(headers.header().order());
    }
}
