package dev.mortem.stack.locate;

import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;

/** Which sections with symbols a file has. */
final class SymbolSections {
    private SymbolSections() {}

    /** Whether all functions are named. */
    static boolean hasFunctions(ElfFile file) {
        return file.sections().stream()
                .anyMatch(section ->
                        section.type() == SectionHeader.SHT_SYMTAB && section.sizeBytes() > 0);
    }

    static boolean hasExports(ElfFile file) {
        return file.sections().stream()
                .anyMatch(section ->
                        section.type() == SectionHeader.SHT_DYNSYM && section.sizeBytes() > 0);
    }

    /** Whether there are line tables; {@code .zdebug_line} is an old way of compressing them. */
    static boolean hasLines(ElfFile file) {
        return file.debugSection(".debug_line")
                .filter(section -> section.type() != SectionHeader.SHT_NOBITS)
                .filter(section -> section.sizeBytes() > 0)
                .isPresent();
    }

    /** Whether the file was made to hold nothing but symbols: its code has no bytes in it. */
    static boolean isDebugOnly(ElfFile file) {
        boolean anyCode = false;
        for (SectionHeader section : file.sections()) {
            boolean code =
                    section.isLoaded() && (section.flags() & SectionHeader.SHF_EXECINSTR) != 0;
            if (code && section.type() != SectionHeader.SHT_NOBITS) {
                return false;
            }
            anyCode |= code;
        }
        return anyCode;
    }
}
