package dev.mortem.format.cab;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;

/**
 * CFFOLDER ([MS-CAB], section 2.3): coffCabStart 4, cCFData 2, typeCompress 2, then what the header
 * reserves.
 *
 * @param dataOffset of its first CFDATA in the cabinet
 * @param blocks how many CFDATA it has
 * @param compression typeCompress as it stands
 */
record CabFolder(long dataOffset, int blocks, int compression) {
    static final int SIZE_BYTES = 8;

    private static final int TYPE_MASK = 0x0f;
    private static final int STORED = 0;
    private static final int MSZIP = 1;
    private static final int QUANTUM = 2;
    private static final int LZX = 3;

    static CabFolder read(ByteCursor cursor, int reservedBytes) throws MalformedException {
        CabFolder folder = new CabFolder(
                cursor.u4("coffCabStart"), cursor.u2("cCFData"), cursor.u2("typeCompress"));
        cursor.skip("abReserve", reservedBytes);
        return folder;
    }

    /** What unpacks its blocks, one after the other; the caller closes it. */
    BlockDecoder decoder(ByteCursor at) throws MalformedException {
        return switch (compression & TYPE_MASK) {
            case STORED -> BlockDecoder.STORED;
            case MSZIP -> new MsZipBlocks();
            case LZX -> {
                int windowBits = (compression >>> 8) & 0x1f;
                if (windowBits < LzxBlocks.WINDOW_BITS_MIN
                        || windowBits > LzxBlocks.WINDOW_BITS_MAX) {
                    throw at.malformed(
                            "typeCompress",
                            "an LZX window of 2^" + windowBits + " bytes",
                            "2^15 to 2^21");
                }
                yield new LzxBlocks(windowBits);
            }
            case QUANTUM ->
                throw at.malformed(
                        "typeCompress", "Quantum compression", "stored, MSZIP and LZX are read");
            default ->
                throw at.malformed(
                        "typeCompress",
                        "compression " + (compression & TYPE_MASK),
                        "0 (stored), 1 (MSZIP) or 3 (LZX)");
        };
    }
}
