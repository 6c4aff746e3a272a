package dev.mortem.testkit.synth;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * An ELF file (System V ABI, chapter 4 "Object Files" and chapter 5 "Program Loading"): the header,
 * the program headers, what segments and sections hold in the order they were added, the section
 * headers. Nothing is checked, and {@link #claim} states what is not so. Belongs to one thread.
 */
public final class ElfSynth {
    public static final int ET_EXEC = 2;
    public static final int ET_DYN = 3;
    public static final int ET_CORE = 4;
    public static final int PT_LOAD = 1;
    public static final int PT_DYNAMIC = 2;
    public static final int PT_NOTE = 4;
    public static final int PT_GNU_EH_FRAME = 0x6474e550;
    public static final int SHT_PROGBITS = 1;
    public static final int SHT_SYMTAB = 2;
    public static final int SHT_STRTAB = 3;
    public static final int SHT_HASH = 5;
    public static final int SHT_DYNAMIC = 6;
    public static final int SHT_NOTE = 7;
    public static final int SHT_NOBITS = 8;
    public static final int SHT_DYNSYM = 11;
    public static final long SHF_WRITE = 1;
    public static final long SHF_ALLOC = 2;
    public static final long SHF_EXECINSTR = 4;

    /** e_phnum of a file whose number of program headers stands in sh_info of section 0. */
    private static final int PN_XNUM = 0xffff;

    /** A field of the ELF header that {@link #claim} can falsify. */
    public enum Field {
        EI_CLASS,
        EI_DATA,
        EI_VERSION,
        E_TYPE,
        E_MACHINE,
        E_PHOFF,
        E_SHOFF,
        E_EHSIZE,
        E_PHENTSIZE,
        E_PHNUM,
        E_SHENTSIZE,
        E_SHNUM,
        E_SHSTRNDX
    }

    private final ElfTarget target;
    private final List<ElfSection> sections = new ArrayList<>();
    private final List<ElfSegment> segments = new ArrayList<>();

    /** Sections and segments that bring bytes, in the order they were added. */
    private final List<Object> parts = new ArrayList<>();

    private final Map<Field, Long> claims = new EnumMap<>(Field.class);
    private int type = ET_EXEC;
    private Label entry = Label.of(0);

    public ElfSynth(ElfTarget target) {
        this.target = target;
    }

    /** e_type. */
    public ElfSynth type(int value) {
        type = value;
        return this;
    }

    /** e_entry. */
    public ElfSynth entry(Label svma) {
        entry = svma;
        return this;
    }

    /** States {@code value} in the header, whatever is so. */
    public ElfSynth claim(Field field, long value) {
        claims.put(field, value);
        return this;
    }

    public ElfSynth segment(ElfSegment segment) {
        segments.add(segment);
        if (segment.content.isPresent()) {
            parts.add(segment);
        }
        return this;
    }

    /** A section of these bytes at its end of the file so far; refine it by what is returned. */
    public ElfSection section(String name, int sectionType, long flags, Layout content) {
        ElfSection section = new ElfSection(name, sectionType, flags, content);
        sections.add(section);
        parts.add(section);
        return section;
    }

    /** The index that the section has in the file. */
    public Label indexOf(ElfSection section) {
        return Label.of(() -> sections.indexOf(section) + 1L);
    }

    /** A note as in a PT_NOTE segment or a SHT_NOTE section: Elf_Nhdr, name, descriptor. */
    public static void note(Layout out, String name, int type, byte[] descriptor) {
        out.u4(name.length() + 1L).u4(descriptor.length).u4(type);
        out.cString(name).align(4).bytes(descriptor).align(4);
    }

    /** The note NT_GNU_BUILD_ID, as the linker writes it. */
    public Layout buildIdNote(byte... buildId) {
        Layout note = target.layout();
        note(note, "GNU", 3, buildId);
        return note;
    }

    /** Places everything and writes it. */
    public byte[] build() {
        boolean manySegments = segments.size() >= PN_XNUM;
        boolean hasSections = !sections.isEmpty() || manySegments;
        Layout names = target.layout().u1(0);
        List<Long> nameOffsets = new ArrayList<>();
        for (ElfSection section : sections) {
            nameOffsets.add((long) names.sizeBytes());
            names.cString(section.name);
        }
        long ownName = names.sizeBytes();
        names.cString(".shstrtab");

        Label sectionHeaders = Label.unset();
        Layout file = target.layout();
        header(file, sectionHeaders, hasSections);
        segments.forEach(segment -> programHeader(file, segment));
        place(file);
        if (hasSections) {
            long namesOffset = file.sizeBytes();
            file.bytes(names.build()).align(8);
            sectionHeaders.set(file.sizeBytes());
            long extended = manySegments ? segments.size() : 0;
            sectionHeader(file, 0, 0, 0, Label.of(0), Label.of(0), Label.of(0), extended);
            for (int index = 0; index < sections.size(); index++) {
                sectionHeader(file, nameOffsets.get(index), sections.get(index));
            }
            Label size = Label.of(names.sizeBytes());
            Label offset = Label.of(namesOffset);
            sectionHeader(file, ownName, SHT_STRTAB, 0, Label.of(0), offset, size, 0);
        } else {
            sectionHeaders.set(0);
        }
        return file.build();
    }

    /** Elf32_Ehdr of 52 bytes, Elf64_Ehdr of 64. */
    private void header(Layout out, Label sectionHeaders, boolean hasSections) {
        int headerBytes = target.bits() == 64 ? 64 : 52;
        int order = target.order() == ByteOrder.LITTLE_ENDIAN ? 1 : 2;
        out.hex("7f 45 4c 46");
        out.u1(claimed(Field.EI_CLASS, target.bits() / 32));
        out.u1(claimed(Field.EI_DATA, order));
        out.u1(claimed(Field.EI_VERSION, 1)).zeros(9);
        out.u2(claimed(Field.E_TYPE, type)).u2(claimed(Field.E_MACHINE, target.machine()));
        out.u4(1).word(entry);
        out.word(claimed(Field.E_PHOFF, segments.isEmpty() ? 0 : headerBytes));
        out.word(Label.of(() -> claimed(Field.E_SHOFF, sectionHeaders.value())));
        out.u4(0).u2(claimed(Field.E_EHSIZE, headerBytes));
        out.u2(claimed(Field.E_PHENTSIZE, target.bits() == 64 ? 56 : 32));
        out.u2(claimed(Field.E_PHNUM, Math.min(segments.size(), PN_XNUM)));
        out.u2(claimed(Field.E_SHENTSIZE, target.bits() == 64 ? 64 : 40));
        out.u2(claimed(Field.E_SHNUM, hasSections ? sections.size() + 2L : 0));
        out.u2(claimed(Field.E_SHSTRNDX, hasSections ? sections.size() + 1L : 0));
    }

    private long claimed(Field field, long truth) {
        return claims.getOrDefault(field, truth);
    }

    /** Elf32_Phdr of 32 bytes, Elf64_Phdr of 56; p_flags has moved between them. */
    private void programHeader(Layout out, ElfSegment segment) {
        out.u4(segment.type);
        if (target.bits() == 64) {
            out.u4(segment.flags);
        }
        out.word(segment.fileOffset).word(segment.address).word(segment.address);
        out.word(segment.fileSizeBytes).word(segment.memorySizeBytes);
        if (target.bits() == 32) {
            out.u4(segment.flags);
        }
        out.word(segment.align);
    }

    private void place(Layout file) {
        for (Object part : parts) {
            if (part instanceof ElfSegment segment) {
                Layout content = segment.content.orElseThrow();
                if (content.sizeBytes() > 0) {
                    file.align((int) segment.align);
                }
                if (!segment.fileOffset.isSet()) {
                    segment.fileOffset.set(file.sizeBytes());
                }
                file.bytes(content.build());
            } else if (part instanceof ElfSection section) {
                place(file, section);
            }
        }
    }

    private static void place(Layout file, ElfSection section) {
        if (section.placed) {
            file.fillTo((int) section.fileOffset.value());
        } else {
            file.align((int) section.align);
            section.fileOffset.set(file.sizeBytes());
        }
        if (section.type != SHT_NOBITS) {
            file.bytes(section.content.build());
        }
    }

    private void sectionHeader(Layout out, long nameOffset, ElfSection section) {
        out.u4(nameOffset).u4(section.type).word(section.flags);
        out.word(section.address).word(section.fileOffset).word(section.sizeBytes);
        out.u4(section.link).u4(section.info).word(section.align).word(section.entrySizeBytes);
    }

    /** Elf32_Shdr of 40 bytes, Elf64_Shdr of 64. */
    private static void sectionHeader(
            Layout out,
            long name,
            int type,
            long flags,
            Label address,
            Label offset,
            Label size,
            long info) {
        out.u4(name).u4(type).word(flags).word(address).word(offset).word(size);
        out.u4(0).u4(info).word(1).word(0);
    }
}
