package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code .dwp} file: the sections of many split units one behind the other, and an index that says where
 * each unit's lie (DWARF 5, section 7.3.5; version 2: the GNU extension DebugFission). Immutable.
 */
final class SplitPackage {
    private static final int HEADER_BYTES = 16;
    private static final int DW_SECT_INFO = 1;
    private static final int DW_SECT_ABBREV = 3;
    private static final int DW_SECT_LINE = 4;
    /** DW_SECT_LOC of version 2, DW_SECT_LOCLISTS of version 5. */
    private static final int DW_SECT_LOCLISTS = 5;

    private static final int DW_SECT_STR_OFFSETS = 6;
    private static final int DW_SECT_RNGLISTS = 8;

    private final DwarfSections sections;
    private final ByteSource index;
    private final int version;
    private final long columns;
    private final long units;
    private final long slots;

    private SplitPackage(
            DwarfSections sections,
            ByteSource index,
            int version,
            long columns,
            long units,
            long slots) {
        this.sections = sections;
        this.index = index;
        this.version = version;
        this.columns = columns;
        this.units = units;
        this.slots = slots;
    }

    static SplitPackage read(DwarfSections sections) throws MalformedException {
        ByteSource index = sections.require(DwarfSection.CU_INDEX);
        // version 5 has two bytes of it and two of padding, version 2 has four
        int version = index.u2("version", 0);
        if (version != 2 && version != 5) {
            throw index.malformed("version", 0, "version " + version, "2 or 5");
        }
        long columns = index.u4("section_count", 4);
        long units = index.u4("unit_count", 8);
        long slots = index.u4("slot_count", 12);
        boolean power = slots > 0 && (slots & (slots - 1)) == 0;
        if (!power || columns > 16) {
            throw index.malformed(
                    "slot_count",
                    12,
                    slots + " slots, " + columns + " columns",
                    "a power of two, at most 16 columns");
        }
        index.table("hash table", HEADER_BYTES, slots, 12);
        index.table("offsets", HEADER_BYTES + slots * 12, 2 * units + 1, columns * 4);
        return new SplitPackage(sections, index, version, columns, units, slots);
    }

    /** The sections of the unit with that id. */
    Optional<DwarfSections> unit(long id) throws MalformedException {
        long slot = id & (slots - 1);
        long step = ((id >>> 32) & (slots - 1)) | 1;
        for (long tries = 0; tries < slots; tries++) {
            long row = index.u4("row", HEADER_BYTES + slots * 8 + slot * 4);
            if (row == 0) {
                return Optional.empty();
            }
            if (index.u8("signature", HEADER_BYTES + slot * 8) == id) {
                return Optional.of(part(row));
            }
            slot = (slot + step) & (slots - 1);
        }
        return Optional.empty();
    }

    private DwarfSections part(long row) throws MalformedException {
        if (row > units) {
            throw index.malformed("row", HEADER_BYTES, "row " + row, "at most " + units);
        }
        long table = HEADER_BYTES + slots * 12;
        Map<DwarfSection, long[]> places = new EnumMap<>(DwarfSection.class);
        for (long column = 0; column < columns; column++) {
            int kind = (int) index.u4("section", table + column * 4);
            long offset = index.u4("offset", table + (row * columns + column) * 4);
            long size = index.u4("size", table + ((units + row) * columns + column) * 4);
            if (size > 0) { // nothing of a section that the package may not even have
                section(kind).ifPresent(known -> places.put(known, new long[] {offset, size}));
            }
        }
        Map<DwarfSection, ByteSource> parts = new EnumMap<>(DwarfSection.class);
        for (DwarfSection section : places.keySet()) {
            long[] place = places.getOrDefault(section, new long[2]);
            parts.put(
                    section,
                    sections.require(section).slice(section.splitName(), place[0], place[1]));
        }
        return new DwarfSections(
                sections.fileName(),
                section -> Optional.ofNullable(parts.get(section))
                        .or(() -> isShared(section) ? sections.get(section) : Optional.empty()));
    }

    private static boolean isShared(DwarfSection section) {
        return section == DwarfSection.STR || section == DwarfSection.LINE_STR;
    }

    private Optional<DwarfSection> section(int kind) {
        return switch (kind) {
            case DW_SECT_INFO -> Optional.of(DwarfSection.INFO);
            case DW_SECT_ABBREV -> Optional.of(DwarfSection.ABBREV);
            case DW_SECT_LINE -> Optional.of(DwarfSection.LINE);
            case DW_SECT_LOCLISTS ->
                Optional.of(version == 5 ? DwarfSection.LOCLISTS : DwarfSection.LOC);
            case DW_SECT_STR_OFFSETS -> Optional.of(DwarfSection.STR_OFFSETS);
            case DW_SECT_RNGLISTS ->
                version == 5 ? Optional.of(DwarfSection.RNGLISTS) : Optional.empty();
            default -> Optional.empty();
        };
    }
}
