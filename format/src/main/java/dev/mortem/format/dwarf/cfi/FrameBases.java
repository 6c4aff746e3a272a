package dev.mortem.format.dwarf.cfi;

import java.util.OptionalLong;

/**
 * What the pointers of a section count from. Addresses are svma.
 *
 * @param sectionAddress of the section itself
 * @param textAddress of {@code .text}, for DW_EH_PE_textrel
 * @param dataAddress of {@code .got} for {@code .eh_frame}, of the section itself for
 *     {@code .eh_frame_hdr}, for DW_EH_PE_datarel
 * @param addressSizeBytes 4 or 8
 * @param pointers the module's own memory, for DW_EH_PE_indirect
 */
public record FrameBases(
        long sectionAddress,
        OptionalLong textAddress,
        OptionalLong dataAddress,
        int addressSizeBytes,
        PointerReader pointers) {
    public FrameBases {
        if (addressSizeBytes != 4 && addressSizeBytes != 8) {
            throw new IllegalArgumentException("an address of " + addressSizeBytes + " bytes");
        }
    }

    /** Reads a pointer of the module at its svma. */
    @FunctionalInterface
    public interface PointerReader {
        OptionalLong pointerAt(long svma);
    }

    /** Bases of a section whose pointers count from itself only, as compilers write them today. */
    public static FrameBases of(long sectionAddress, int addressSizeBytes) {
        return new FrameBases(
                sectionAddress,
                OptionalLong.empty(),
                OptionalLong.of(sectionAddress),
                addressSizeBytes,
                svma -> OptionalLong.empty());
    }

    /** The address as one of this size has it. */
    long cut(long address) {
        return addressSizeBytes == 4 ? address & 0xffff_ffffL : address;
    }
}
