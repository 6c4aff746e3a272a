package dev.mortem.format.minidump;

/** MINIDUMP_TYPE: bits of the header's flags (minidumpapiset.h), and what our kinds of dumps ask for. */
public final class MinidumpType {
    public static final long WITH_DATA_SEGMENTS = 0x1;
    public static final long WITH_FULL_MEMORY = 0x2;
    public static final long WITH_HANDLE_DATA = 0x4;
    public static final long FILTER_MEMORY = 0x8;
    public static final long SCAN_MEMORY = 0x10;
    public static final long WITH_UNLOADED_MODULES = 0x20;
    public static final long WITH_INDIRECTLY_REFERENCED_MEMORY = 0x40;
    public static final long FILTER_MODULE_PATHS = 0x80;
    public static final long WITH_PROCESS_THREAD_DATA = 0x100;
    public static final long WITH_PRIVATE_READ_WRITE_MEMORY = 0x200;
    public static final long WITH_FULL_MEMORY_INFO = 0x800;
    public static final long WITH_THREAD_INFO = 0x1000;
    public static final long WITH_CODE_SEGMENTS = 0x2000;
    public static final long WITH_PRIVATE_WRITE_COPY_MEMORY = 0x1_0000;
    public static final long IGNORE_INACCESSIBLE_MEMORY = 0x2_0000;
    public static final long WITH_TOKEN_INFORMATION = 0x4_0000;
    public static final long WITH_MODULE_HEADERS = 0x8_0000;
    public static final long FILTER_TRIAGE = 0x10_0000;
    public static final long VALID_FLAGS = 0x1ff_ffff;

    private MinidumpType() {}

    /** "full", "heap", "triage", "mini" or "custom", as people call what the bits ask for. */
    public static String kind(long flags) {
        if (has(flags, WITH_FULL_MEMORY)) {
            return "full";
        }
        if (has(flags, FILTER_TRIAGE)) {
            return "triage";
        }
        if (has(flags, WITH_PRIVATE_READ_WRITE_MEMORY)) {
            return "heap";
        }
        long beyondMini = WITH_DATA_SEGMENTS | WITH_CODE_SEGMENTS | WITH_PRIVATE_WRITE_COPY_MEMORY;
        return (flags & beyondMini) == 0 ? "mini" : "custom";
    }

    /** Whether the bits ask for that one. */
    public static boolean has(long flags, long bit) {
        return (flags & bit) != 0;
    }
}
