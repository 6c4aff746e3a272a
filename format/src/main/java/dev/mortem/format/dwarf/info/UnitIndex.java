package dev.mortem.format.dwarf.info;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which units of a file cover an svma: by {@code .debug_aranges}, or {@code .gdb_index} where that is
 * missing; for units that these do not name, by the first entry of each unit; for those that do not say,
 * by their line tables. {@code .debug_names} knows no addresses (DWARF 5, section 6.1.1). What is
 * broken is reported once and answers as if it were not there.
 *
 * <p>Also where each unit starts, for references from one unit into another. Belongs to one thread at a
 * time.
 */
public final class UnitIndex {
    /** Ranges of all units together. */
    public static final Limit RANGES_MAX = new Limit(
            "address ranges of all units",
            2_000_000,
            "ranges",
            "a browser built with a section for each function has about one million; 24 bytes each");

    /** Units of one file. */
    public static final Limit UNITS_MAX = new Limit(
            "units of a DWARF file",
            2_000_000,
            "units",
            "a browser has some 50,000, with type units a million; 8 bytes each");

    /** What a unit's line table covers, of a unit that says nothing itself. */
    @FunctionalInterface
    public interface LineRanges {
        List<AddressRange> of(long unitOffset);
    }

    /** Takes one unit that may cover the address. */
    @FunctionalInterface
    public interface UnitVisitor {
        /** Whether the search is over. */
        boolean unit(long unitOffset);
    }

    private final DwarfSections sections;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final LineRanges lineRanges;
    private final Set<Long> unitsOfTable = new HashSet<>();
    private Optional<RangeIndex> fromTable = Optional.empty();
    private Optional<RangeIndex> fromUnits = Optional.empty();
    private Optional<long[]> starts = Optional.empty();

    public UnitIndex(
            DwarfSections sections, Limits limits, Diagnostics diagnostics, LineRanges lineRanges) {
        this.sections = sections;
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.lineRanges = lineRanges;
    }

    /** Gives the visitor the units that cover the address, the likeliest first, until it is content. */
    public void visit(long svma, UnitVisitor visitor) {
        for (long unit : addressTable().valuesAt(svma)) {
            if (visitor.unit(unit)) {
                return;
            }
        }
        for (long unit : otherUnits().valuesAt(svma)) {
            if (visitor.unit(unit)) {
                return;
            }
        }
    }

    /** Offset of the header of the unit that has the entry at {@code entryOffset}. */
    public long unitOf(long entryOffset) throws MalformedException {
        if (starts.isEmpty()) {
            starts = Optional.of(readStarts());
        }
        long[] known = starts.get();
        int found = Arrays.binarySearch(known, entryOffset);
        int index = found >= 0 ? found : -found - 2;
        if (index < 0) {
            throw sections.require(DwarfSection.INFO)
                    .malformed("reference", entryOffset, "an entry in no unit", "an entry");
        }
        return known[index];
    }

    private long[] readStarts() throws MalformedException {
        ByteSource info = sections.require(DwarfSection.INFO);
        long[] found = new long[64];
        int count = 0;
        long offset = 0;
        while (offset < info.sizeBytes() && limits.allows(UNITS_MAX, count + 1L)) {
            if (count == found.length) {
                found = Arrays.copyOf(found, 2 * count);
            }
            found[count++] = offset;
            offset = InitialLength.read(info.cursor(offset), "unit_length").end();
        }
        return Arrays.copyOf(found, count);
    }

    private RangeIndex addressTable() {
        if (fromTable.isEmpty()) {
            RangeIndex index = new RangeIndex(limits.maxInt(RANGES_MAX));
            AddressRangeTable.Visitor visitor = (unitOffset, range) -> {
                unitsOfTable.add(unitOffset);
                return range.start() == 0 || index.add(range, unitOffset);
            };
            Optional<ByteSource> aranges = sections.get(DwarfSection.ARANGES);
            Optional<ByteSource> gdbIndex = sections.get(DwarfSection.GDB_INDEX);
            try {
                if (aranges.isPresent()) {
                    AddressRangeTable.read(aranges.get(), visitor);
                } else if (gdbIndex.isPresent()) {
                    GdbIndex.read(gdbIndex.get(), visitor);
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "units are looked for one by one");
            }
            reportIfFull(index);
            index.sort();
            fromTable = Optional.of(index);
        }
        return fromTable.get();
    }

    /** Units that the table does not name. */
    private RangeIndex otherUnits() {
        if (fromUnits.isEmpty()) {
            RangeIndex index = new RangeIndex(limits.maxInt(RANGES_MAX));
            try {
                ByteSource info = sections.require(DwarfSection.INFO);
                long offset = 0;
                ReadBudget budget = ReadBudget.ofFile(limits);
                while (offset < info.sizeBytes() && !budget.isSpent()) {
                    offset = addUnit(UnitHeader.read(info, offset), index, budget);
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "the units behind have no functions and lines");
            }
            reportIfFull(index);
            index.sort();
            fromUnits = Optional.of(index);
        }
        return fromUnits.get();
    }

    /** Adds what the unit covers; returns where the next one starts. */
    private long addUnit(UnitHeader header, RangeIndex index, ReadBudget budget) {
        if (unitsOfTable.contains(header.offset()) || !header.mayHoldCode()) {
            return header.end();
        }
        try {
            UnitDie die = UnitDie.read(sections, header, budget);
            if (die.holdsCode()) {
                List<AddressRange> ranges =
                        RangeLists.of(DwarfUnit.of(sections, die), limits, budget);
                if (ranges.isEmpty() && die.stmtList().isPresent()) {
                    ranges = lineRanges.of(header.offset());
                }
                for (AddressRange range : ranges) {
                    if (range.start() != 0) {
                        index.add(range, header.offset());
                    }
                }
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a unit has no functions and lines");
        }
        return header.end();
    }

    private void reportIfFull(RangeIndex index) {
        if (index.isFull()) {
            diagnostics.report(
                    sections.fileName() + ": address ranges of units",
                    "more than %,d".formatted(limits.max(RANGES_MAX)),
                    "code of the units behind has no functions and lines");
        }
    }
}
