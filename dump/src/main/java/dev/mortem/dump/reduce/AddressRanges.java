package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Sets of addresses as lists of ranges. */
final class AddressRanges {
    private AddressRanges() {}

    /** The same addresses, by ascending range; none touches another. */
    static List<AddressRange> merged(Collection<AddressRange> ranges) {
        List<AddressRange> sorted = new ArrayList<>(ranges);
        sorted.removeIf(AddressRange::isEmpty);
        sorted.sort(null);
        List<AddressRange> merged = new ArrayList<>();
        for (AddressRange next : sorted) {
            if (!merged.isEmpty() && touches(merged.getLast(), next)) {
                AddressRange before = merged.removeLast();
                long last = Addresses.max(last(before), last(next));
                merged.add(new AddressRange(before.start(), last - before.start() + 1));
            } else {
                merged.add(next);
            }
        }
        return merged;
    }

    /** Of two that are in order. */
    private static boolean touches(AddressRange before, AddressRange next) {
        return before.contains(next.start()) || (before.end() != 0 && before.end() == next.start());
    }

    static long last(AddressRange range) {
        return range.start() + (range.sizeBytes() - 1);
    }

    /** The whole units of that alignment, a power of 2, that the range touches. */
    static AddressRange widened(AddressRange range, int alignment) {
        if (range.isEmpty()) {
            return range;
        }
        long start = Addresses.alignDown(range.start(), alignment);
        long last = last(range) | (alignment - 1L);
        return AddressRange.ofSize(start, last - start + 1);
    }
}
