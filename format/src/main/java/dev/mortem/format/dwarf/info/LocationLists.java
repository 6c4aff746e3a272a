package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;

/**
 * Where a variable is while which code runs: lists of {@code .debug_loc} (DWARF 4, section 2.6.2), those
 * of {@code .debug_loc.dwo} that split units have before version 5 (the GNU extension DebugFission), and of
 * {@code .debug_loclists} (DWARF 5, sections 2.6.2 and 7.29). Stateless.
 */
public final class LocationLists {
    private static final int DW_LLE_end_of_list = 0x00;
    private static final int DW_LLE_base_addressx = 0x01;
    private static final int DW_LLE_startx_endx = 0x02;
    private static final int DW_LLE_startx_length = 0x03;
    private static final int DW_LLE_offset_pair = 0x04;
    private static final int DW_LLE_default_location = 0x05;
    private static final int DW_LLE_base_address = 0x06;
    private static final int DW_LLE_start_end = 0x07;
    private static final int DW_LLE_start_length = 0x08;
    /** gcc's, where it keeps views in the list itself. */
    private static final int DW_LLE_GNU_view_pair = 0x09;

    private static final int DW_LLE_GNU_end_of_list_entry = 0x00;
    private static final int DW_LLE_GNU_base_address_selection_entry = 0x01;
    private static final int DW_LLE_GNU_start_end_entry = 0x02;
    private static final int DW_LLE_GNU_start_length_entry = 0x03;
    private static final int DW_LLE_GNU_offset_pair_entry = 0x04;

    private LocationLists() {}

    /**
     * The expression of the first entry that covers the svma, else that of the default; empty where the
     * variable has no place there, and where the file has no lists.
     *
     * @param value of DW_AT_location
     * @param isIndex whether its form is DW_FORM_loclistx
     * @param budget of all lists that one question leads to
     */
    public static Optional<ByteSource> at(
            DwarfUnit unit, long value, boolean isIndex, long svma, ReadBudget budget)
            throws MalformedException {
        boolean old = unit.header().version() < 5;
        Optional<ByteSource> lists =
                unit.sections().get(old ? DwarfSection.LOC : DwarfSection.LOCLISTS);
        if (lists.isEmpty()) {
            return Optional.empty();
        }
        if (old) {
            ByteCursor cursor = lists.get().cursor(value);
            return unit.isSplit()
                    ? inOldSplitList(unit, cursor, svma, budget)
                    : inOldList(unit, cursor, svma, budget);
        }
        long offset = isIndex ? listOffset(lists.get(), unit, value) : value;
        return inList(unit, lists.get().cursor(offset), svma, budget);
    }

    private static Optional<ByteSource> inOldList(
            DwarfUnit unit, ByteCursor cursor, long svma, ReadBudget budget)
            throws MalformedException {
        int size = unit.header().addressSizeBytes();
        long baseMark = size == 8 ? -1 : (1L << (8 * size)) - 1;
        long base = unit.rangeListBase();
        while (true) {
            budget.spend(1, cursor);
            long start = cursor.unsigned("start", size);
            long end = cursor.unsigned("end", size);
            if (start == 0 && end == 0) {
                return Optional.empty();
            }
            if (start == baseMark) {
                base = end;
                continue;
            }
            ByteSource expression = expression(cursor, cursor.u2("length"));
            if (covers(base + start, base + end, svma)) {
                return Optional.of(expression);
            }
        }
    }

    private static Optional<ByteSource> inOldSplitList(
            DwarfUnit unit, ByteCursor cursor, long svma, ReadBudget budget)
            throws MalformedException {
        long base = unit.rangeListBase();
        while (true) {
            budget.spend(1, cursor);
            int kind = cursor.u1("DW_LLE_GNU");
            long start;
            long end;
            switch (kind) {
                case DW_LLE_GNU_end_of_list_entry -> {
                    return Optional.empty();
                }
                case DW_LLE_GNU_base_address_selection_entry -> {
                    base = indexed(unit, cursor, "base");
                    continue;
                }
                case DW_LLE_GNU_start_end_entry -> {
                    start = indexed(unit, cursor, "start");
                    end = indexed(unit, cursor, "end");
                }
                case DW_LLE_GNU_start_length_entry -> {
                    start = indexed(unit, cursor, "start");
                    // GCC 12 writes lengths two bytes short where an entry begins within a call,
                    // -1 for a single byte: such an entry is empty, and not 4 GB long
                    end = start + (int) cursor.u4("length");
                }
                case DW_LLE_GNU_offset_pair_entry -> {
                    start = base + cursor.u4("start");
                    end = base + cursor.u4("end");
                }
                default -> throw cursor.malformed("DW_LLE_GNU", "kind " + kind, "0 to 4");
            }
            ByteSource expression = expression(cursor, cursor.u2("length"));
            if (covers(start, end, svma)) {
                return Optional.of(expression);
            }
        }
    }

