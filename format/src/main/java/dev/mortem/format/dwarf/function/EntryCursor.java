package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.info.Abbreviation;
import dev.mortem.format.dwarf.info.AbbreviationTable;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.FormReader;
import dev.mortem.format.dwarf.info.LocationLists;
import dev.mortem.format.dwarf.info.ReadBudget;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads the entries of one unit one after another, with the values of the attributes that its user wants
 * (DWARF 5, sections 7.5.2 and 7.5.3). Belongs to one thread.
 */
final class EntryCursor {
    static final int DW_AT_sibling = 0x01;
    static final int DW_AT_name = 0x03;

    private static final int ABSENT = 0;

    private final UnitFile file;
    private final DwarfUnit unit;
    private final AbbreviationTable abbreviations;
    private final ByteSource entries;
    private final ByteCursor cursor;
    private final int[] wanted;
    private final int[] forms;
    private final long[] values;
    private final long[] positions;
    private long offset;
    private int tag;
    private boolean children;

    /**
     * @param offset of the first entry to read, in the unit's .debug_info
     * @param wanted the attributes whose values are kept
     */
    EntryCursor(UnitFile file, DwarfUnit unit, long offset, int... wanted)
            throws MalformedException {
        this.file = file;
        this.unit = unit;
        this.abbreviations = file.cache().abbreviations(unit);
        this.entries = unit.entries();
        this.cursor = entries.cursor(offset);
        this.wanted = wanted.clone();
        this.forms = new int[wanted.length];
        this.values = new long[wanted.length];
        this.positions = new long[wanted.length];
        this.offset = offset;
    }

    boolean atEnd() {
        return cursor.atEnd();
    }

    /** Reads the next entry; false where it is the null entry that ends a list of children. */
    boolean read() throws MalformedException {
        offset = cursor.position();
        long code = cursor.uleb("abbreviation code");
        Arrays.fill(forms, ABSENT);
        if (code == 0) {
            return false;
        }
        Abbreviation abbreviation = abbreviations.get(code, cursor);
        tag = abbreviation.tag();
        children = abbreviation.hasChildren();
        for (int index = 0; index < abbreviation.size(); index++) {
            int form = abbreviation.form(index);
            if (form == FormReader.DW_FORM_indirect) {
                form = (int) cursor.uleb("indirect form");
            }
            int slot = slot(abbreviation.attribute(index));
            if (slot >= 0) {
                forms[slot] = form;
                positions[slot] = cursor.position();
                values[slot] = abbreviation.constant(index);
            }
            unit.forms().skip(cursor, "value", form);
        }
        return true;
    }

    private int slot(int attribute) {
        for (int slot = 0; slot < wanted.length; slot++) {
            if (wanted[slot] == attribute) {
                return slot;
            }
        }
        return -1;
    }

    UnitFile file() {
        return file;
    }

    DwarfUnit unit() {
        return unit;
    }

    /** Of the entry that was read last, in .debug_info. */
    long offset() {
        return offset;
    }

    int tag() {
        return tag;
    }

    boolean hasChildren() {
        return children;
    }

    /** Where the next entry starts. */
    long position() {
        return cursor.position();
    }

    /** Goes on at a sibling of the entry. */
    void moveTo(long position) throws MalformedException {
        cursor.moveTo("entries", position);
    }

    boolean has(int attribute) {
        int slot = slot(attribute);
        return slot >= 0 && forms[slot] != ABSENT;
    }

    /** Whether the entry has the attribute, and as a flag that is set. */
    boolean isSet(int attribute) throws MalformedException {
        int slot = slot(attribute);
        if (slot < 0 || forms[slot] == ABSENT) {
            return false;
        }
        return forms[slot] == FormReader.DW_FORM_implicit_const
                ? values[slot] != 0
                : unit.forms().number(at(slot), "flag", forms[slot]) != 0;
    }

    /** The svma that the attribute has. */
    OptionalLong address(int attribute) throws MalformedException {
        int slot = slot(attribute);
        if (slot < 0 || forms[slot] == ABSENT) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(unit.address(at(slot), "address", forms[slot]));
    }

    Optional<String> text(int attribute) throws MalformedException {
        int slot = slot(attribute);
        return slot < 0 || forms[slot] == ABSENT
                ? Optional.empty()
                : unit.text(at(slot), "name", forms[slot]);
    }

    /** The entry that the attribute refers to; empty where that is in a file that is not here. */
    Optional<EntryReference> reference(int attribute) throws MalformedException {
        int slot = slot(attribute);
        if (slot < 0 || forms[slot] == ABSENT || isBlock(forms[slot])) {
            return Optional.empty();
        }
        long number = unit.forms().number(at(slot), "reference", forms[slot]);
        return EntryReference.of(file, unit, forms[slot], number);
    }

    /** The bytes of a block or an expression; empty where the attribute has another form. */
    Optional<ByteSource> block(int attribute) throws MalformedException {
        int slot = slot(attribute);
        if (slot < 0 || !isBlock(forms[slot])) {
            return Optional.empty();
        }
        ByteCursor from = at(slot);
        long size = switch (forms[slot]) {
            case FormReader.DW_FORM_block1 -> from.u1("block");
            case FormReader.DW_FORM_block2 -> from.u2("block");
            case FormReader.DW_FORM_block4 -> from.u4("block");
            default -> from.uleb("block");
        };
        return Optional.of(entries.slice("expression", from.position(), size));
    }

    /** The expression of a location at an svma: the attribute's own, or that of the list it names. */
    Optional<ByteSource> location(int attribute, long svma, ReadBudget budget)
            throws MalformedException {
        int slot = slot(attribute);
        if (slot < 0 || forms[slot] == ABSENT || isBlock(forms[slot])) {
            return block(attribute);
        }
        return switch (forms[slot]) {
            case FormReader.DW_FORM_sec_offset,
                    FormReader.DW_FORM_loclistx,
                    FormReader.DW_FORM_data4,
                    FormReader.DW_FORM_data8 ->
                LocationLists.at(
                        unit,
                        unit.forms().number(at(slot), "location", forms[slot]),
                        forms[slot] == FormReader.DW_FORM_loclistx,
                        svma,
                        budget);
            default -> Optional.empty();
        };
    }

    private static boolean isBlock(int form) {
        return switch (form) {
            case FormReader.DW_FORM_block,
                    FormReader.DW_FORM_block1,
                    FormReader.DW_FORM_block2,
                    FormReader.DW_FORM_block4,
                    FormReader.DW_FORM_exprloc -> true;
            default -> false;
        };
    }

    private ByteCursor at(int slot) throws MalformedException {
        return entries.cursor(positions[slot]);
    }
}
