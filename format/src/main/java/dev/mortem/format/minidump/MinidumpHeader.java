package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * MINIDUMP_HEADER, 32 bytes (minidumpapiset.h).
 *
 * <pre>
 *  0  Signature: "MDMP"
 *  4  Version: 0xa793 in the low half; the high half belongs to the writer
 *  8  NumberOfStreams
 * 12  StreamDirectoryRva
 * 16  CheckSum: mostly 0
 * 20  TimeDateStamp: seconds since 1970
 * 24  Flags: MINIDUMP_TYPE, 8 bytes
 * </pre>
 *
 * @param timeDateStamp seconds since 1970; 0 where the writer did not care
 * @param flags what the writer was asked for: {@link MinidumpType}
 */
public record MinidumpHeader(long streamCount, long directoryRva, long timeDateStamp, long flags) {
    public static final int SIZE_BYTES = 32;
    public static final int DIRECTORY_ENTRY_BYTES = 12;

    private static final int SIGNATURE = 0x504d_444d;
    private static final int VERSION = 0xa793;

    /** Whether the file starts as a minidump does. */
    public static boolean isMinidump(ByteSource file) {
        try {
            return file.sizeBytes() >= 4 && file.s4("Signature", 0) == SIGNATURE;
        } catch (MalformedException cutWhileMapped) {
            return false;
        }
    }

    static MinidumpHeader read(ByteSource file) throws MalformedException {
        if (!isMinidump(file)) {
            throw file.malformed("Signature", 0, "no minidump", "\"MDMP\"");
        }
        // the version is not judged: writers of other makers put other numbers there
        return new MinidumpHeader(
                file.u4("NumberOfStreams", 8),
                file.u4("StreamDirectoryRva", 12),
                file.u4("TimeDateStamp", 20),
                file.u8("Flags", 24));
    }

    /** The header as bytes. */
    public byte[] write() {
        return ByteBuffer.allocate(SIZE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(SIGNATURE)
                .putInt(VERSION)
                .putInt((int) streamCount)
                .putInt((int) directoryRva)
                .putInt(0)
                .putInt((int) timeDateStamp)
                .putLong(flags)
                .array();
    }
}
