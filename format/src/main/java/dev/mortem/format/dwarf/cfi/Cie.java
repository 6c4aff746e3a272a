package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.ByteSource;

import java.util.OptionalLong;

/**
 * A Common Information Entry (DWARF 5, 6.4.1; LSB Core, 10.6.1.1): what many functions share. A section
 * reads each of its CIEs once.
 *
 * @param offset of the entry in its section
 * @param version 1, 3 or 4
 * @param augmentation "zR", "zPLR", "zRS", …
 * @param addressSizeBytes 4 or 8
 * @param segmentSizeBytes of the segment selector in front of each address; 0 for none
 * @param codeAlignment factor of all advances
 * @param dataAlignment factor of all offsets
 * @param returnAddressRegister the column that holds the return address
 * @param pointers how addresses are written in its FDEs
 * @param languageData how the pointer to language specific data is written in its FDEs
 * @param personality the personality routine, where it could be read
 * @param signalFrame augmentation S: its functions are frames that the kernel made for a signal
 * @param initialInstructions what every FDE's program begins with
 */
public record Cie(
        long offset,
        int version,
        String augmentation,
        int addressSizeBytes,
        int segmentSizeBytes,
        long codeAlignment,
        long dataAlignment,
        int returnAddressRegister,
        PointerEncoding pointers,
        PointerEncoding languageData,
        OptionalLong personality,
        boolean signalFrame,
        ByteSource initialInstructions) {
    /** Whether each FDE has augmentation data, with its size in front. */
    boolean hasAugmentationData() {
        return augmentation.startsWith("z");
    }
}
