package dev.mortem.stack.locate;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeSection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * DWARF in an image that lies in memory. The linker of the GNU kind has loaders map it, and full dumps
 * have it, but a section's header only has "/31" for a name: an offset into a table of the file, which is
 * not mapped. The table has these names one behind the other in the order that the linker's script has
 * (ld, "pep.sc"), so that the distance to the next one gives each name's length, and length and order give
 * the name. What comes out is only used where the sections then begin as those of their names do.
 */
final class MappedDwarf {
    /** In the script's order. */
    private static final List<String> NAMES = List.of(
            ".eh_frame",
            ".debug_aranges",
            ".debug_info",
            ".debug_abbrev",
            ".debug_line",
            ".debug_frame",
            ".debug_str",
            ".debug_line_str",
            ".debug_loc",
            ".debug_loclists",
            ".debug_ranges",
            ".debug_rnglists");

    /** Digits behind the slash: the header has room for 8 characters. */
    private static final String NUMBERED = "/[0-9]{1,7}";

    private MappedDwarf() {}

    private record Numbered(int offset, PeSection section) {}

    /** The sections by their names; none where it is not certain that they are these. */
    static Map<String, PeSection> sections(PeImage memory) {
        List<Numbered> numbered = memory.sections().stream()
                .filter(section -> section.name().matches(NUMBERED))
                .map(section ->
                        new Numbered(Integer.parseInt(section.name().substring(1)), section))
                .sorted(Comparator.comparingInt(Numbered::offset))
                .toList();
        Map<String, PeSection> named = new HashMap<>();
        List<String> left = new ArrayList<>(NAMES);
        for (int index = 0; index < numbered.size(); index++) {
            boolean last = index + 1 == numbered.size();
            int length =
                    last ? -1 : numbered.get(index + 1).offset - numbered.get(index).offset - 1;
            Optional<String> name = last ? lastName(named) : first(left, length);
            if (name.isEmpty()) {
                break;
            }
            left.subList(0, left.indexOf(name.get()) + 1).clear();
            named.put(name.get(), numbered.get(index).section);
        }
        return isDwarf(memory, named) ? Map.copyOf(named) : Map.of();
    }

    private static Optional<String> first(List<String> names, int length) {
        return names.stream().filter(name -> name.length() == length).findFirst();
    }

    /** How long the last name is nothing tells; linkers end with the ranges. */
    private static Optional<String> lastName(Map<String, PeSection> named) {
        if (named.containsKey(".debug_line_str")) {
            return Optional.of(".debug_rnglists");
        }
        return named.containsKey(".debug_loc") ? Optional.of(".debug_ranges") : Optional.empty();
    }

    /**
     * Whether the first header of each section is one of its kind, and the first code that they describe
     * lies in the image where its header says it is: an image that was moved still has the addresses that
     * it was linked for, and those are not known then.
     */
    private static boolean isDwarf(PeImage memory, Map<String, PeSection> named) {
        Optional<PeSection> ranges = Optional.ofNullable(named.get(".debug_aranges"));
        Optional<PeSection> info = Optional.ofNullable(named.get(DwarfSection.INFO.sectionName()));
        Optional<PeSection> lines = Optional.ofNullable(named.get(DwarfSection.LINE.sectionName()));
        if (ranges.isEmpty() || info.isEmpty() || lines.isEmpty()) {
            return false;
        }
        try {
            ByteSource first = memory.content(ranges.get());
            // unit_length 4, version 2, debug_info_offset 4, address_size 1, segment_size 1,
            // padding
            int addressBytes = first.u1("address_size", 10);
            long address = first.unsigned("address", 16, addressBytes == 8 ? 8 : 4);
            long rva = address - memory.header().imageBase();
            return first.u2("version", 4) == 2
                    && first.u4("debug_info_offset", 6) == 0
                    && isVersion(memory.content(info.get()))
                    && isVersion(memory.content(lines.get()))
                    && memory.sectionAt(rva).filter(PeSection::isExecutable).isPresent();
        } catch (MalformedException absent) {
            return false;
        }
    }

    /** unit_length 4, version 2. */
    private static boolean isVersion(ByteSource section) throws MalformedException {
        int version = section.u2("version", 4);
        return section.u4("unit_length", 0) + 4 <= section.sizeBytes()
                && version >= 2
                && version <= 5;
    }
}
