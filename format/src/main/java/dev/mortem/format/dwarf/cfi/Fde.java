package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;

import java.util.OptionalLong;

/**
 * A Frame Description Entry (DWARF 5, 6.4.1; LSB Core, 10.6.1.2): the frame information of one range of
 * code.
 *
 * @param offset of the entry in its section
 * @param bases what its pointers count from
 * @param sectionFileOffset where its section lies in the file
 * @param range the code, in svma
 * @param languageData its language specific data area, where it has one
 */
public record Fde(
        long offset,
        Cie cie,
        FrameBases bases,
        long sectionFileOffset,
        AddressRange range,
        OptionalLong languageData,
        ByteSource instructions) {
    /** What pointers inside the instructions count from: the cursor reads those, not the section. */
    FrameBases instructionBases(ByteCursor cursor) {
        long intoSection = cursor.source().fileOffset() - sectionFileOffset;
        return new FrameBases(
                bases.sectionAddress() + intoSection,
                bases.textAddress(),
                bases.dataAddress(),
                cie.addressSizeBytes(),
                bases.pointers());
    }
}
