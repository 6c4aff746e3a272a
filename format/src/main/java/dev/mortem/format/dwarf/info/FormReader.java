package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;

/**
 * Reads attribute values by their form (DWARF 5, section 7.5.6 and table 7.6; the GNU forms of split
 * and supplementary files).
 *
 * @param sections where offsets of strings lead to
 * @param version of the unit: DW_FORM_ref_addr is an address in version 2
 * @param offsetSizeBytes 4 or 8
 * @param addressSizeBytes of the unit
 */
public record FormReader(
        DwarfSections sections, int version, int offsetSizeBytes, int addressSizeBytes) {
    public static final int DW_FORM_addr = 0x01;
    public static final int DW_FORM_block2 = 0x03;
    public static final int DW_FORM_block4 = 0x04;
    public static final int DW_FORM_data2 = 0x05;
    public static final int DW_FORM_data4 = 0x06;
    public static final int DW_FORM_data8 = 0x07;
    public static final int DW_FORM_string = 0x08;
    public static final int DW_FORM_block = 0x09;
    public static final int DW_FORM_block1 = 0x0a;
    public static final int DW_FORM_data1 = 0x0b;
    public static final int DW_FORM_flag = 0x0c;
    public static final int DW_FORM_sdata = 0x0d;
    public static final int DW_FORM_strp = 0x0e;
    public static final int DW_FORM_udata = 0x0f;
    public static final int DW_FORM_ref_addr = 0x10;
    public static final int DW_FORM_ref1 = 0x11;
    public static final int DW_FORM_ref2 = 0x12;
    public static final int DW_FORM_ref4 = 0x13;
    public static final int DW_FORM_ref8 = 0x14;
    public static final int DW_FORM_ref_udata = 0x15;
    public static final int DW_FORM_indirect = 0x16;
    public static final int DW_FORM_sec_offset = 0x17;
    public static final int DW_FORM_exprloc = 0x18;
    public static final int DW_FORM_flag_present = 0x19;
    public static final int DW_FORM_strx = 0x1a;
    public static final int DW_FORM_addrx = 0x1b;
    public static final int DW_FORM_ref_sup4 = 0x1c;
    public static final int DW_FORM_strp_sup = 0x1d;
    public static final int DW_FORM_data16 = 0x1e;
    public static final int DW_FORM_line_strp = 0x1f;
    public static final int DW_FORM_ref_sig8 = 0x20;
    public static final int DW_FORM_implicit_const = 0x21;
    public static final int DW_FORM_loclistx = 0x22;
    public static final int DW_FORM_rnglistx = 0x23;
    public static final int DW_FORM_ref_sup8 = 0x24;
    public static final int DW_FORM_strx1 = 0x25;
    public static final int DW_FORM_strx2 = 0x26;
    public static final int DW_FORM_strx3 = 0x27;
    public static final int DW_FORM_strx4 = 0x28;
    public static final int DW_FORM_addrx1 = 0x29;
    public static final int DW_FORM_addrx2 = 0x2a;
    public static final int DW_FORM_addrx3 = 0x2b;
    public static final int DW_FORM_addrx4 = 0x2c;
    public static final int DW_FORM_GNU_addr_index = 0x1f01;
    public static final int DW_FORM_GNU_str_index = 0x1f02;
    public static final int DW_FORM_GNU_ref_alt = 0x1f20;
    public static final int DW_FORM_GNU_strp_alt = 0x1f21;

    /** Linux takes no path beyond PATH_MAX, 4,096 bytes; names of compilers and options are shorter. */
    private static final int TEXT_BYTES_MAX = 16 * 1024;

    /**
     * The number that a form holds: an address, a constant, an offset or an index, unsigned except for
     * DW_FORM_sdata.
     */
    public long number(ByteCursor cursor, String field, int form) throws MalformedException {
        return switch (form) {
            case DW_FORM_addr -> cursor.unsigned(field, addressSizeBytes);
            case DW_FORM_data1, DW_FORM_flag, DW_FORM_ref1, DW_FORM_strx1, DW_FORM_addrx1 ->
                cursor.u1(field);
            case DW_FORM_data2, DW_FORM_ref2, DW_FORM_strx2, DW_FORM_addrx2 -> cursor.u2(field);
            case DW_FORM_strx3, DW_FORM_addrx3 -> u3(cursor, field);
            case DW_FORM_data4, DW_FORM_ref4, DW_FORM_ref_sup4, DW_FORM_strx4, DW_FORM_addrx4 ->
                cursor.u4(field);
            case DW_FORM_data8, DW_FORM_ref8, DW_FORM_ref_sig8, DW_FORM_ref_sup8 ->
                cursor.u8(field);
            case DW_FORM_sdata -> cursor.sleb(field);
            case DW_FORM_udata,
                    DW_FORM_ref_udata,
                    DW_FORM_strx,
                    DW_FORM_addrx,
                    DW_FORM_loclistx,
                    DW_FORM_rnglistx,
                    DW_FORM_GNU_addr_index,
                    DW_FORM_GNU_str_index -> cursor.uleb(field);
            case DW_FORM_sec_offset,
                    DW_FORM_strp,
                    DW_FORM_line_strp,
                    DW_FORM_strp_sup,
                    DW_FORM_GNU_ref_alt,
                    DW_FORM_GNU_strp_alt -> cursor.unsigned(field, offsetSizeBytes);
            case DW_FORM_ref_addr ->
                cursor.unsigned(field, version == 2 ? addressSizeBytes : offsetSizeBytes);
            case DW_FORM_flag_present -> 1;
            default -> throw wrongForm(cursor, field, form, "a form that holds a number");
        };
    }

    /** Passes over a value of any form but DW_FORM_indirect. */
    public void skip(ByteCursor cursor, String field, int form) throws MalformedException {
        switch (form) {
            case DW_FORM_block1 -> cursor.skip(field, cursor.u1(field));
            case DW_FORM_block2 -> cursor.skip(field, cursor.u2(field));
            case DW_FORM_block4 -> cursor.skip(field, cursor.u4(field));
            case DW_FORM_block, DW_FORM_exprloc -> cursor.skip(field, cursor.uleb(field));
            case DW_FORM_data16 -> cursor.skip(field, 16);
            case DW_FORM_string -> skipString(cursor, field);
            case DW_FORM_implicit_const -> {} // its value stands in the abbreviation
            default -> number(cursor, field, form);
        }
    }

    /** Whether a value of the form is text that {@link #text} can give without a string index. */
    public static boolean isPlainText(int form) {
        return form == DW_FORM_string || form == DW_FORM_strp || form == DW_FORM_line_strp;
    }

    /** Whether a value of the form is text in the supplementary file. */
    public static boolean isSupplementaryText(int form) {
        return form == DW_FORM_GNU_strp_alt || form == DW_FORM_strp_sup;
    }

    /** Whether {@link #text} can give the text of a value of the form without a string index. */
    public boolean canReadText(int form) {
        return isPlainText(form)
                || (isSupplementaryText(form) && sections.supplementary().isPresent());
    }

    /** How many bytes a value of the form takes; -1 where that differs from value to value. */
    int fixedSizeBytes(int form) {
        return switch (form) {
            case DW_FORM_addr -> addressSizeBytes;
            case DW_FORM_flag_present, DW_FORM_implicit_const -> 0;
            case DW_FORM_data1, DW_FORM_flag, DW_FORM_ref1, DW_FORM_strx1, DW_FORM_addrx1 -> 1;
            case DW_FORM_data2, DW_FORM_ref2, DW_FORM_strx2, DW_FORM_addrx2 -> 2;
            case DW_FORM_strx3, DW_FORM_addrx3 -> 3;
            case DW_FORM_data4, DW_FORM_ref4, DW_FORM_ref_sup4, DW_FORM_strx4, DW_FORM_addrx4 -> 4;
            case DW_FORM_data8, DW_FORM_ref8, DW_FORM_ref_sig8, DW_FORM_ref_sup8 -> 8;
            case DW_FORM_data16 -> 16;
            case DW_FORM_sec_offset,
                    DW_FORM_strp,
                    DW_FORM_line_strp,
                    DW_FORM_strp_sup,
                    DW_FORM_GNU_ref_alt,
                    DW_FORM_GNU_strp_alt -> offsetSizeBytes;
            case DW_FORM_ref_addr -> version == 2 ? addressSizeBytes : offsetSizeBytes;
            default -> -1;
        };
    }

    /** Whether a value of the form is an index into .debug_str_offsets. */
    public static boolean isTextIndex(int form) {
        return form == DW_FORM_strx
                || (form >= DW_FORM_strx1 && form <= DW_FORM_strx4)
                || form == DW_FORM_GNU_str_index;
    }

    /** Whether a value of the form is an index into .debug_addr. */
    public static boolean isAddressIndex(int form) {
        return form == DW_FORM_addrx
                || (form >= DW_FORM_addrx1 && form <= DW_FORM_addrx4)
                || form == DW_FORM_GNU_addr_index;
    }

    /**
     * Text of DW_FORM_string, DW_FORM_strp, DW_FORM_line_strp, of the supplementary file, or an index into
     * .debug_str_offsets.
     *
     * @param strOffsetsBase DW_AT_str_offsets_base of the unit
     */
    public String text(ByteCursor cursor, String field, int form, long strOffsetsBase)
            throws MalformedException {
        if (form == DW_FORM_string) {
            return cursor.cString(field, TEXT_BYTES_MAX);
        }
        if (isPlainText(form)) {
            DwarfSection section = form == DW_FORM_strp ? DwarfSection.STR : DwarfSection.LINE_STR;
            return textAt(section, number(cursor, field, form));
        }
        if (isSupplementaryText(form)) {
            long offset = number(cursor, field, form);
            Optional<DwarfSections> supplementary = sections.supplementary();
            if (supplementary.isEmpty()) {
                throw cursor.malformed(
                        field, "text of a file that is not here", "text that is here");
            }
            return supplementary
                    .get()
                    .require(DwarfSection.STR)
                    .terminatedString("string", offset, TEXT_BYTES_MAX);
        }
        if (isTextIndex(form)) {
            return textByIndex(number(cursor, field, form), strOffsetsBase);
        }
        throw wrongForm(cursor, field, form, "a form that holds text");
    }

    /** The text that an index into .debug_str_offsets means (DWARF 5, section 7.26). */
    public String textByIndex(long index, long strOffsetsBase) throws MalformedException {
        ByteSource offsets = sections.require(DwarfSection.STR_OFFSETS);
        if (Long.compareUnsigned(index, offsets.sizeBytes() / offsetSizeBytes) >= 0) {
            throw offsets.malformed(
                    "index",
                    0,
                    "index " + Long.toUnsignedString(index),
                    "an index within the section");
        }
        return textAt(
                DwarfSection.STR,
                offsets.unsigned(
                        "offset", strOffsetsBase + index * offsetSizeBytes, offsetSizeBytes));
    }

    /** The address that an index into .debug_addr means (DWARF 5, section 7.27). */
    public long addressByIndex(long index, long addrBase) throws MalformedException {
        ByteSource addresses = sections.require(DwarfSection.ADDR);
        if (Long.compareUnsigned(index, addresses.sizeBytes() / addressSizeBytes) >= 0) {
            throw addresses.malformed(
                    "index",
                    0,
                    "index " + Long.toUnsignedString(index),
                    "an index within the section");
        }
        return addresses.unsigned("address", addrBase + index * addressSizeBytes, addressSizeBytes);
    }

    private String textAt(DwarfSection section, long offset) throws MalformedException {
        return sections.require(section).terminatedString("string", offset, TEXT_BYTES_MAX);
    }

    private static void skipString(ByteCursor cursor, String field) throws MalformedException {
        while (cursor.u1(field) != 0) {
            // every step reads a byte of the section, so this ends with it
        }
    }

    private static long u3(ByteCursor cursor, String field) throws MalformedException {
        int one = cursor.u1(field);
        int two = cursor.u1(field);
        int three = cursor.u1(field);
        boolean little = cursor.source().order() == java.nio.ByteOrder.LITTLE_ENDIAN;
        return little ? one | two << 8 | three << 16 : one << 16 | two << 8 | three;
    }

    private static MalformedException wrongForm(
            ByteCursor cursor, String field, int form, String allowed) {
        return cursor.malformed(field, "form 0x" + Integer.toHexString(form), allowed);
    }
}
