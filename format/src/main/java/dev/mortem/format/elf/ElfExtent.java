package dev.mortem.format.elf;

import java.util.Optional;

/**
 * How far an ELF file has to reach for all that its headers name (gABI chapters 4 and 5): the tables of
 * headers, the content of sections, and of segments where the file is one that can be loaded.
 *
 * @param what "section headers", "section .debug_info", "segment 3"
 * @param end the file offset behind it, unsigned
 */
public record ElfExtent(String what, long end) {
    /**
     * The part that reaches furthest, where the file ends before it; empty where nothing is cut off.
     *
     * <p>Segments of a debug file are not counted: {@code eu-strip} and old versions of {@code objcopy}
     * leave their sizes as in the program, whose bytes are not there.
     */
    public static Optional<ElfExtent> missing(ElfFile file) {
        ElfHeader header = file.header();
        ElfExtent furthest = table(
                "program headers",
                header.programHeadersOffset(),
                header.programHeaderCount() == ElfHeader.PN_XNUM
                        ? file.programHeaders().size()
                        : header.programHeaderCount(),
                header.programHeaderSizeBytes());
        furthest = furthest.or(table(
                "section headers",
                header.sectionHeadersOffset(),
                Math.max(header.sectionHeaderCount(), file.sections().size()),
                header.sectionHeaderSizeBytes()));
        for (SectionHeader section : file.sections()) {
            boolean stored = section.type() != SectionHeader.SHT_NOBITS
                    && section.type() != SectionHeader.SHT_NULL;
            if (stored && section.sizeBytes() != 0) {
                furthest = furthest.or(part(
                        "section " + section.name(), section.fileOffset(), section.sizeBytes()));
            }
        }
        if (!isDebugOnly(file)) {
            for (int index = 0; index < file.programHeaders().size(); index++) {
                ProgramHeader segment = file.programHeaders().get(index);
                if (segment.fileSizeBytes() != 0) {
                    furthest = furthest.or(part(
                            "segment " + index, segment.fileOffset(), segment.fileSizeBytes()));
                }
            }
        }
        return Long.compareUnsigned(furthest.end, file.bytes().sizeBytes()) > 0
                ? Optional.of(furthest)
                : Optional.empty();
    }

    /** Whether code that would be loaded has no bytes in the file. */
    private static boolean isDebugOnly(ElfFile file) {
        return file.sections().stream()
                .anyMatch(section -> section.isLoaded()
                        && (section.flags() & SectionHeader.SHF_EXECINSTR) != 0
                        && section.type() == SectionHeader.SHT_NOBITS);
    }

    private static ElfExtent table(String what, long offset, long count, long entryBytes) {
        return offset == 0 || count == 0
                ? new ElfExtent(what, 0)
                : part(what, offset, count * entryBytes);
    }

    private static ElfExtent part(String what, long offset, long sizeBytes) {
        long end = offset + sizeBytes;
        return new ElfExtent(what, Long.compareUnsigned(end, offset) < 0 ? -1 : end);
    }

    private ElfExtent or(ElfExtent other) {
        return Long.compareUnsigned(other.end, end) > 0 ? other : this;
    }
}
