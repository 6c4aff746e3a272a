package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * Where a stripped file's debug file is (GDB manual, Separate Debug Files): the content of
 * .gnu_debuglink is a file name, its NUL, padding to 4 bytes and a CRC-32.
 *
 * @param fileName without a folder
 * @param crc32 of the debug file's bytes, in the low 32 bits; the polynomial of {@link
 *     java.util.zip.CRC32}
 */
public record DebugLink(String fileName, long crc32) {
    static final String SECTION = ".gnu_debuglink";
    private static final int NAME_BYTES_MAX = 4096; // PATH_MAX

    static DebugLink read(ByteSource content) throws MalformedException {
        String fileName = content.cursor(0).cString("file name", NAME_BYTES_MAX);
        long sizeBytes = content.sizeBytes();
        // Counted from the end: the name's own bytes may differ from the decoded text's.
        return new DebugLink(fileName, content.u4("crc", (sizeBytes & -4L) - 4));
    }
}
