package dev.mortem.format.dwarf.line;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.AddressRangeTable;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.UnitDie;
import dev.mortem.format.dwarf.info.UnitHeader;
import dev.mortem.format.dwarf.info.UnitRanges;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The source lines of one file by svma. Only the line programs of units that are asked for are run.
 *
 * <p>Which unit covers an address is looked up in {@code .debug_aranges}; for units that it does not
 * name, in the first entry of each unit; for those that do not say, by running their line programs
 * once. Safe for any thread: one looks up at a time.
 */
public final class LineIndex {
    /** Ranges of all units together. */
    public static final Limit RANGES_MAX = new Limit(
            "address ranges of all units",
            2_000_000,
            "ranges",
            "a browser built with a section for each function has about one million; 24 bytes each");

    /** Rows that are kept for the next lookup. */
    public static final Limit CACHED_ROWS_MAX = new Limit(
            "rows of line tables kept in memory",
            1_500_000,
            "rows",
            "all of a stack's units at once; 20 bytes each, 30 MB in all");

    private final DwarfSections sections;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Map<Long, Unit> units = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<Long> unitsOfTable = new HashSet<>();
    private Optional<RangeIndex> fromTable = Optional.empty();
    private Optional<RangeIndex> fromUnits = Optional.empty();
    private long cachedRows;

    /** A unit, or a line table without one, that was read; without a table where it has none. */
    private record Unit(Optional<LineTable> table) {
        int rows() {
            return table.map(LineTable::rowCount).orElse(0);
        }
    }

    public LineIndex(DwarfSections sections, Limits limits, Diagnostics diagnostics) {
        this.sections = sections;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * The source line of the instruction at {@code svma}. What is broken on the way is reported, once,
     * and answers as if it were not there.
     */
    public synchronized Optional<SourceLine> at(long svma) {
        if (sections.get(DwarfSection.LINE).isEmpty()) {
            return Optional.empty();
        }
        if (sections.get(DwarfSection.INFO).isEmpty()) {
            return at(svma, tablesWithoutUnits(), false);
        }
        Optional<SourceLine> found = at(svma, addressTable(), true);
        return found.isPresent() ? found : at(svma, otherUnits(), true);
    }

    private Optional<SourceLine> at(long svma, RangeIndex index, boolean byUnit) {
        for (long offset : index.valuesAt(svma)) {
            Optional<LineTable> table = byUnit ? tableOfUnit(offset) : table(offset);
            Optional<SourceLine> line = table.flatMap(rows -> rows.at(svma));
            if (line.isPresent()) {
                return line;
            }
        }
        return Optional.empty();
    }

    private RangeIndex addressTable() {
        if (fromTable.isEmpty()) {
            RangeIndex index = new RangeIndex(limits.maxInt(RANGES_MAX));
            Optional<ByteSource> aranges = sections.get(DwarfSection.ARANGES);
            if (aranges.isPresent()) {
                try {
                    AddressRangeTable.read(aranges.get(), (unitOffset, range) -> {
                        unitsOfTable.add(unitOffset);
                        return range.start() == 0 || index.add(range, unitOffset);
                    });
                } catch (MalformedException malformed) {
                    diagnostics.report(malformed, "units are looked for one by one");
                }
            }
            reportIfFull(index);
            index.sort();
            fromTable = Optional.of(index);
        }
        return fromTable.get();
    }

    /** Units that .debug_aranges does not name. */
    private RangeIndex otherUnits() {
        if (fromUnits.isEmpty()) {
            RangeIndex index = new RangeIndex(limits.maxInt(RANGES_MAX));
            try {
                ByteSource info = sections.require(DwarfSection.INFO);
                long offset = 0;
                while (offset < info.sizeBytes()) {
                    offset = addUnit(UnitHeader.read(info, offset), index);
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "the units behind have no source lines");
            }
            reportIfFull(index);
            index.sort();
            fromUnits = Optional.of(index);
        }
        return fromUnits.get();
    }

    /** Adds what the unit covers; returns where the next one starts. */
    private long addUnit(UnitHeader header, RangeIndex index) {
        if (unitsOfTable.contains(header.offset())) {
            return header.end();
        }
        try {
            UnitDie unit = UnitDie.read(sections, header);
            if (unit.holdsCode() && unit.stmtList().isPresent()) {
                List<AddressRange> ranges = UnitRanges.of(sections, unit, limits);
                if (ranges.isEmpty()) {
                    ranges = tableOfUnit(header.offset()).map(LineTable::ranges).orElse(List.of());
                }
                for (AddressRange range : ranges) {
                    if (range.start() != 0) {
                        index.add(range, header.offset());
                    }
                }
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a unit has no source lines");
        }
        return header.end();
    }

    /** A file that kept only .debug_line: every table is run once. */
    private RangeIndex tablesWithoutUnits() {
        if (fromTable.isEmpty()) {
            RangeIndex index = new RangeIndex(limits.maxInt(RANGES_MAX));
            try {
                ByteSource line = sections.require(DwarfSection.LINE);
                long offset = 0;
                while (offset < line.sizeBytes()) {
                    for (AddressRange range :
                            table(offset).map(LineTable::ranges).orElse(List.of())) {
                        index.add(range, offset);
                    }
                    offset = LineHeader.endOf(line, offset);
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "the line tables behind are not read");
            }
            reportIfFull(index);
            index.sort();
            fromTable = Optional.of(index);
        }
        return fromTable.get();
    }

    private Optional<LineTable> tableOfUnit(long unitOffset) {
        Unit known = units.get(unitOffset);
        if (known != null) {
            return known.table;
        }
        Optional<LineTable> table = Optional.empty();
        try {
            ByteSource info = sections.require(DwarfSection.INFO);
            UnitDie unit = UnitDie.read(sections, UnitHeader.read(info, unitOffset));
            if (unit.stmtList().isPresent()) {
                table = Optional.of(LineTable.read(
                        sections,
                        unit.stmtList().getAsLong(),
                        unit.compDir(),
                        limits,
                        diagnostics));
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a unit has no source lines");
        }
        return keep(unitOffset, table);
    }

    private Optional<LineTable> table(long offset) {
        Unit known = units.get(offset);
        if (known != null) {
            return known.table;
        }
        Optional<LineTable> table = Optional.empty();
        try {
            table = Optional.of(
                    LineTable.read(sections, offset, Optional.empty(), limits, diagnostics));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a unit has no source lines");
        }
        return keep(offset, table);
    }

    /** Keeps it for the next lookup; those used longest ago make room. */
    private Optional<LineTable> keep(long offset, Optional<LineTable> table) {
        Unit unit = new Unit(table);
        units.put(offset, unit);
        cachedRows += unit.rows();
        var oldest = units.entrySet().iterator();
        while (cachedRows > limits.max(CACHED_ROWS_MAX) && units.size() > 1) {
            cachedRows -= oldest.next().getValue().rows();
            oldest.remove();
        }
        return table;
    }

    private void reportIfFull(RangeIndex index) {
        if (index.isFull()) {
            diagnostics.report(
                    sections.fileName() + ": address ranges of units",
                    "more than %,d".formatted(limits.max(RANGES_MAX)),
                    "code of the units behind has no source lines");
        }
    }
}
