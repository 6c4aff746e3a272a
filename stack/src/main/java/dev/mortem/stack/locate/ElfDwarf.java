package dev.mortem.stack.locate;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;

import java.util.Optional;

/** The debug information in an ELF file. */
public final class ElfDwarf {
    private ElfDwarf() {}

    /** Whether there are units or at least line tables. */
    public static boolean isIn(ElfFile file) {
        return section(file, DwarfSection.LINE.sectionName()).isPresent()
                || section(file, DwarfSection.INFO.sectionName()).isPresent();
    }

    /**
     * The sections of a program, library or debug file, inflated when asked for.
     *
     * @param name as messages name the file
     * @param diagnostics gets the sections that cannot be read
     */
    public static DwarfSections sections(String name, ElfFile file, Diagnostics diagnostics) {
        return new DwarfSections(name, wanted -> content(file, wanted.sectionName(), diagnostics));
    }

    /** The sections of a split file or of a package of them (DWARF 5, sections 7.3.2 and 7.3.5). */
    public static DwarfSections splitSections(String name, ElfFile file, Diagnostics diagnostics) {
        return new DwarfSections(name, wanted -> {
            boolean ofPackage = wanted == DwarfSection.CU_INDEX; // has no other name
            return content(
                    file, ofPackage ? wanted.sectionName() : wanted.splitName(), diagnostics);
        });
    }

    private static Optional<ByteSource> content(
            ElfFile file, String sectionName, Diagnostics diagnostics) {
        Optional<SectionHeader> section = section(file, sectionName);
        if (section.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(file.content(section.get()));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions and source lines that need it are unknown");
            return Optional.empty();
        }
    }

    private static Optional<SectionHeader> section(ElfFile file, String name) {
        return file.debugSection(name)
                .filter(found -> found.type() != SectionHeader.SHT_NOBITS)
                .filter(found -> found.sizeBytes() > 0);
    }
}
