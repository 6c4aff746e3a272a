package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;

import java.util.Arrays;
import java.util.Optional;

/**
 * Where each FDE of a section is, by the start of its code: made by reading the section once. Immutable.
 */
final class FrameIndex {
    /** One function's range, or two of a folded pair, contains the pc; hostile ones may all. */
    private static final int OVERLAP_STEPS_MAX = 16;

    private final FrameSection section;
    private final long[] starts;
    private final long[] offsets;

    private FrameIndex(FrameSection section, long[] starts, long[] offsets) {
        this.section = section;
        this.starts = starts;
        this.offsets = offsets;
    }

    static FrameIndex of(FrameSection section, Limits limits, Diagnostics diagnostics) {
        Collector collector =
                new Collector(limits.maxInt(FrameTable.INDEXED_FDES_MAX), diagnostics);
        try {
            section.scan(false, collector);
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the frame information behind it is not used");
        }
        return collector.sorted(section);
    }

    int count() {
        return starts.length;
    }

    /** The FDE at an index from 0, by ascending start. */
    Optional<Fde> fde(int index, Diagnostics diagnostics) {
        try {
            return Optional.of(section.fdeAt(offsets[index]));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "one function has no frame information");
            return Optional.empty();
        }
    }

    Optional<Fde> find(long svma, Diagnostics diagnostics) {
        int index = lastAtOrBelow(svma);
        for (int steps = 0; index >= 0 && steps < OVERLAP_STEPS_MAX; index--, steps++) {
            Optional<Fde> fde = fde(index, diagnostics);
            if (fde.isPresent() && fde.get().range().contains(svma)) {
                return fde;
            }
        }
        return Optional.empty();
    }

    private int lastAtOrBelow(long svma) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(starts[middle], svma) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private static final class Collector implements FrameSection.FdeSink {
        private final int max;
        private final Diagnostics diagnostics;
        private long[] starts = new long[64];
        private long[] offsets = new long[64];
        private int count;

        Collector(int max, Diagnostics diagnostics) {
            this.max = max;
            this.diagnostics = diagnostics;
        }

        @Override
        public boolean take(Fde fde) {
            if (count == max) {
                MalformedException tooMany = fde.instructions()
                        .malformed("FDE", 0, "more entries", "at most " + max + " of them");
                diagnostics.report(tooMany, "the functions behind it have no frame information");
                return false;
            }
            // A linker that drops a function leaves its FDE with start 0 or no size.
            if (fde.range().isEmpty()) {
                return true;
            }
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, 2 * count);
                offsets = Arrays.copyOf(offsets, 2 * count);
            }
            starts[count] = fde.range().start();
            offsets[count] = fde.offset();
            count++;
            return true;
        }

        @Override
        public void broken(MalformedException malformed) {
            diagnostics.report(malformed, "one function has no frame information");
        }

        /** Sorts indices by start, equal starts by their order in the section. */
        FrameIndex sorted(FrameSection section) {
            Integer[] order = new Integer[count];
            Arrays.setAll(order, index -> index);
            Arrays.sort(order, (one, other) -> Long.compareUnsigned(starts[one], starts[other]));
            long[] sortedStarts = new long[count];
            long[] sortedOffsets = new long[count];
            for (int index = 0; index < count; index++) {
                sortedStarts[index] = starts[order[index]];
                sortedOffsets[index] = offsets[order[index]];
            }
            return new FrameIndex(section, sortedStarts, sortedOffsets);
        }
    }
}