    private static Optional<ByteSource> inList(
            DwarfUnit unit, ByteCursor cursor, long svma, ReadBudget budget)
            throws MalformedException {
        int size = unit.header().addressSizeBytes();
        long base = unit.rangeListBase();
        Optional<ByteSource> otherwise = Optional.empty();
        while (true) {
            budget.spend(1, cursor);
            int kind = cursor.u1("DW_LLE");
            long start = 0;
            long end = 0;
            switch (kind) {
                case DW_LLE_end_of_list -> {
                    return otherwise;
                }
                case DW_LLE_base_addressx -> {
                    base = indexed(unit, cursor, "base");
                    continue;
                }
                case DW_LLE_base_address -> {
                    base = cursor.unsigned("base", size);
                    continue;
                }
                case DW_LLE_GNU_view_pair -> {
                    cursor.uleb("view");
                    cursor.uleb("view");
                    continue;
                }
                case DW_LLE_startx_endx -> {
                    start = indexed(unit, cursor, "start");
                    end = indexed(unit, cursor, "end");
                }
                case DW_LLE_startx_length -> {
                    start = indexed(unit, cursor, "start");
                    end = start + cursor.uleb("length");
                }
                case DW_LLE_offset_pair -> {
                    start = base + cursor.uleb("start");
                    end = base + cursor.uleb("end");
                }
                case DW_LLE_start_end -> {
                    start = cursor.unsigned("start", size);
                    end = cursor.unsigned("end", size);
                }
                case DW_LLE_start_length -> {
                    start = cursor.unsigned("start", size);
                    end = start + cursor.uleb("length");
                }
                case DW_LLE_default_location -> {
                    otherwise = Optional.of(expression(cursor, cursor.uleb("length")));
                    continue;
                }
                default -> throw cursor.malformed("DW_LLE", "kind " + kind, "0 to 9");
            }
            ByteSource expression = expression(cursor, cursor.uleb("length"));
            if (covers(start, end, svma)) {
                return Optional.of(expression);
            }
        }
    }

    /** An address that stands as its index in .debug_addr. */
    private static long indexed(DwarfUnit unit, ByteCursor cursor, String field)
            throws MalformedException {
        return unit.forms().addressByIndex(cursor.uleb(field), unit.addrBase());
    }

    private static boolean covers(long start, long end, long svma) {
        return Long.compareUnsigned(start, svma) <= 0 && Long.compareUnsigned(svma, end) < 0;
    }

    private static ByteSource expression(ByteCursor cursor, long sizeBytes)
            throws MalformedException {
        ByteSource bytes = cursor.source().slice("expression", cursor.position(), sizeBytes);
        cursor.skip("expression", sizeBytes);
        return bytes;
    }

    /** An index counts offsets behind the base; they lead from the base to the lists. */
    private static long listOffset(ByteSource lists, DwarfUnit unit, long index)
            throws MalformedException {
        int offsetSize = unit.header().offsetSizeBytes();
        // behind the header of the first table: 12 bytes in the 32-bit form, 20 in the 64-bit form
        long base = unit.die().loclistsBase().orElse(offsetSize == 4 ? 12 : 20);
        if (Long.compareUnsigned(index, lists.sizeBytes() / offsetSize) >= 0) {
            throw lists.malformed(
                    "index",
                    0,
                    "index " + Long.toUnsignedString(index),
                    "an index within the section");
        }
        return base + lists.unsigned("offset", base + index * offsetSize, offsetSize);
    }
}
