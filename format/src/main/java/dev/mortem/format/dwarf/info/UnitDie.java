package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The first entry of a unit (DWARF 5, section 3.1.1): what the whole unit has in common. Its abbreviation
 * is read by the way (section 7.5.3).
 *
 * @param tag DW_TAG_compile_unit, DW_TAG_partial_unit …
 * @param name DW_AT_name: the source file as the compiler was given it
 * @param compDir DW_AT_comp_dir: the directory the compiler ran in
 * @param stmtList DW_AT_stmt_list: offset of the line table in .debug_line
 * @param lowPc DW_AT_low_pc, an svma: also the base of the unit's range list
 * @param highPc the first svma behind, where DW_AT_high_pc is there
 * @param ranges DW_AT_ranges: offset or, with {@code rangesIsIndex}, index of the range list
 * @param splitRangesBase DW_AT_GNU_ranges_base: what range offsets in the split unit count from
 * @param splitName DW_AT_dwo_name: the file that holds the unit's entries, of a skeleton
 * @param splitId the id that the skeleton and its split unit share
 * @param language DW_AT_language
 */
public record UnitDie(
        UnitHeader header,
        int tag,
        Optional<String> name,
        Optional<String> compDir,
        OptionalLong stmtList,
        OptionalLong lowPc,
        OptionalLong highPc,
        OptionalLong ranges,
        boolean rangesIsIndex,
        OptionalLong rnglistsBase,
        OptionalLong loclistsBase,
        OptionalLong addrBase,
        OptionalLong strOffsetsBase,
        OptionalLong splitRangesBase,
        Optional<String> splitName,
        OptionalLong splitId,
        OptionalLong language) {
    public static final int DW_TAG_compile_unit = 0x11;
    public static final int DW_TAG_partial_unit = 0x3c;
    public static final int DW_TAG_skeleton_unit = 0x4a;

    private static final int DW_AT_name = 0x03;
    private static final int DW_AT_stmt_list = 0x10;
    private static final int DW_AT_low_pc = 0x11;
    private static final int DW_AT_high_pc = 0x12;
    private static final int DW_AT_language = 0x13;
    private static final int DW_AT_comp_dir = 0x1b;
    private static final int DW_AT_ranges = 0x55;
    private static final int DW_AT_str_offsets_base = 0x72;
    private static final int DW_AT_addr_base = 0x73;
    private static final int DW_AT_rnglists_base = 0x74;
    private static final int DW_AT_dwo_name = 0x76;
    private static final int DW_AT_loclists_base = 0x8c;
    private static final int DW_AT_GNU_dwo_name = 0x2130;
    private static final int DW_AT_GNU_dwo_id = 0x2131;
    private static final int DW_AT_GNU_ranges_base = 0x2132;
    private static final int DW_AT_GNU_addr_base = 0x2133;

    /** A unit's entry has about 15 attributes; a table without its end mark would go on to the next. */
    private static final int ATTRIBUTES_MAX = 1_000;

    private record Value(int form, long number, Optional<String> text) {}

    /** Whether the unit stands for code of its own. */
    public boolean holdsCode() {
        return tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit;
    }

    /**
     * Reads the first entry of the unit.
     *
     * @param budget for finding its abbreviation and its text
     */
    public static UnitDie read(DwarfSections sections, UnitHeader header, ReadBudget budget)
            throws MalformedException {
        ByteSource info = sections.require(DwarfSection.INFO);
        ByteSource unit = info.slice(".debug_info", 0, header.end());
        ByteCursor values = unit.cursor(header.dieOffset());
        ByteCursor abbrev = findAbbreviation(
                sections.require(DwarfSection.ABBREV),
                header.abbrevOffset(),
                values.uleb("abbreviation code"),
                budget);
        FormReader forms = new FormReader(
                sections, header.version(), header.offsetSizeBytes(), header.addressSizeBytes());
        int tag = (int) abbrev.uleb("tag");
        abbrev.u1("children");
        Map<Integer, Value> attributes = new HashMap<>();
        for (int count = 0; count < ATTRIBUTES_MAX; count++) {
            int attribute = (int) abbrev.uleb("attribute");
            int form = (int) abbrev.uleb("form");
            if (attribute == 0 && form == 0) {
                return of(forms, header, tag, attributes);
            }
            Value value = value(forms, attribute, form, abbrev, values);
            budget.spend(1 + value.text.map(String::length).orElse(0), values);
            attributes.put(attribute, value);
        }
        throw abbrev.malformed("attributes", "no end", "at most " + ATTRIBUTES_MAX + " attributes");
    }

    /** Leaves the cursor behind the code of the wanted abbreviation. */
    private static ByteCursor findAbbreviation(
            ByteSource abbrevs, long offset, long wanted, ReadBudget budget)
            throws MalformedException {
        ByteCursor cursor = abbrevs.cursor(offset);
        while (true) { // every step passes bytes of the section
            long code = cursor.uleb("abbreviation code");
            if (code == wanted && code != 0) {
                return cursor;
            }
            if (code == 0) {
                throw abbrevs.malformed(
                        "abbreviations",
                        offset,
                        "no abbreviation " + Long.toUnsignedString(wanted),
                        "one for each entry of the unit");
            }
            cursor.uleb("tag");
            cursor.u1("children");
            long form;
            long attribute;
            do {
                budget.spend(1, cursor);
                attribute = cursor.uleb("attribute");
                form = cursor.uleb("form");
                if (form == FormReader.DW_FORM_implicit_const) {
                    cursor.sleb("implicit_const");
                }
            } while (attribute != 0 || form != 0);
        }
    }

    private static Value value(
            FormReader forms, int attribute, int statedForm, ByteCursor abbrev, ByteCursor values)
            throws MalformedException {
        int form = statedForm;
        String field = "attribute 0x" + Integer.toHexString(attribute);
        if (form == FormReader.DW_FORM_implicit_const) {
            return new Value(form, abbrev.sleb("implicit_const"), Optional.empty());
        }
        if (form == FormReader.DW_FORM_indirect) {
            form = (int) values.uleb("indirect form");
        }
        return switch (attribute) {
            case DW_AT_name, DW_AT_comp_dir, DW_AT_dwo_name, DW_AT_GNU_dwo_name -> {
                if (forms.canReadText(form)) {
                    String text = forms.text(values, field, form, 0);
                    yield new Value(form, 0, Optional.of(text));
                }
                yield numberOrSkip(forms, field, form, values);
            }
            case DW_AT_stmt_list,
                    DW_AT_low_pc,
                    DW_AT_high_pc,
                    DW_AT_ranges,
                    DW_AT_str_offsets_base,
                    DW_AT_addr_base,
                    DW_AT_rnglists_base,
                    DW_AT_loclists_base,
                    DW_AT_language,
                    DW_AT_GNU_dwo_id,
                    DW_AT_GNU_ranges_base,
                    DW_AT_GNU_addr_base ->
                new Value(form, forms.number(values, field, form), Optional.empty());
            default -> {
                forms.skip(values, field, form);
                yield new Value(form, 0, Optional.empty());
            }
        };
    }

    /** A string index is kept until the unit's bases are known; text of another file is passed over. */
    private static Value numberOrSkip(FormReader forms, String field, int form, ByteCursor values)
            throws MalformedException {
        if (FormReader.isTextIndex(form)) {
            return new Value(form, forms.number(values, field, form), Optional.empty());
        }
        forms.skip(values, field, form);
        return new Value(form, 0, Optional.empty());
    }

    private static UnitDie of(
            FormReader forms, UnitHeader header, int tag, Map<Integer, Value> attributes)
            throws MalformedException {
        // Without the attribute the base is behind the header of the section's first table: 8 bytes
        // in the 32-bit form (DWARF 5, sections 7.26, 7.27).
        long strOffsetsBase = number(attributes, DW_AT_str_offsets_base)
                .orElse(header.version() >= 5 ? 2L * header.offsetSizeBytes() : 0);
        OptionalLong addrBase = number(attributes, DW_AT_addr_base);
        if (addrBase.isEmpty()) {
            addrBase = number(attributes, DW_AT_GNU_addr_base);
        }
        OptionalLong splitId = header.signature();
        if (splitId.isEmpty()) {
            splitId = number(attributes, DW_AT_GNU_dwo_id);
        }
        OptionalLong lowPc = address(forms, attributes, DW_AT_low_pc, addrBase);
        return new UnitDie(
                header,
                tag,
                text(forms, attributes, DW_AT_name, strOffsetsBase),
                text(forms, attributes, DW_AT_comp_dir, strOffsetsBase),
                number(attributes, DW_AT_stmt_list),
                lowPc,
                highPc(forms, attributes, lowPc, addrBase),
                number(attributes, DW_AT_ranges),
                attributes.containsKey(DW_AT_ranges)
                        && attributes.get(DW_AT_ranges).form == FormReader.DW_FORM_rnglistx,
                number(attributes, DW_AT_rnglists_base),
                number(attributes, DW_AT_loclists_base),
                addrBase,
                number(attributes, DW_AT_str_offsets_base),
                number(attributes, DW_AT_GNU_ranges_base),
                text(forms, attributes, DW_AT_dwo_name, strOffsetsBase)
                        .or(() -> plainText(attributes, DW_AT_GNU_dwo_name)),
                splitId,
                number(attributes, DW_AT_language));
    }

    /** From version 4 on DW_AT_high_pc may be a constant: the size of the code (section 2.17.2). */
    private static OptionalLong highPc(
            FormReader forms,
            Map<Integer, Value> attributes,
            OptionalLong lowPc,
            OptionalLong addrBase)
            throws MalformedException {
        Value value = attributes.get(DW_AT_high_pc);
        if (value == null || lowPc.isEmpty()) {
            return OptionalLong.empty();
        }
        boolean isAddress =
                value.form == FormReader.DW_FORM_addr || FormReader.isAddressIndex(value.form);
        return isAddress
                ? address(forms, attributes, DW_AT_high_pc, addrBase)
                : OptionalLong.of(lowPc.getAsLong() + value.number);
    }

    private static OptionalLong address(
            FormReader forms, Map<Integer, Value> attributes, int attribute, OptionalLong addrBase)
            throws MalformedException {
        Value value = attributes.get(attribute);
        if (value == null) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                FormReader.isAddressIndex(value.form)
                        ? forms.addressByIndex(value.number, addrBase.orElse(0))
                        : value.number);
    }

    private static OptionalLong number(Map<Integer, Value> attributes, int attribute) {
        Value value = attributes.get(attribute);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value.number);
    }

    private static Optional<String> plainText(Map<Integer, Value> attributes, int attribute) {
        Value value = attributes.get(attribute);
        return value == null ? Optional.empty() : value.text;
    }

    private static Optional<String> text(
            FormReader forms, Map<Integer, Value> attributes, int attribute, long strOffsetsBase)
            throws MalformedException {
        Value value = attributes.get(attribute);
        if (value == null) {
            return Optional.empty();
        }
        return FormReader.isTextIndex(value.form)
                ? Optional.of(forms.textByIndex(value.number, strOffsetsBase))
                : value.text;
    }
}
