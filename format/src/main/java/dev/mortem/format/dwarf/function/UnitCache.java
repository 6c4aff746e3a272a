package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.AbbreviationTable;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.ReadBudget;
import dev.mortem.format.dwarf.info.UnitHeader;

import java.util.LinkedHashMap;
import java.util.Map;

/** Units of one file that were read, and their abbreviations; those used longest ago make room. */
final class UnitCache {
    /** A unit keeps some hundred bytes. */
    private static final int UNITS_KEPT = 4_096;

    /** Tables have some 100, 20 KB; those of a hostile file may all be as large as they can be. */
    private static final long ABBREVIATIONS_KEPT = 500_000;

    private record TableKey(long offset, int version, int offsetSizeBytes, int addressSizeBytes) {}

    private final DwarfSections sections;
    private final Limits limits;
    private final Map<Long, DwarfUnit> units = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<TableKey, AbbreviationTable> tables = new LinkedHashMap<>(16, 0.75f, true);
    private long abbreviationsKept;

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
            unit = DwarfUnit.read(sections, offset, ReadBudget.ofUnit(limits));
            units.put(offset, unit);
            if (units.size() > UNITS_KEPT) {
                var oldest = units.entrySet().iterator();
                oldest.next();
                oldest.remove();
            }
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
            keep(key, table);
        }
        return table;
    }

    private void keep(TableKey key, AbbreviationTable table) {
        tables.put(key, table);
        abbreviationsKept += table.size();
        var oldest = tables.values().iterator();
        while (abbreviationsKept > ABBREVIATIONS_KEPT && tables.size() > 1) {
            abbreviationsKept -= oldest.next().size();
            oldest.remove();
        }
    }
}
