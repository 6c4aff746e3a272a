package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * DEBUG_S_FILECHKSMS, a module's source files (LLVM documentation, "CodeView Symbol Records"; cvinfo.h).
 * Each entry: offset of the name in the string table u4, size of the checksum u1, its kind u1, checksum,
 * up to a multiple of four. Lines name a file by its entry's offset in here.
 */
public final class FileChecksums {
    private FileChecksums() {}

    /** Where the file's name stands in the string table. */
    public static long nameOffset(ByteSource subsection, long fileId) throws MalformedException {
        return subsection.u4("offstFileName", fileId);
    }
}
