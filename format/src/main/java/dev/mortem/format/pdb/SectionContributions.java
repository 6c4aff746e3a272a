package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.codeview.CodePlace;
import dev.mortem.format.msf.MsfStream;

import java.util.Optional;

/**
 * Which module each piece of code came from (LLVM documentation, "The PDB DBI Stream",
 * SectionContribSubstream). A version u4; each entry, 28 bytes or, of version 2, 32: 0 Section u2, 4
 * Offset, 8 Size, 12 Characteristics: u4 each; 16 ModuleIndex u2.
 */
final class SectionContributions {
    private static final int VERSION_60 = 0xeffe_0000 + 19_970_605;
    private static final int VERSION_2 = 0xeffe_0000 + 20_140_516;
    private static final int ENTRY_BYTES = 28;
    private static final int ENTRY_BYTES_2 = 32;

    /** IMAGE_SCN_CNT_CODE, IMAGE_SCN_MEM_EXECUTE. */
    private static final long CODE = 0x2000_0020L;

    private final PlaceIndex index;

    /**
     * @param key where it begins, as {@link CodePlace#key} spells it
     * @param module index of the module
     */
    record Contribution(long key, long sizeBytes, int module) {}

    private SectionContributions(PlaceIndex index) {
        this.index = index;
    }

    static SectionContributions none() {
        return new SectionContributions(new PlaceIndex.Builder(1).build());
    }

    static SectionContributions read(
            MsfStream dbi, long at, long sizeBytes, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        PlaceIndex.Builder builder =
                new PlaceIndex.Builder(limits.maxInt(PdbLimits.CONTRIBUTIONS));
        if (sizeBytes < 4) {
            return new SectionContributions(builder.build());
        }
        int entryBytes = switch (dbi.s4("SectionContribs.Version", at)) {
            case VERSION_60 -> ENTRY_BYTES;
            case VERSION_2 -> ENTRY_BYTES_2;
            default ->
                throw dbi.malformed(
                        "SectionContribs.Version",
                        at,
                        Integer.toHexString(dbi.s4("SectionContribs.Version", at)),
                        "f12eba2d or f13151e4");
        };
        long end = at + sizeBytes;
        for (long entry = at + 4; entry + entryBytes <= end; entry += entryBytes) {
            if ((dbi.u4("Characteristics", entry + 12) & CODE) == 0) {
                continue;
            }
            boolean added = builder.add(
                    CodePlace.key(dbi.u2("Section", entry), dbi.u4("Offset", entry + 4)),
                    dbi.s4("Size", entry + 8),
                    dbi.u2("ModuleIndex", entry + 16));
            if (!added) {
                diagnostics.report(
                        dbi.malformed(
                                "SectionContribs",
                                entry,
                                "more entries of code",
                                "at most %,d".formatted(limits.max(PdbLimits.CONTRIBUTIONS))),
                        "functions behind them have no names");
                break;
            }
        }
        return new SectionContributions(builder.build());
    }

    Optional<Contribution> at(long key) {
        int found = index.covering(key);
        return found < 0 ? Optional.empty() : Optional.of(contribution(found));
    }

    int count() {
        return index.count();
    }

    private Contribution contribution(int found) {
        return new Contribution(index.key(found), index.size(found), index.value(found));
    }
}
