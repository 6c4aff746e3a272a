package dev.mortem.format.cab;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * CFFILE ([MS-CAB], section 2.4): cbFile 4, uoffFolderStart 4, iFolder 2, date 2, time 2, attribs 2, then
 * szName with its NUL.
 *
 * @param name as it stands, perhaps with folders of Windows in it; never a path to write to
 * @param sizeBytes unpacked
 * @param folderOffset of its first byte in what its folder unpacks to
 * @param folder index of its folder
 */
public record CabEntry(String name, long sizeBytes, long folderOffset, int folder) {
    /** All that is fixed of an entry, and the NUL of an empty name. */
    static final int SIZE_BYTES_MIN = 17;

    private static final int NAME_BYTES_MAX = 256;
    private static final int NAME_IS_UTF = 0x80;

    /** From this number on, a part of the file is in another cabinet. */
    private static final int CONTINUED = 0xfffd;

    static CabEntry read(ByteCursor cursor) throws MalformedException {
        long sizeBytes = cursor.u4("cbFile");
        long offset = cursor.u4("uoffFolderStart");
        int folder = cursor.u2("iFolder");
        if (folder >= CONTINUED) {
            throw cursor.malformed(
                    "iFolder",
                    "a file of which a part is in another cabinet",
                    "files that are whole are read");
        }
        cursor.skip("date, time", 4);
        int attributes = cursor.u2("attribs");
        Charset charset = (attributes & NAME_IS_UTF) != 0
                ? StandardCharsets.UTF_8
                : StandardCharsets.ISO_8859_1;
        long at = cursor.position();
        String name = cursor.source().cString("szName", at, NAME_BYTES_MAX, charset);
        cursor.cString("szName", NAME_BYTES_MAX);
        return new CabEntry(name, sizeBytes, offset, folder);
    }
}
