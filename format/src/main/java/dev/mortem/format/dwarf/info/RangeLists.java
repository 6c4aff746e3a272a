package dev.mortem.format.dwarf.info;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.ArrayList;
import java.util.List;

/**
 * The svmas that a unit or an entry says its code covers: low and high pc, a list of
 * {@code .debug_ranges} (DWARF 4, section 2.17.3) or of {@code .debug_rnglists} (DWARF 5, sections
 * 2.17.3 and 7.25).
 */
public final class RangeLists {
    /** One per function of one unit where each has a section of its own. */
    public static final Limit RANGES_MAX = new Limit(
            "ranges of a DWARF unit",
            1_000_000,
            "ranges",
            "the largest real unit has some ten thousand functions; a list without an end would fill"
                    + " the heap");

    private static final int DW_RLE_end_of_list = 0x00;
    private static final int DW_RLE_base_addressx = 0x01;
    private static final int DW_RLE_startx_endx = 0x02;
    private static final int DW_RLE_startx_length = 0x03;
    private static final int DW_RLE_offset_pair = 0x04;
    private static final int DW_RLE_base_address = 0x05;
    private static final int DW_RLE_start_end = 0x06;
    private static final int DW_RLE_start_length = 0x07;

    private RangeLists() {}

    /** What the unit covers, in its own order; nothing where it does not say. */
    public static List<AddressRange> of(DwarfUnit unit, Limits limits, ReadBudget budget)
            throws MalformedException {
        UnitDie die = unit.die();
        if (die.ranges().isPresent()) {
            return read(unit, die.ranges().getAsLong(), die.rangesIsIndex(), false, limits, budget);
        }
        if (die.lowPc().isPresent() && die.highPc().isPresent()) {
            return List.of(
                    AddressRange.between(die.lowPc().getAsLong(), die.highPc().getAsLong()));
        }
        return List.of();
    }

    /**
     * The list that an entry of the unit names.
     *
     * @param value of DW_AT_ranges
     * @param isIndex whether its form is DW_FORM_rnglistx
     * @param budget of all lists of the unit
     */
    public static List<AddressRange> read(
            DwarfUnit unit, long value, boolean isIndex, Limits limits, ReadBudget budget)
            throws MalformedException {
        return read(unit, value, isIndex, true, limits, budget);
    }

    private static List<AddressRange> read(
            DwarfUnit unit,
            long value,
            boolean isIndex,
            boolean below,
            Limits limits,
            ReadBudget budget)
            throws MalformedException {
        if (unit.header().version() >= 5) {
            return rangeList(unit, value, isIndex, limits, budget);
        }
        return oldRangeList(unit, below ? unit.rangesBase() + value : value, limits, budget);
    }

    private static List<AddressRange> oldRangeList(
            DwarfUnit unit, long offset, Limits limits, ReadBudget budget)
            throws MalformedException {
        ByteCursor cursor = unit.sections().require(DwarfSection.RANGES).cursor(offset);
        int size = unit.header().addressSizeBytes();
        long baseMark = size == 8 ? -1 : (1L << (8 * size)) - 1;
        long base = unit.rangeListBase();
        List<AddressRange> ranges = new ArrayList<>();
        while (true) {
            budget.spend(1, cursor);
            long start = cursor.unsigned("start", size);
            long end = cursor.unsigned("end", size);
            if (start == 0 && end == 0) {
                return ranges;
            }
            if (start == baseMark) {
                base = end;
            } else {
                add(ranges, AddressRange.between(base + start, base + end), cursor, limits);
            }
        }
    }

    private static List<AddressRange> rangeList(
            DwarfUnit unit, long value, boolean isIndex, Limits limits, ReadBudget budget)
            throws MalformedException {
        ByteSource lists = unit.sections().require(DwarfSection.RNGLISTS);
        int size = unit.header().addressSizeBytes();
        FormReader forms = unit.forms();
        long addrBase = unit.addrBase();
        ByteCursor cursor = lists.cursor(isIndex ? listOffset(lists, unit, value) : value);
        long base = unit.rangeListBase();
        List<AddressRange> ranges = new ArrayList<>();
        while (true) {
            budget.spend(1, cursor);
            int kind = cursor.u1("DW_RLE");
            switch (kind) {
                case DW_RLE_end_of_list -> {
                    return ranges;
                }
                case DW_RLE_base_addressx ->
                    base = forms.addressByIndex(cursor.uleb("base"), addrBase);
                case DW_RLE_base_address -> base = cursor.unsigned("base", size);
                case DW_RLE_startx_endx -> {
                    long start = forms.addressByIndex(cursor.uleb("start"), addrBase);
                    long end = forms.addressByIndex(cursor.uleb("end"), addrBase);
                    add(ranges, AddressRange.between(start, end), cursor, limits);
                }
                case DW_RLE_startx_length -> {
                    long start = forms.addressByIndex(cursor.uleb("start"), addrBase);
                    add(ranges, AddressRange.ofSize(start, cursor.uleb("length")), cursor, limits);
                }
                case DW_RLE_offset_pair -> {
                    long start = base + cursor.uleb("start");
                    long end = base + cursor.uleb("end");
                    add(ranges, AddressRange.between(start, end), cursor, limits);
                }
                case DW_RLE_start_end -> {
                    long start = cursor.unsigned("start", size);
                    long end = cursor.unsigned("end", size);
                    add(ranges, AddressRange.between(start, end), cursor, limits);
                }
                case DW_RLE_start_length -> {
                    long start = cursor.unsigned("start", size);
                    add(ranges, AddressRange.ofSize(start, cursor.uleb("length")), cursor, limits);
                }
                default -> throw cursor.malformed("DW_RLE", "kind " + kind, "0 to 7");
            }
        }
    }

    /** An index counts offsets behind the base; they lead from the base to the lists. */
    private static long listOffset(ByteSource lists, DwarfUnit unit, long ranges)
            throws MalformedException {
        int offsetSize = unit.header().offsetSizeBytes();
        // behind the header of the first table: 12 bytes in the 32-bit form, 20 in the 64-bit form
        long base = unit.die().rnglistsBase().orElse(offsetSize == 4 ? 12 : 20);
        if (Long.compareUnsigned(ranges, lists.sizeBytes() / offsetSize) >= 0) {
            throw lists.malformed(
                    "index",
                    0,
                    "index " + Long.toUnsignedString(ranges),
                    "an index within the section");
        }
        return base + lists.unsigned("offset", base + ranges * offsetSize, offsetSize);
    }

    private static void add(
            List<AddressRange> ranges, AddressRange range, ByteCursor cursor, Limits limits)
            throws MalformedException {
        if (ranges.size() >= limits.max(RANGES_MAX)) {
            throw cursor.malformed(
                    "ranges", "no end", "at most " + limits.max(RANGES_MAX) + " ranges");
        }
        if (!range.isEmpty()) {
            ranges.add(range);
        }
    }
}
