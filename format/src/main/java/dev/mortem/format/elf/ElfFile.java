package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One ELF file, or the image of one in memory: its headers, and views of what they point at.
 *
 * <p>Only a broken ELF header ends the reading. A table that is cut is read as far as it goes, with
 * a Diagnostic. Immutable, safe for any thread while the bytes below are open.
 */
public final class ElfFile {
    /**
     * No build id is longer: ld makes 16 or 20 bytes, lld at most 32, and a hand-written one some
     * more.
     */
    private static final int BUILD_ID_BYTES_MAX = 64;

    private final ByteSource file;
    private final ElfHeader header;
    private final List<ProgramHeader> programHeaders;
    private final List<SectionHeader> sections;
    private final Limits limits;
    private final Diagnostics diagnostics;

    private ElfFile(
            ByteSource file,
            ElfHeader header,
            List<ProgramHeader> programHeaders,
            List<SectionHeader> sections,
            Limits limits,
            Diagnostics diagnostics) {
        this.file = file;
        this.header = header;
        this.programHeaders = programHeaders;
        this.sections = sections;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads the headers; the byte order is taken from e_ident.
     *
     * @param file the whole file, or as much of it as there is
     */
    public static ElfFile read(ByteSource file, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        ElfHeader header = ElfHeader.read(file);
        ByteSource ordered = file.withOrder(header.order());
        Tables tables = new Tables(ordered, header, limits, diagnostics);
        return new ElfFile(
                ordered, header, tables.programHeaders(), tables.sections(), limits, diagnostics);
    }

    /**
     * Reads the headers of an image in a process's memory, where there are no section headers.
     *
     * @param image what is present from the address on at which the file's start is mapped
     */
    public static ElfFile readImage(ByteSource image, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        ElfHeader header = ElfHeader.read(image);
        ByteSource ordered = image.withOrder(header.order());
        Tables tables = new Tables(ordered, header, limits, diagnostics);
        return new ElfFile(
                ordered, header, tables.programHeaders(), List.of(), limits, diagnostics);
    }

    public ElfHeader header() {
        return header;
    }

    /** The whole file, in its byte order. */
    public ByteSource bytes() {
        return file;
    }

    public List<ProgramHeader> programHeaders() {
        return programHeaders;
    }

    /** All sections, the reserved first one included; empty where the file has none. */
    public List<SectionHeader> sections() {
        return sections;
    }

    /** The first section of that name. */
    public Optional<SectionHeader> section(String name) {
        return sections.stream().filter(section -> section.name().equals(name)).findFirst();
    }

    /** A section of DWARF: {@code .debug_line}, or {@code .zdebug_line} as it was once compressed. */
    public Optional<SectionHeader> debugSection(String name) {
        return section(name).or(() -> section(".z" + name.substring(1)));
    }

    public Optional<SectionHeader> section(int index) {
        return index >= 0 && index < sections.size()
                ? Optional.of(sections.get(index))
                : Optional.empty();
    }

    /** The first segment of that type. */
    public Optional<ProgramHeader> segment(long type) {
        return programHeaders.stream().filter(segment -> segment.type() == type).findFirst();
    }

    /** The section's bytes, inflated where they are compressed; nothing for SHT_NOBITS. */
    public ByteSource content(SectionHeader section) throws MalformedException {
        if (section.type() == SectionHeader.SHT_NOBITS) {
            return file.slice(section.name(), 0, 0);
        }
        ByteSource stored = file.slice(section.name(), section.fileOffset(), section.sizeBytes());
        return CompressedSection.inflated(section, header.elfClass(), stored, limits);
    }

    /** The segment's bytes in the file, all of them. */
    public ByteSource content(ProgramHeader segment) throws MalformedException {
        return file.slice(segmentName(segment), segment.fileOffset(), segment.fileSizeBytes());
    }

    /** As many of the segment's bytes as a cut file still has: perhaps none. */
    public ByteSource presentContent(ProgramHeader segment) {
        return file.atMost(segmentName(segment), segment.fileOffset(), segment.fileSizeBytes());
    }

    /** The notes of a PT_NOTE segment, up to the first that is broken or cut. */
    public List<ElfNote> notes(ProgramHeader segment) {
        return ElfNote.readAll(presentContent(segment), segment.alignment(), limits, diagnostics);
    }

    /** The notes of an SHT_NOTE section. */
    public List<ElfNote> notes(SectionHeader section) throws MalformedException {
        return ElfNote.readAll(content(section), section.alignment(), limits, diagnostics);
    }

    /** NT_GNU_BUILD_ID in lower-case hex, from the segments or else the sections. */
    public Optional<String> buildId() {
        for (ProgramHeader segment : programHeaders) {
            if (segment.type() == ProgramHeader.PT_NOTE) {
                Optional<String> found = buildId(notes(segment));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        for (SectionHeader section : sections) {
            if (section.type() == SectionHeader.SHT_NOTE) {
                try {
                    Optional<String> found = buildId(notes(section));
                    if (found.isPresent()) {
                        return found;
                    }
                } catch (MalformedException malformed) {
                    diagnostics.report(malformed, "a build id in it is not found");
                }
            }
        }
        return Optional.empty();
    }

    /** The build id among notes, wherever they were read from. */
    public static Optional<String> buildId(List<ElfNote> notes) {
        for (ElfNote note : notes) {
            long sizeBytes = note.content().sizeBytes();
            if (note.is(ElfNote.OWNER_GNU, ElfNote.NT_GNU_BUILD_ID)
                    && sizeBytes > 0
                    && sizeBytes <= BUILD_ID_BYTES_MAX) {
                try {
                    byte[] id = note.content().bytes("build id", 0, (int) sizeBytes);
                    return Optional.of(HexFormat.of().formatHex(id));
                } catch (MalformedException cutWhileMapped) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /** Where the debug file of this stripped file is; empty where it does not say. */
    public Optional<DebugLink> debugLink() {
        Optional<SectionHeader> section = section(DebugLink.SECTION);
        if (section.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(DebugLink.read(content(section.get())));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the separate debug file is not looked for by its name");
            return Optional.empty();
        }
    }

    /** The symbols of functions that a distribution left in the stripped file; nothing is inflated yet. */
    public Optional<MiniDebugInfo> miniDebugInfo() {
        Optional<SectionHeader> section = section(MiniDebugInfo.SECTION)
                .filter(found -> found.type() != SectionHeader.SHT_NOBITS);
        if (section.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(MiniDebugInfo.read(content(section.get()), limits, diagnostics));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions that it names are unknown");
            return Optional.empty();
        }
    }

    /** A lazily decoded view of an SHT_SYMTAB or SHT_DYNSYM section. */
    public SymbolTable symbols(SectionHeader symtab) throws MalformedException {
        ByteSource entries = content(symtab);
        SectionHeader strings = section((int) symtab.link())
                .orElseThrow(() -> entries.malformed(
                        "sh_link",
                        0,
                        "section " + symtab.link() + " as string table",
                        "a section below " + sections.size()));
        return new SymbolTable(
                header.elfClass(),
                entries,
                content(strings),
                extendedIndexes(symtab),
                limits,
                diagnostics);
    }

    private Optional<ByteSource> extendedIndexes(SectionHeader symtab) throws MalformedException {
        for (SectionHeader section : sections) {
            if (section.type() == SectionHeader.SHT_SYMTAB_SHNDX
                    && section.link() == symtab.index()) {
                return Optional.of(content(section));
            }
        }
        return Optional.empty();
    }

    private static String segmentName(ProgramHeader segment) {
        return segment.type() == ProgramHeader.PT_NOTE ? "PT_NOTE" : "segment";
    }

    /** The two header tables, with their extended numbering (gABI chapter 4, ELF Header). */
    private record Tables(
            ByteSource file, ElfHeader header, Limits limits, Diagnostics diagnostics) {

        List<ProgramHeader> programHeaders() {
            if (header.programHeadersOffset() == 0 || header.programHeaderCount() == 0) {
                return List.of();
            }
            int size = ProgramHeader.sizeBytes(header.elfClass());
            List<ProgramHeader> read = new ArrayList<>();
            try {
                Table table = table(
                        "program headers",
                        header.programHeadersOffset(),
                        programHeaderCount(),
                        header.programHeaderSizeBytes(),
                        size,
                        ElfLimits.PROGRAM_HEADERS);
                for (int index = 0; index < table.count; index++) {
                    read.add(ProgramHeader.read(table.entry(index, size), header.elfClass()));
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "segments are missing");
            }
            return List.copyOf(read);
        }

        /** e_phnum, or for PN_XNUM the sh_info of section header 0. */
        private long programHeaderCount() {
            if (header.programHeaderCount() != ElfHeader.PN_XNUM) {
                return header.programHeaderCount();
            }
            try {
                return firstSection().info();
            } catch (MalformedException malformed) {
                // Cores keep it at their end, so a cut core has lost it: read until it no longer
                // looks like a table. Linux puts the notes, the first segment, right behind it.
                diagnostics.report(malformed, "the number of segments is taken from their layout");
                return countBeforeFirstSegment();
            }
        }

        private long countBeforeFirstSegment() {
            int size = ProgramHeader.sizeBytes(header.elfClass());
            try {
                ByteSource first =
                        file.slice("program header 0", header.programHeadersOffset(), size);
                long end = ProgramHeader.read(first, header.elfClass()).fileOffset();
                long sizeBytes = end - header.programHeadersOffset();
                return sizeBytes > 0 ? sizeBytes / size : ElfHeader.PN_XNUM;
            } catch (MalformedException cut) {
                diagnostics.report(cut, "no segment can be read");
                return 0;
            }
        }

        List<SectionHeader> sections() {
            if (header.sectionHeadersOffset() == 0 || header.sectionHeaderSizeBytes() == 0) {
                return List.of();
            }
            int size = SectionHeader.sizeBytes(header.elfClass());
            List<SectionHeader> read = new ArrayList<>();
            try {
                SectionHeader first = firstSection();
                boolean extended = header.sectionHeaderCount() == 0;
                Table table = table(
                        "section headers",
                        header.sectionHeadersOffset(),
                        extended ? first.sizeBytes() : header.sectionHeaderCount(),
                        header.sectionHeaderSizeBytes(),
                        size,
                        ElfLimits.SECTION_HEADERS);
                ByteSource names = sectionNames(table, first);
                for (int index = 0; index < table.count; index++) {
                    ByteSource entry = table.entry(index, size);
                    read.add(SectionHeader.read(
                            entry, header.elfClass(), index, name(names, entry)));
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "sections are missing");
            }
            return List.copyOf(read);
        }

        private SectionHeader firstSection() throws MalformedException {
            ByteSource entry = file.slice(
                    "section header 0",
                    header.sectionHeadersOffset(),
                    SectionHeader.sizeBytes(header.elfClass()));
            return SectionHeader.read(entry, header.elfClass(), 0, "");
        }

        private ByteSource sectionNames(Table table, SectionHeader first)
                throws MalformedException {
            boolean extended = header.sectionNamesIndex() == SectionHeader.SHN_XINDEX;
            long index = extended ? first.link() : header.sectionNamesIndex();
            if (index == SectionHeader.SHN_UNDEF || index >= table.count) {
                return file.slice("no section names", 0, 0);
            }
            ByteSource entry = table.entry((int) index, SectionHeader.sizeBytes(header.elfClass()));
            SectionHeader section = SectionHeader.read(entry, header.elfClass(), (int) index, "");
            if (section.type() == SectionHeader.SHT_NOBITS) {
                return file.slice("no section names", 0, 0); // a separate debug file may do that
            }
            return file.atMost("section names", section.fileOffset(), section.sizeBytes());
        }

        private String name(ByteSource names, ByteSource entry) throws MalformedException {
            long offset = SectionHeader.nameOffset(entry);
            return Long.compareUnsigned(offset, names.sizeBytes()) >= 0
                    ? ""
                    : names.cString("sh_name", offset, limits.maxInt(ElfLimits.SECTION_NAME_BYTES));
        }

        /** As many of {@code count} entries as there are; missing ones are reported. */
        private Table table(
                String part,
                long offset,
                long count,
                int statedSizeBytes,
                int sizeBytes,
                Limit limit)
                throws MalformedException {
            if (statedSizeBytes < sizeBytes) {
                throw file.malformed(
                        part,
                        offset,
                        "entries of %d bytes".formatted(statedSizeBytes),
                        "at least %d".formatted(sizeBytes));
            }
            ByteSource present = file.atMost(part, offset, count * statedSizeBytes);
            long whole = Math.min(count, present.sizeBytes() / statedSizeBytes);
            long allowed = Math.min(whole, limits.max(limit));
            if (allowed < count) {
                diagnostics.report(
                        file.malformed(
                                part,
                                offset,
                                "%,d entries".formatted(count),
                                "%,d are in the file, at most %,d are read"
                                        .formatted(whole, limits.max(limit))),
                        "the entries behind %,d are missing".formatted(allowed));
            }
            return new Table(part, present, statedSizeBytes, (int) allowed);
        }
    }

    /** Entries of one size, of which the first bytes are known to us. */
    private record Table(String part, ByteSource bytes, int entrySizeBytes, int count) {
        ByteSource entry(int index, int sizeBytes) throws MalformedException {
            return bytes.slice(part, (long) index * entrySizeBytes, sizeBytes);
        }
    }
}
