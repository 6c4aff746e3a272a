package dev.mortem.base.address;

/**
 * A half-open range of unsigned 64-bit addresses: {@code start} and the {@code sizeBytes} after it.
 *
 * <p>A range may end exactly at 2^64 but never wraps: {@link #ofSize} cuts what would lie beyond. The
 * size is unsigned as well, and at most 2^64 - 1.
 */
public record AddressRange(long start, long sizeBytes) implements Comparable<AddressRange> {
    public AddressRange {
        if (sizeBytes != 0 && Long.compareUnsigned(sizeBytes - 1, -1L - start) > 0) {
            throw new IllegalArgumentException("range at %s of %s bytes wraps"
                    .formatted(Addresses.hex(start), Long.toUnsignedString(sizeBytes)));
        }
    }

    /** The range of {@code sizeBytes} from {@code start}, cut where the address space ends. */
    public static AddressRange ofSize(long start, long sizeBytes) {
        long room = -start; // bytes up to 2^64; 0 means all of it
        boolean fits = start == 0 || Long.compareUnsigned(sizeBytes, room) <= 0;
        return new AddressRange(start, fits ? sizeBytes : room);
    }

    /** The range from {@code start} up to, not including, {@code end}; empty when end is not above start. */
    public static AddressRange between(long start, long end) {
        return new AddressRange(start, Long.compareUnsigned(end, start) > 0 ? end - start : 0);
    }

    /** The first address behind the range; 0 for a range that ends at 2^64. */
    public long end() {
        return start + sizeBytes;
    }

    public boolean isEmpty() {
        return sizeBytes == 0;
    }

    public boolean contains(long address) {
        return Long.compareUnsigned(address - start, sizeBytes) < 0
                && Long.compareUnsigned(address, start) >= 0;
    }

    /** Whether all of {@code other} lies inside; an empty range lies nowhere. */
    public boolean contains(AddressRange other) {
        return !other.isEmpty()
                && contains(other.start)
                && contains(other.start + (other.sizeBytes - 1));
    }

    public boolean overlaps(AddressRange other) {
        return !isEmpty() && !other.isEmpty() && (contains(other.start) || other.contains(start));
    }

    /** What both ranges cover; empty, at the later start, when they do not overlap. */
    public AddressRange intersection(AddressRange other) {
        long from = Addresses.max(start, other.start);
        if (!overlaps(other)) {
            return new AddressRange(from, 0);
        }
        long last = Addresses.min(start + (sizeBytes - 1), other.start + (other.sizeBytes - 1));
        return new AddressRange(from, last - from + 1);
    }

    /** By start, then by size, both unsigned. */
    @Override
    public int compareTo(AddressRange other) {
        int byStart = Long.compareUnsigned(start, other.start);
        return byStart != 0 ? byStart : Long.compareUnsigned(sizeBytes, other.sizeBytes);
    }

    @Override
    public String toString() {
        return Addresses.hex(start) + ".."
                + (end() == 0 && sizeBytes != 0 ? "2^64" : Addresses.hex(end()));
    }
}
