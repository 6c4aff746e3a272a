package dev.mortem.format.codeview;

/**
 * The kinds of subsections of a module's C13 debug information (microsoft-pdb, cvinfo.h:
 * DEBUG_S_SUBSECTION_TYPE). Each begins with its kind and its size: u4 each; the next begins behind it at
 * a multiple of four.
 */
public final class DebugSubsection {
    public static final int HEAD_BYTES = 8;
    public static final int LINES = 0xf2;
    public static final int FILE_CHECKSUMS = 0xf4;
    public static final int INLINEE_LINES = 0xf6;

    private DebugSubsection() {}
}
