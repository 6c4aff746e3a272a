package dev.mortem.format.codeview;

/** The kinds of symbol records that are read (microsoft-pdb, cvinfo.h: SYM_ENUM_e). */
public final class SymbolKind {
    public static final int S_END = 0x0006;
    public static final int S_PUB32_ST = 0x1009;
    public static final int S_LPROC32_ST = 0x100a;
    public static final int S_GPROC32_ST = 0x100b;
    public static final int S_THUNK32 = 0x1102;
    public static final int S_BLOCK32 = 0x1103;
    public static final int S_LABEL32 = 0x1105;
    public static final int S_PUB32 = 0x110e;
    public static final int S_LPROC32 = 0x110f;
    public static final int S_GPROC32 = 0x1110;
    public static final int S_SEPCODE = 0x1132;
    public static final int S_COMPILE2 = 0x1116;
    public static final int S_COMPILE3 = 0x113c;
    public static final int S_LPROC32_ID = 0x1146;
    public static final int S_GPROC32_ID = 0x1147;
    public static final int S_INLINESITE = 0x114d;
    public static final int S_INLINESITE_END = 0x114e;
    public static final int S_PROC_ID_END = 0x114f;
    public static final int S_LPROC32_DPC = 0x1155;
    public static final int S_LPROC32_DPC_ID = 0x1156;
    public static final int S_INLINESITE2 = 0x115d;

    private SymbolKind() {}

    /** Of a function, with its code's place and size. */
    public static boolean isProcedure(int kind) {
        return switch (kind) {
            case S_LPROC32,
                    S_GPROC32,
                    S_LPROC32_ID,
                    S_GPROC32_ID,
                    S_LPROC32_DPC,
                    S_LPROC32_DPC_ID,
                    S_LPROC32_ST,
                    S_GPROC32_ST -> true;
            default -> false;
        };
    }

    /** Begins a call that was inlined. */
    public static boolean isInlineSite(int kind) {
        return kind == S_INLINESITE || kind == S_INLINESITE2;
    }

    /** Ends what a procedure, thunk, block or inline site began. */
    public static boolean isEnd(int kind) {
        return kind == S_END || kind == S_PROC_ID_END || kind == S_INLINESITE_END;
    }

    /** Whether an end belongs to it. */
    public static boolean opensScope(int kind) {
        return isProcedure(kind)
                || isInlineSite(kind)
                || kind == S_THUNK32
                || kind == S_BLOCK32
                || kind == S_SEPCODE;
    }

    /** Of compilers before Visual C++ 7.1: names have their length in front instead of a NUL behind. */
    static boolean hasCountedName(int kind) {
        return kind == S_PUB32_ST || kind == S_LPROC32_ST || kind == S_GPROC32_ST;
    }
}
