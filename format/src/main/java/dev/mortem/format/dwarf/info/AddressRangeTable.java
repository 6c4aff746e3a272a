package dev.mortem.format.dwarf.info;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * {@code .debug_aranges}: which unit covers which svmas, without reading the units (DWARF 5, section
 * 6.1.2). Compilers may leave it out, wholly or for some units.
 */
public final class AddressRangeTable {
    /** Takes what the table holds. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * @param unitOffset of the unit's header in .debug_info; unchecked
         * @param range not empty
         * @return whether to go on
         */
        boolean range(long unitOffset, AddressRange range);
    }

    private AddressRangeTable() {}

    /** Gives the visitor each range of each set; throws at the first broken set. */
    public static void read(ByteSource section, Visitor visitor) throws MalformedException {
        long offset = 0;
        while (offset < section.sizeBytes()) {
            ByteCursor cursor = section.cursor(offset);
            InitialLength length = InitialLength.read(cursor, "unit_length");
            if (!readSet(section, offset, cursor, length, visitor)) {
                return;
            }
            offset = length.end();
        }
    }

    private static boolean readSet(
            ByteSource section,
            long start,
            ByteCursor cursor,
            InitialLength length,
            Visitor visitor)
            throws MalformedException {
        int version = cursor.u2("version");
        if (version != 2) {
            throw section.malformed("version", start, "version " + version, "2");
        }
        long unitOffset = cursor.unsigned("debug_info_offset", length.offsetSizeBytes());
        int addressSize = cursor.u1("address_size");
        UnitHeader.checkAddressSize(section, start, addressSize);
        int segmentSize = cursor.u1("segment_selector_size");
        if (segmentSize != 0) {
            throw section.malformed(
                    "segment_selector_size", start, segmentSize + " bytes", "no segments");
        }
        // The first pair stands at a multiple of its own size, counted from the set's start.
        long pairSize = 2L * addressSize;
        cursor.moveTo("pairs", start + Addresses.alignUp(cursor.position() - start, pairSize));
        while (cursor.position() + pairSize <= length.end()) {
            long address = cursor.unsigned("address", addressSize);
            long size = cursor.unsigned("length", addressSize);
            if (address == 0 && size == 0) {
                return true;
            }
            AddressRange range = AddressRange.ofSize(address, size);
            if (!range.isEmpty() && !visitor.range(unitOffset, range)) {
                return false;
            }
        }
        return true;
    }
}
