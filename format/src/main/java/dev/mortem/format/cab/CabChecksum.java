package dev.mortem.format.cab;

/** The checksum of a CFDATA ([MS-CAB], section 3.1): little-endian words, one xor the other. */
final class CabChecksum {
    private CabChecksum() {}

    /** @param sizes cbData and, in the upper half, cbUncomp: they stand before the data */
    static int of(byte[] data, int dataBytes, int sizes) {
        int sum = sizes;
        int at = 0;
        for (; at + 4 <= dataBytes; at += 4) {
            sum ^= u1(data, at)
                    | u1(data, at + 1) << 8
                    | u1(data, at + 2) << 16
                    | u1(data, at + 3) << 24;
        }
        // of what is left the first byte counts most
        int rest = 0;
        for (; at < dataBytes; at++) {
            rest = rest << 8 | u1(data, at);
        }
        return sum ^ rest;
    }

    private static int u1(byte[] data, int at) {
        return Byte.toUnsignedInt(data[at]);
    }
}
