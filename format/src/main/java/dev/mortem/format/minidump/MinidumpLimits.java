package dev.mortem.format.minidump;

import dev.mortem.base.limit.Limit;

/** What bounds the reading of a minidump. */
public final class MinidumpLimits {
    public static final Limit STREAMS = new Limit(
            "streams of a minidump",
            4096,
            "entries",
            "writers use some twenty; an application may add a few of its own");

    public static final Limit TEXT_BYTES = new Limit(
            "a text of a minidump",
            64L << 10,
            "bytes",
            "a UNICODE_STRING of Windows has at most 65,534 bytes");

    public static final Limit TEXTS_BYTES = new Limit(
            "all texts of a minidump together",
            256L << 20,
            "bytes",
            "names of some million handles; entries that point into one another's text would make"
                    + " more of a small file than memory holds");

    public static final Limit THREADS = new Limit(
            "threads of a minidump",
            200_000,
            "entries",
            "Windows runs out of memory for stacks long before; a list costs 48 bytes each");

    public static final Limit MODULES = new Limit(
            "modules of a minidump",
            50_000,
            "entries",
            "the largest processes load some 2,000; a plug-in host ten times as many");

    public static final Limit MEMORY_RANGES = new Limit(
            "memory ranges of a minidump",
            16L << 20,
            "entries",
            "a full dump of 128 GB of scattered pages has some millions of 16 bytes each");

    public static final Limit HANDLES = new Limit(
            "handles of a minidump",
            16L << 20,
            "entries",
            "Windows allows 16,711,680 handles a process");

    public static final Limit OBJECT_INFORMATION = new Limit(
            "blocks of information of one handle",
            16,
            "entries",
            "eight kinds are defined; blocks that point at one another would never end");

    public static final Limit COMMENT_BYTES = new Limit(
            "a comment of a minidump",
            1L << 20,
            "bytes",
            "a command line and a reason; WinDbg's .dump /c takes a line");

    public static final Limit LINUX_TEXT_BYTES = new Limit(
            "a file of /proc in a minidump",
            64L << 20,
            "bytes",
            "/proc/PID/maps of 500,000 mappings");

    public static final Limit ANNOTATIONS = new Limit(
            "annotations of a crash report", 16_384, "entries", "Crashpad allows 200 of a module");

    private MinidumpLimits() {}
}
