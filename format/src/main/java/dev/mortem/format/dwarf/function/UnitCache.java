package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.AbbreviationTable;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.UnitHeader;

import java.util.LinkedHashMap;
import java.util.Map;

/** Units of one file that were read, and their abbreviations; those used longest ago make room. */
final class UnitCache {
    /** A unit keeps some hundred bytes. */
    private static final int UNITS_KEPT = 4_096;

    /** A table keeps some 20 KB. */
    private static final int TABLES_KEPT = 512;

    private record TableKey(long offset, int version, int offsetSizeBytes, int addressSizeBytes) {}

    private final DwarfSections sections;
    private final Limits limits;
    private final Map<Long, DwarfUnit> units = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<TableKey, AbbreviationTable> tables = new LinkedHashMap<>(16, 0.75f, true);

    UnitCache(DwarfSections sections, Limits limits) {
        this.sections = sections;
        this.limits = limits;
    }

    DwarfSections sections() {
        return sections;
    }

    /** The unit whose header is at {@code offset}. */
    DwarfUnit unit(long offset) throws MalformedException {
        DwarfUnit unit = units.get(offset);
        if (unit == null) {
            unit = DwarfUnit.read(sections, offset);
            keep(units, offset, unit, UNITS_KEPT);
        }
        return unit;
    }

    AbbreviationTable abbreviations(DwarfUnit unit) throws MalformedException {
        UnitHeader header = unit.header();
        TableKey key = new TableKey(
                header.abbrevOffset(),
                header.version(),
                header.offsetSizeBytes(),
                header.addressSizeBytes());
        AbbreviationTable table = tables.get(key);
        if (table == null) {
            table = unit.readAbbreviations(limits);
            keep(tables, key, table, TABLES_KEPT);
        }
        return table;
    }

    private static <K, V> void keep(Map<K, V> map, K key, V value, int kept) {
        map.put(key, value);
        if (map.size() > kept) {
            var oldest = map.entrySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
