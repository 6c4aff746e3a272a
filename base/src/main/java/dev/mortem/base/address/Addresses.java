package dev.mortem.base.address;

/** Unsigned arithmetic and printing that {@link Long} does not name. */
public final class Addresses {
    private Addresses() {}

    /** {@code 0x} and the digits without leading zeros: the way reports and JSON print an address. */
    public static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }

    public static long max(long one, long other) {
        return Long.compareUnsigned(one, other) >= 0 ? one : other;
    }

    public static long min(long one, long other) {
        return Long.compareUnsigned(one, other) <= 0 ? one : other;
    }

    public static boolean isBelow(long address, long bound) {
        return Long.compareUnsigned(address, bound) < 0;
    }

    /** {@code address} without the bits below {@code alignment}, which is a power of two. */
    public static long alignDown(long address, long alignment) {
        return address & -alignment;
    }

    /** The next multiple of {@code alignment}, a power of two; 0 where that is 2^64. */
    public static long alignUp(long address, long alignment) {
        return (address + alignment - 1) & -alignment;
    }
}
