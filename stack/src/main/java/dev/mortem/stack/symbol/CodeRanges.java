package dev.mortem.stack.symbol;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.SectionHeader;

import java.util.List;
import java.util.Optional;

/** Where a module has code, by svma: its executable sections, or without sections its segments. */
final class CodeRanges {
    private final AddressMap<AddressRange> ranges;

    private CodeRanges(List<AddressRange> ranges) {
        this.ranges = AddressMap.of(ranges, range -> range);
    }

    /** Nowhere, as far as is known. */
    static CodeRanges none() {
        return new CodeRanges(List.of());
    }

    static CodeRanges of(ElfFile file) {
        List<AddressRange> sections = file.sections().stream()
                .filter(CodeRanges::isCode)
                .map(section -> AddressRange.ofSize(section.svma(), section.sizeBytes()))
                .toList();
        return new CodeRanges(
                sections.isEmpty()
                        ? file.programHeaders().stream()
                                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD
                                        && segment.isExecutable())
                                .map(ProgramHeader::svmaRange)
                                .toList()
                        : sections);
    }

    static boolean isCode(SectionHeader section) {
        return section.isLoaded() && (section.flags() & SectionHeader.SHF_EXECINSTR) != 0;
    }

    /** The section of code that contains the svma. */
    Optional<AddressRange> at(long svma) {
        return ranges.at(svma);
    }
}
