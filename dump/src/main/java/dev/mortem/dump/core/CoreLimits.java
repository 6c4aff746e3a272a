package dev.mortem.dump.core;

import dev.mortem.base.limit.Limit;

/** What bounds the reading of a core. */
public final class CoreLimits {
    public static final Limit NOTE_BYTES_KEPT = new Limit(
            "notes kept as they were read",
            64L << 20,
            "bytes",
            "a thread has up to 12 KB, so 5,000 threads fit; a file can claim any number");

    public static final Limit MODULES = new Limit(
            "modules",
            20_000,
            "entries",
            "the largest processes load some 2,000; a list in memory may go round for ever");

    public static final Limit MODULE_HEADER_BYTES = new Limit(
            "headers of a module in memory",
            1 << 16,
            "bytes",
            "ELF header, program headers and the notes behind them take one page");

    public static final Limit PATH_BYTES =
            new Limit("a path in the process's memory", 4096, "bytes", "PATH_MAX of Linux");

    public static final Limit START_BLOCK_WORDS = new Limit(
            "arguments and environment",
            1 << 15,
            "entries",
            "a build server's longest command line has some thousands");

    public static final Limit ARGUMENT_BYTES = new Limit(
            "an argument or an environment entry",
            128 << 10,
            "bytes",
            "MAX_ARG_STRLEN of Linux: 32 pages");

    public static final Limit START_BLOCK_BYTES = new Limit(
            "all arguments and the environment",
            6L << 20,
            "bytes",
            "Linux allows at most 6 MiB; entries may all point at one long text");

    private CoreLimits() {}
}
