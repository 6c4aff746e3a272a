package dev.mortem.format.dwarf.info;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteOrder;

/**
 * {@code .gdb_index}: which unit covers which svmas, as linkers write it for gdb (GDB manual, appendix
 * "Index Section Format", versions 4 to 9). Always little-endian. Its table of names is not read.
 */
final class GdbIndex {
    private static final int VERSION_MIN = 4;
    private static final int VERSION_MAX = 9;
    private static final int UNIT_BYTES = 16;
    private static final int AREA_BYTES = 20;

    private GdbIndex() {}

    /** Gives the visitor each range of the address area. */
    static void read(ByteSource section, AddressRangeTable.Visitor visitor)
            throws MalformedException {
        ByteSource index = section.withOrder(ByteOrder.LITTLE_ENDIAN);
        long version = index.u4("version", 0);
        if (version < VERSION_MIN || version > VERSION_MAX) {
            throw index.malformed("version", 0, "version " + version, "4 to 9");
        }
        long unitsAt = index.u4("CU list", 4);
        long typesAt = index.u4("types CU list", 8);
        long areasAt = index.u4("address area", 12);
        long symbolsAt = index.u4("symbol table", 16);
        boolean ordered = unitsAt <= typesAt && typesAt <= areasAt && areasAt <= symbolsAt;
        if (!ordered) {
            throw index.malformed("offsets", 4, "areas out of order", "areas one after the other");
        }
        ByteSource units = index.slice("CU list", unitsAt, typesAt - unitsAt);
        ByteSource areas = index.slice("address area", areasAt, symbolsAt - areasAt);
        for (long at = 0; at + AREA_BYTES <= areas.sizeBytes(); at += AREA_BYTES) {
            long low = areas.u8("low address", at);
            long high = areas.u8("high address", at + 8);
            long unit = areas.u4("CU index", at + 16);
            long unitOffset = units.u8("CU offset", unit * UNIT_BYTES);
            boolean proper = Long.compareUnsigned(low, high) < 0;
            if (proper && !visitor.range(unitOffset, AddressRange.between(low, high))) {
                return;
            }
        }
    }
}
