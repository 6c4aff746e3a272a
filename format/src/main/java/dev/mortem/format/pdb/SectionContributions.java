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
 *
 * <p>Linkers write them in the order of their places, and then they are read where they lie; nobody
 * promises it, so what is not found that way is looked for in an index. Safe for any thread.
 */
final class SectionContributions {
    private static final int VERSION_60 = 0xeffe_0000 + 19_970_605;
    private static final int VERSION_2 = 0xeffe_0000 + 20_140_516;
    private static final int ENTRY_BYTES = 28;
    private static final int ENTRY_BYTES_2 = 32;

    /** IMAGE_SCN_CNT_CODE, IMAGE_SCN_MEM_EXECUTE. */
    private static final long CODE = 0x2000_0020L;

    private final MsfStream dbi;
    private final long firstAt;
    private final int entryBytes;
    private final long count;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private Optional<PlaceIndex> index = Optional.empty();

    /**
     * @param key where it begins, as {@link CodePlace#key} spells it
     * @param module index of the module
     */
    record Contribution(long key, long sizeBytes, int module) {}

    private SectionContributions(
            DbiStream dbi, int entryBytes, Limits limits, Diagnostics diagnostics) {
        this.dbi = dbi.stream();
        this.firstAt = dbi.contributionsAt() + 4;
        this.entryBytes = entryBytes;
        this.count = Math.max(0, dbi.contributionsBytes() - 4) / entryBytes;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    static SectionContributions read(DbiStream dbi, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        if (dbi.contributionsBytes() < 4) {
            return new SectionContributions(dbi, ENTRY_BYTES, limits, diagnostics);
        }
        long at = dbi.contributionsAt();
        int version = dbi.stream().s4("SectionContribs.Version", at);
        int entryBytes = switch (version) {
            case VERSION_60 -> ENTRY_BYTES;
            case VERSION_2 -> ENTRY_BYTES_2;
            default ->
                throw dbi.stream()
                        .malformed(
                                "SectionContribs.Version",
                                at,
                                Integer.toHexString(version),
                                "f12eba2d or f13151e4");
        };
        return new SectionContributions(dbi, entryBytes, limits, diagnostics);
    }

    boolean isEmpty() {
        return count == 0;
    }

    Optional<Contribution> at(long key) throws MalformedException {
        Optional<Contribution> inOrder = inOrder(key);
        return inOrder.isPresent() ? inOrder : inIndex(key);
    }

    private Optional<Contribution> inOrder(long key) throws MalformedException {
        long low = 0;
        long high = count - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (key(entry(middle)) <= key) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        if (high < 0) {
            return Optional.empty();
        }
        long entry = entry(high);
        Contribution found = new Contribution(
                key(entry), dbi.u4("Size", entry + 8), dbi.u2("ModuleIndex", entry + 16));
        return isCode(entry) && key - found.key() < found.sizeBytes()
                ? Optional.of(found)
                : Optional.empty();
    }

    private synchronized Optional<Contribution> inIndex(long key) throws MalformedException {
        if (index.isEmpty()) {
            index = Optional.of(buildIndex());
        }
        PlaceIndex all = index.get();
        int found = all.covering(key);
        return found < 0
                ? Optional.empty()
                : Optional.of(new Contribution(all.key(found), all.size(found), all.value(found)));
    }

    private PlaceIndex buildIndex() throws MalformedException {
        PlaceIndex.Builder builder = new PlaceIndex.Builder(limits.maxInt(PdbLimits.CONTRIBUTIONS));
        for (long number = 0; number < count; number++) {
            long entry = entry(number);
            boolean taken = !isCode(entry)
                    || builder.add(
                            key(entry),
                            dbi.s4("Size", entry + 8),
                            dbi.u2("ModuleIndex", entry + 16));
            if (!taken) {
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
        return builder.build();
    }

    private long entry(long number) {
        return firstAt + number * entryBytes;
    }

    private long key(long entry) throws MalformedException {
        return CodePlace.key(dbi.u2("Section", entry), dbi.u4("Offset", entry + 4));
    }

    private boolean isCode(long entry) throws MalformedException {
        return (dbi.u4("Characteristics", entry + 12) & CODE) != 0;
    }
}
