package dev.mortem.format.dwarf.line;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.RangeIndex;
import dev.mortem.format.dwarf.info.ReadBudget;
import dev.mortem.format.dwarf.info.UnitDie;
import dev.mortem.format.dwarf.info.UnitHeader;
import dev.mortem.format.dwarf.info.UnitIndex;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The source lines of one file by svma. Only the line programs of units that are asked for are run.
 *
 * <p>Which unit covers an address a {@link UnitIndex} says. Safe for any thread: one looks up at a time.
 */
public final class LineIndex {
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
    private final UnitIndex unitIndex;
    private Optional<RangeIndex> tables = Optional.empty();
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
        this.unitIndex = new UnitIndex(
                sections,
                limits,
                diagnostics,
                unit -> tableOfUnit(unit).map(LineTable::ranges).orElse(List.of()));
    }

    /** Which units cover an svma; to be asked under this object's lock. */
    public UnitIndex units() {
        return unitIndex;
    }

    /**
     * The source line of the instruction at {@code svma}. What is broken on the way is reported, once,
     * and answers as if it were not there.
     */
    public synchronized Optional<SourceLine> at(long svma) {
        if (sections.get(DwarfSection.LINE).isEmpty()) {
            return Optional.empty();
        }
        Found found = new Found();
        if (sections.get(DwarfSection.INFO).isEmpty()) {
            for (long offset : tablesWithoutUnits().valuesAt(svma)) {
                if (found.take(table(offset), svma)) {
                    break;
                }
            }
        } else {
            unitIndex.visit(svma, unit -> found.take(tableOfUnit(unit), svma));
        }
        return found.line;
    }

    /** The first line that comes. */
    private static final class Found {
        private Optional<SourceLine> line = Optional.empty();

        boolean take(Optional<LineTable> table, long svma) {
            line = table.flatMap(rows -> rows.at(svma));
            return line.isPresent();
        }
    }

    /** A file that kept only .debug_line: every table is run once. */
    private RangeIndex tablesWithoutUnits() {
        if (tables.isEmpty()) {
            RangeIndex index = new RangeIndex(limits.maxInt(UnitIndex.RANGES_MAX));
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
            index.sort();
            tables = Optional.of(index);
        }
        return tables.get();
    }

    /** The line table of the unit; empty where it has none, or a broken one, which is reported. */
    public synchronized Optional<LineTable> tableOfUnit(long unitOffset) {
        Unit known = units.get(unitOffset);
        if (known != null) {
            return known.table;
        }
        Optional<LineTable> table = Optional.empty();
        try {
            ByteSource info = sections.require(DwarfSection.INFO);
            UnitDie unit = UnitDie.read(
                    sections, UnitHeader.read(info, unitOffset), ReadBudget.ofUnit(limits));
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

    /** The names that a split unit's entries refer to; empty where they are broken, which is reported. */
    public synchronized Optional<LineHeader> splitTable(DwarfUnit unit) {
        try {
            long offset = unit.die().stmtList().orElse(0);
            return Optional.of(LineHeader.read(unit.sections(), offset, limits));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "files of a unit have no names");
            return Optional.empty();
        }
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
}
