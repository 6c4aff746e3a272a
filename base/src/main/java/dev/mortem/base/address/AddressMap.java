package dev.mortem.base.address;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Values found by the address range that each covers. Immutable, safe for any thread; a lookup is a
 * binary search.
 *
 * <p>Where ranges overlap, the value whose range starts last, at or before the address, and contains
 * it wins; hostile input may overlap thousands of times, so a lookup steps back over at most {@value
 * #OVERLAP_STEPS_MAX} neighbours.
 */
public final class AddressMap<T> {
    /** A sound dump has no overlap at all; the bound keeps a hostile one from making lookups linear. */
    private static final int OVERLAP_STEPS_MAX = 16;

    private record Entry<T>(AddressRange range, T value) {}

    private final List<Entry<T>> entries;

    /** Of the entries: a search through them alone would fetch two objects a step. */
    private final long[] starts;

    private AddressMap(List<Entry<T>> entries) {
        this.entries = entries;
        this.starts = new long[entries.size()];
        for (int index = 0; index < starts.length; index++) {
            starts[index] = entries.get(index).range.start();
        }
    }

    /** Maps each value by its range; values with an empty range are left out. */
    public static <T> AddressMap<T> of(Iterable<T> values, Function<T, AddressRange> rangeOf) {
        List<Entry<T>> entries = new ArrayList<>();
        boolean ascending = true;
        for (T value : values) {
            AddressRange range = rangeOf.apply(value);
            if (!range.isEmpty()) {
                ascending = ascending
                        && (entries.isEmpty() || entries.getLast().range.compareTo(range) <= 0);
                entries.add(new Entry<>(range, value));
            }
        }
        // what a dump lists mostly is in order, thousands of regions of it, and is mapped many
        // times
        if (!ascending) {
            entries.sort(Comparator.comparing(Entry::range));
        }
        return new AddressMap<>(List.copyOf(entries));
    }

    public Optional<T> at(long address) {
        int index = lastStartingAtOrBefore(address);
        for (int steps = 0; index >= 0 && steps < OVERLAP_STEPS_MAX; index--, steps++) {
            Entry<T> entry = entries.get(index);
            if (entry.range.contains(address)) {
                return Optional.of(entry.value);
            }
        }
        return Optional.empty();
    }

    /** The value with the lowest range that starts above {@code address}. */
    public Optional<T> nextAbove(long address) {
        int index = lastStartingAtOrBefore(address) + 1;
        return index < entries.size() ? Optional.of(entries.get(index).value) : Optional.empty();
    }

    /** The value with the highest range that starts at or below {@code address}, containing it or not. */
    public Optional<T> lastAtOrBelow(long address) {
        int index = lastStartingAtOrBefore(address);
        return index >= 0 ? Optional.of(entries.get(index).value) : Optional.empty();
    }

    /** All values by ascending start. */
    public List<T> values() {
        return entries.stream().map(Entry::value).toList();
    }

    private int lastStartingAtOrBefore(long address) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(starts[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }
}
