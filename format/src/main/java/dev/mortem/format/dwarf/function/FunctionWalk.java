package dev.mortem.format.dwarf.function;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.Abbreviation;
import dev.mortem.format.dwarf.info.AbbreviationTable;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.FormReader;
import dev.mortem.format.dwarf.info.RangeLists;
import dev.mortem.format.dwarf.info.ReadBudget;

import java.util.Arrays;
import java.util.List;

/**
 * Goes through the entries of one unit and keeps those of functions with code (DWARF 5, sections 2.3,
 * 3.3). Names are not read: {@link FunctionNames} reads those that are asked for.
 */
final class FunctionWalk {
    /** Functions and their ranges of one unit, each. */
    static final Limit SCOPES_MAX = new Limit(
            "functions of a DWARF unit",
            4_000_000,
            "functions",
            "a program linked with LTO has one unit of some 500,000; 40 bytes each");

    static final int DW_TAG_inlined_subroutine = 0x1d;
    static final int DW_TAG_subprogram = 0x2e;

    private static final int DW_AT_low_pc = 0x11;
    private static final int DW_AT_high_pc = 0x12;
    private static final int DW_AT_ranges = 0x55;
    private static final int DW_AT_call_column = 0x57;
    private static final int DW_AT_call_file = 0x58;
    private static final int DW_AT_call_line = 0x59;

    /** Blocks in blocks: compilers end at some hundreds. */
    private static final int DEPTH_MAX = 4_096;

    private final DwarfUnit unit;
    private final AbbreviationTable abbreviations;
    private final Limits limits;
    private final ReadBudget budget;
    private final FunctionScopes.Builder scopes = new FunctionScopes.Builder();

    /** What the entry in hand says. */
    private boolean hasLow;

    private long low;
    private boolean hasHigh;
    private boolean highIsSize;
    private long high;
    private boolean hasRanges;
    private boolean rangesIsIndex;
    private long ranges;
    private final int[] call = new int[3];

    private FunctionWalk(DwarfUnit unit, AbbreviationTable abbreviations, Limits limits) {
        this.unit = unit;
        this.abbreviations = abbreviations;
        this.limits = limits;
        this.budget = ReadBudget.ofUnit(limits);
    }

    /** The functions of the unit; throws where any entry of it is broken. */
    static FunctionScopes read(DwarfUnit unit, AbbreviationTable abbreviations, Limits limits)
            throws MalformedException {
        return new FunctionWalk(unit, abbreviations, limits).walk();
    }

    private FunctionScopes walk() throws MalformedException {
        ByteCursor cursor = unit.entries().cursor(unit.header().dieOffset());
        int[] scopeByDepth = new int[64];
        int depth = 0;
        while (!cursor.atEnd()) {
            long offset = cursor.position();
            long code = cursor.uleb("abbreviation code");
            if (code == 0) {
                if (--depth <= 0) {
                    break; // what follows is padding
                }
                continue;
            }
            Abbreviation abbreviation = abbreviations.get(code, cursor);
            int outer = depth == 0 ? FunctionScopes.NONE : scopeByDepth[depth - 1];
            int scope = scope(cursor, offset, abbreviation, outer);
            if (abbreviation.hasChildren()) {
                if (depth == DEPTH_MAX) {
                    throw cursor.malformed("entries", "no end", "a depth of " + DEPTH_MAX);
                }
                if (depth == scopeByDepth.length) {
                    scopeByDepth = Arrays.copyOf(scopeByDepth, 2 * depth);
                }
                scopeByDepth[depth++] = scope;
            } else if (depth == 0) {
                break; // a unit of nothing but its first entry
            }
        }
        return scopes.build();
    }

    /** The function that the children of the entry belong to. */
    private int scope(ByteCursor cursor, long offset, Abbreviation abbreviation, int outer)
            throws MalformedException {
        int tag = abbreviation.tag();
        if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine) {
            unit.skip(cursor, abbreviation);
            return outer;
        }
        boolean inlined = tag == DW_TAG_inlined_subroutine;
        readValues(cursor, abbreviation);
        List<AddressRange> code = code(cursor);
        if (code.isEmpty()) {
            return inlined ? outer : FunctionScopes.NONE;
        }
        if (inlined && outer == FunctionScopes.NONE) {
            return outer; // inlined into nothing: a name for it would be a guess
        }
        boolean room = limits.allows(SCOPES_MAX, scopes.count() + 1L)
                && limits.allows(SCOPES_MAX, scopes.rangeCount() + (long) code.size());
        if (!room) {
            throw cursor.malformed(
                    "functions", "no end", "at most %,d".formatted(limits.max(SCOPES_MAX)));
        }
        int scope = scopes.add(
                inlined ? outer : FunctionScopes.NONE,
                offset,
                hasLow && !hasRanges ? low : code.getFirst().start(),
                call);
        for (AddressRange range : code) {
            scopes.addRange(scope, range);
        }
        return scope;
    }

    private void readValues(ByteCursor cursor, Abbreviation abbreviation)
            throws MalformedException {
        hasLow = false;
        hasHigh = false;
        hasRanges = false;
        Arrays.fill(call, 0);
        for (int index = 0; index < abbreviation.size(); index++) {
            int form = abbreviation.form(index);
            if (form == FormReader.DW_FORM_indirect) {
                form = (int) cursor.uleb("indirect form");
            }
            int attribute = abbreviation.attribute(index);
            switch (attribute) {
                case DW_AT_low_pc -> {
                    low = unit.address(cursor, "low_pc", form);
                    hasLow = true;
                }
                case DW_AT_high_pc -> {
                    highIsSize =
                            form != FormReader.DW_FORM_addr && !FormReader.isAddressIndex(form);
                    high = form == FormReader.DW_FORM_implicit_const
                            ? abbreviation.constant(index)
                            : unit.address(cursor, "high_pc", form);
                    hasHigh = true;
                }
                case DW_AT_ranges -> {
                    ranges = unit.forms().number(cursor, "ranges", form);
                    rangesIsIndex = form == FormReader.DW_FORM_rnglistx;
                    hasRanges = true;
                }
                case DW_AT_call_file, DW_AT_call_line, DW_AT_call_column -> {
                    long value = form == FormReader.DW_FORM_implicit_const
                            ? abbreviation.constant(index)
                            : unit.forms().number(cursor, "call", form);
                    int number = value < 0 || value > Integer.MAX_VALUE ? 0 : (int) value;
                    call[attribute == DW_AT_call_file ? 0 : attribute == DW_AT_call_line ? 1 : 2] =
                            number;
                }
                default -> unit.forms().skip(cursor, "value", form);
            }
        }
    }

    /** Where its code is; linkers give what they dropped the address 0, or one of the last. */
    private List<AddressRange> code(ByteCursor cursor) throws MalformedException {
        if (hasRanges) {
            return RangeLists.read(unit, ranges, rangesIsIndex, limits, budget).stream()
                    .filter(range -> !isDropped(range.start()))
                    .toList();
        }
        if (!hasLow || !hasHigh || isDropped(low)) {
            return List.of();
        }
        long end = highIsSize ? low + high : high;
        if (Long.compareUnsigned(end, low) < 0) {
            throw cursor.malformed(
                    "high_pc", "0x" + Long.toHexString(end), "0x" + Long.toHexString(low));
        }
        return end == low ? List.of() : List.of(AddressRange.between(low, end));
    }

    private static boolean isDropped(long start) {
        return start == 0 || Long.compareUnsigned(start, -16L) >= 0;
    }
}
