package dev.mortem.stack.locate;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.UnitHeader;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;

import java.util.List;
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
        return new DwarfSections(name, wanted -> switch (wanted) {
            case CU_INDEX -> content(file, wanted.sectionName(), diagnostics); // its only name
            case INFO -> splitUnits(file, diagnostics);
            default -> content(file, wanted.splitName(), diagnostics);
        });
    }

    /**
     * No linker has seen a split file: GCC leaves a {@code .debug_info.dwo} in it for each type (DWARF 5,
     * section 7.3.2.2), beside that of the unit with the functions.
     */
    private static Optional<ByteSource> splitUnits(ElfFile file, Diagnostics diagnostics) {
        List<ByteSource> all = file.sections().stream()
                .filter(section -> section.name().equals(DwarfSection.INFO.splitName()))
                .flatMap(section -> content(file, section, diagnostics).stream())
                .toList();
        return all.stream()
                .filter(ElfDwarf::holdsFunctions)
                .findFirst()
                .or(() -> all.stream().findFirst());
    }

    private static boolean holdsFunctions(ByteSource units) {
        try {
            return UnitHeader.read(units, 0).type() != UnitHeader.DW_UT_split_type;
        } catch (MalformedException broken) {
            return false; // whoever reads it says so
        }
    }

    private static Optional<ByteSource> content(
            ElfFile file, String sectionName, Diagnostics diagnostics) {
        return section(file, sectionName).flatMap(section -> content(file, section, diagnostics));
    }

    private static Optional<ByteSource> content(
            ElfFile file, SectionHeader section, Diagnostics diagnostics) {
        try {
            return Optional.of(file.content(section));
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
