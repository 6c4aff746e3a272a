package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.pe.PeDirectory;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLimits;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The entries of .pdata by where their functions begin, whatever else an entry holds. Linkers sort
 * them; one that is not sorted is searched from end to end.
 */
final class FunctionIndex {
    private final ByteSource entries;
    private final int entryBytes;
    private final long count;
    private final boolean sorted;

    private FunctionIndex(ByteSource entries, int entryBytes, long count, boolean sorted) {
        this.entries = entries;
        this.entryBytes = entryBytes;
        this.count = count;
        this.sorted = sorted;
    }

    /** The image's table; empty where it has none. A cut one is read as far as it goes. */
    static Optional<FunctionIndex> read(PeImage image, int entryBytes, Diagnostics diagnostics)
            throws MalformedException {
        Optional<PeDirectory.Place> place = image.header().directory(PeDirectory.EXCEPTION);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        long stated = place.get().sizeBytes() / entryBytes;
        long limited = Math.min(stated, image.limits().max(PeLimits.FUNCTIONS));
        ByteSource table = image.view(".pdata", place.get().rva(), limited * entryBytes);
        long present = Math.min(limited, table.sizeBytes() / entryBytes);
        if (present < stated) {
            diagnostics.report(
                    table.malformed(
                            "entries",
                            0,
                            "%,d of %,d".formatted(present, stated),
                            "all of them, at most %,d"
                                    .formatted(image.limits().max(PeLimits.FUNCTIONS))),
                    "functions behind those cannot be unwound by it");
        }
        return Optional.of(of(table, entryBytes, present, diagnostics));
    }

    /** A table that is in no image. One beyond the limit is read as far as that. */
    static FunctionIndex of(
            ByteSource table, int entryBytes, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        long stated = table.sizeBytes() / entryBytes;
        long present = Math.min(stated, limits.max(PeLimits.FUNCTIONS));
        if (present < stated) {
            diagnostics.report(
                    table.malformed(
                            "entries",
                            0,
                            "%,d".formatted(stated),
                            "at most %,d".formatted(limits.max(PeLimits.FUNCTIONS))),
                    "functions behind those cannot be unwound by it");
        }
        return of(table, entryBytes, present, diagnostics);
    }

    private static FunctionIndex of(
            ByteSource table, int entryBytes, long present, Diagnostics diagnostics)
            throws MalformedException {
        long count = present;
        while (count > 0 && table.u4("BeginAddress", (count - 1) * entryBytes) == 0) {
            count--; // padding
        }
        boolean sorted = true;
        for (long index = 1; index < count && sorted; index++) {
            long at = index * entryBytes;
            sorted = table.u4("BeginAddress", at - entryBytes) <= table.u4("BeginAddress", at);
            if (!sorted) {
                diagnostics.report(
                        table.malformed(
                                "BeginAddress", at, "an entry below the one before", "sorted ones"),
                        "each search looks at all entries");
            }
        }
        return new FunctionIndex(table, entryBytes, count, sorted);
    }

    long count() {
        return count;
    }

    /** An entry's bytes. */
    ByteSource entry(long index) throws MalformedException {
        return entries.slice("RUNTIME_FUNCTION", index * entryBytes, entryBytes);
    }

    /** The entry whose function begins closest at or below an rva. */
    OptionalLong atOrBelow(long rva) throws MalformedException {
        return sorted ? bySearch(rva) : byLooking(rva);
    }

    private OptionalLong bySearch(long rva) throws MalformedException {
        long low = 0;
        long high = count;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (begin(middle) <= rva) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? OptionalLong.empty() : OptionalLong.of(low - 1);
    }

    private OptionalLong byLooking(long rva) throws MalformedException {
        long found = -1;
        long best = -1;
        for (long index = 0; index < count; index++) {
            long begin = begin(index);
            if (begin <= rva && begin >= best) {
                best = begin;
                found = index;
            }
        }
        return found < 0 ? OptionalLong.empty() : OptionalLong.of(found);
    }

    private long begin(long index) throws MalformedException {
        return entries.u4("BeginAddress", index * entryBytes);
    }
}
