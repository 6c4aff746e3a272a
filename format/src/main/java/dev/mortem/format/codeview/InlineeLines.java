package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * DEBUG_S_INLINEELINES, where the inlined functions of a module begin in their sources (microsoft-pdb,
 * cvinfo.h: CV_InlineeSourceLine). A signature u4; each entry: inlinee, fileId, sourceLineNum: u4 each;
 * with signature 1 then countOfExtraFiles u4 and so many file ids.
 */
public final class InlineeLines {
    private static final int EXTRA_FILES = 1;
    private static final int SIGNATURE_BYTES = 4;
    private static final int ENTRY_BYTES = 12;

    /**
     * @param fileId as of {@link FileChecksums}
     * @param line the function's first
     */
    public record Entry(long inlinee, long fileId, int line) {}

    /** Takes entries with their offsets in the subsection. */
    @FunctionalInterface
    public interface Entries {
        void take(long inlinee, long offset);
    }

    private InlineeLines() {}

    /** Gives out where the entries are. */
    public static void forEach(ByteSource subsection, Entries entries) throws MalformedException {
        boolean extra = subsection.u4("signature", 0) == EXTRA_FILES;
        long at = SIGNATURE_BYTES;
        while (at + ENTRY_BYTES <= subsection.sizeBytes()) {
            entries.take(subsection.u4("inlinee", at), at);
            at += ENTRY_BYTES;
            if (extra) {
                at += 4 + 4 * subsection.u4("countOfExtraFiles", at);
            }
        }
    }

    public static Entry read(ByteSource subsection, long offset) throws MalformedException {
        return new Entry(
                subsection.u4("inlinee", offset),
                subsection.u4("fileId", offset + 4),
                subsection.s4("sourceLineNum", offset + 8));
    }
}
