package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteOrder;

/**
 * VS_FIXEDFILEINFO, 52 bytes (verrsrc.h): dwSignature, dwStrucVersion, dwFileVersionMS and LS,
 * dwProductVersionMS and LS, dwFileFlagsMask, dwFileFlags, dwFileOS, dwFileType, dwFileSubtype,
 * dwFileDateMS and LS: 4 each. Stands in the version resource and in the module list of a minidump.
 *
 * @param fileVersion four numbers of 16 bits, the first the highest
 * @param productVersion likewise
 * @param fileFlags VS_FF_*, those that dwFileFlagsMask says are valid
 */
public record FixedFileInfo(long fileVersion, long productVersion, int fileFlags, int fileType) {
    public static final int SIZE_BYTES = 52;
    public static final int SIGNATURE = 0xfeef_04bd;

    /** Reads one; throws where it is cut or its signature is another. */
    public static FixedFileInfo read(ByteSource info) throws MalformedException {
        ByteSource bytes =
                info.withOrder(ByteOrder.LITTLE_ENDIAN).slice("VS_FIXEDFILEINFO", 0, SIZE_BYTES);
        int signature = bytes.s4("dwSignature", 0);
        if (signature != SIGNATURE) {
            throw bytes.malformed(
                    "dwSignature", 0, "0x" + Integer.toHexString(signature), "0xfeef04bd");
        }
        return new FixedFileInfo(
                bytes.u4("dwFileVersionMS", 8) << 32 | bytes.u4("dwFileVersionLS", 12),
                bytes.u4("dwProductVersionMS", 16) << 32 | bytes.u4("dwProductVersionLS", 20),
                bytes.s4("dwFileFlags", 28) & bytes.s4("dwFileFlagsMask", 24),
                bytes.s4("dwFileType", 36));
    }

    /** "10.0.19041.1". */
    public String fileVersionText() {
        return text(fileVersion);
    }

    /** "10.0.19041.1". */
    public String productVersionText() {
        return text(productVersion);
    }

    private static String text(long version) {
        return "%d.%d.%d.%d"
                .formatted(
                        version >>> 48,
                        version >>> 32 & 0xffff,
                        version >>> 16 & 0xffff,
                        version & 0xffff);
    }
}
