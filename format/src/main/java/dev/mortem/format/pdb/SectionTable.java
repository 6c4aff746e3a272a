package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.CodePlace;
import dev.mortem.format.msf.MsfStream;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The image's section headers as the linker put them into the PDB: IMAGE_SECTION_HEADER, 40 bytes each
 * ("PE Format", "Section Table"), of which 8 VirtualSize and 12 VirtualAddress count here.
 */
final class SectionTable {
    private static final int ENTRY_BYTES = 40;

    /** A PE file numbers them with 16 bits and Windows takes 96. */
    private static final int SECTIONS_MAX = 1 << 12;

    private final long[] rvas;
    private final long[] sizes;

    private SectionTable(long[] rvas, long[] sizes) {
        this.rvas = rvas;
        this.sizes = sizes;
    }

    static SectionTable none() {
        return new SectionTable(new long[0], new long[0]);
    }

    static SectionTable read(MsfStream stream) throws MalformedException {
        int count = (int) Math.min(SECTIONS_MAX, stream.sizeBytes() / ENTRY_BYTES);
        long[] rvas = new long[count];
        long[] sizes = new long[count];
        for (int section = 0; section < count; section++) {
            long at = (long) ENTRY_BYTES * section;
            sizes[section] = stream.u4("VirtualSize", at + 8);
            rvas[section] = stream.u4("VirtualAddress", at + 12);
        }
        return new SectionTable(rvas, sizes);
    }

    boolean isEmpty() {
        return rvas.length == 0;
    }

    /** Where the section has what is at an rva. */
    Optional<CodePlace> place(long rva) {
        for (int section = 0; section < rvas.length; section++) {
            if (rva >= rvas[section] && rva - rvas[section] < sizes[section]) {
                return Optional.of(new CodePlace(section + 1, rva - rvas[section]));
            }
        }
        return Optional.empty();
    }

    /** Empty where there is no such section. */
    OptionalLong rva(long key) {
        int section = (int) (key >>> 32) - 1;
        return section >= 0 && section < rvas.length
                ? OptionalLong.of(rvas[section] + (key & 0xffff_ffffL) & 0xffff_ffffL)
                : OptionalLong.empty();
    }
}
