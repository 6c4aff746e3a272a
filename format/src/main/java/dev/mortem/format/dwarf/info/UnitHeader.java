package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.OptionalLong;

/**
 * The header of a unit (DWARF 5, section 7.5.1; versions 2 to 4: DWARF 4, section 7.5.1.1).
 *
 * @param offset of the header in .debug_info
 * @param end offset of what follows the unit
 * @param type DW_UT_compile, DW_UT_partial …; DW_UT_compile where the version has no types
 * @param offsetSizeBytes 4 in the 32-bit form, 8 in the 64-bit form
 * @param addressSizeBytes 2, 4 or 8
 * @param dieOffset of the unit's first entry in .debug_info
 * @param signature of a type unit, or the id by which a skeleton and its split unit know one another
 */
public record UnitHeader(
        long offset,
        long end,
        int version,
        int type,
        int offsetSizeBytes,
        int addressSizeBytes,
        long abbrevOffset,
        long dieOffset,
        OptionalLong signature) {
    public static final int DW_UT_compile = 0x01;
    public static final int DW_UT_type = 0x02;
    public static final int DW_UT_partial = 0x03;
    public static final int DW_UT_skeleton = 0x04;
    public static final int DW_UT_split_compile = 0x05;
    public static final int DW_UT_split_type = 0x06;

    /** Reads the header at {@code offset} of .debug_info. */
    public static UnitHeader read(ByteSource info, long offset) throws MalformedException {
        ByteCursor cursor = info.cursor(offset);
        InitialLength length = InitialLength.read(cursor, "unit_length");
        int version = cursor.u2("version");
        if (version < 2 || version > 5) {
            throw info.malformed("version", offset, "DWARF version " + version, "2 to 5");
        }
        int type = DW_UT_compile;
        int addressSize;
        long abbrevOffset;
        OptionalLong signature = OptionalLong.empty();
        if (version == 5) {
            type = cursor.u1("unit_type");
            addressSize = cursor.u1("address_size");
            abbrevOffset = cursor.unsigned("debug_abbrev_offset", length.offsetSizeBytes());
            if (type == DW_UT_skeleton || type == DW_UT_split_compile) {
                signature = OptionalLong.of(cursor.u8("dwo_id"));
            } else if (type == DW_UT_type || type == DW_UT_split_type) {
                signature = OptionalLong.of(cursor.u8("type_signature"));
                cursor.skip("type_offset", length.offsetSizeBytes());
            }
        } else {
            abbrevOffset = cursor.unsigned("debug_abbrev_offset", length.offsetSizeBytes());
            addressSize = cursor.u1("address_size");
        }
        checkAddressSize(info, offset, addressSize);
        return new UnitHeader(
                offset,
                length.end(),
                version,
                type,
                length.offsetSizeBytes(),
                addressSize,
                abbrevOffset,
                cursor.position(),
                signature);
    }

    /** Whether it may stand for code; type units and partial units do not. */
    public boolean mayHoldCode() {
        return type == DW_UT_compile || type == DW_UT_skeleton;
    }

    /** Throws where no machine has addresses of so many bytes, as the header at {@code offset} says. */
    public static void checkAddressSize(ByteSource section, long offset, int addressSize)
            throws MalformedException {
        if (addressSize != 2 && addressSize != 4 && addressSize != 8) {
            throw section.malformed(
                    "address_size", offset, addressSize + " bytes", "2, 4 or 8 bytes");
        }
    }
}
