package dev.mortem.format.pe;

import dev.mortem.base.limit.Limit;

/** What bounds the reading of a PE image. */
public final class PeLimits {
    public static final Limit VIEW_BYTES = new Limit(
            "a part of an image in memory",
            64L << 20,
            "bytes",
            "it is copied; the largest table of a browser's library has some 10 MB");

    public static final Limit NAME_BYTES = new Limit(
            "a name in a PE image",
            1 << 14,
            "bytes",
            "Visual C++ cuts decorated names at 4,096; others of templates may be longer");

    public static final Limit NAMES_BYTES = new Limit(
            "all exported names of an image",
            64L << 20,
            "bytes",
            "60,000 names of 100 bytes have 6 MB; every entry may point at the same long name");

    public static final Limit EXPORTS =
            new Limit("exports of an image", 1 << 16, "entries", "an ordinal has 16 bits");

    public static final Limit DEBUG_ENTRIES =
            new Limit("entries of a debug directory", 256, "entries", "linkers write at most ten");

    public static final Limit SYMBOLS = new Limit(
            "COFF symbols",
            1 << 22,
            "entries",
            "a large program of mingw's has some 200,000; each takes 18 bytes of the file anyway");

    public static final Limit RESOURCE_ENTRIES = new Limit(
            "entries of a level of the resource tree that are looked at",
            4096,
            "entries",
            "there are some 30 types, and a version has one name and a few languages");

    public static final Limit VERSION_BYTES =
            new Limit("a version resource", 1 << 16, "bytes", "its own length field has 16 bits");

    public static final Limit VERSION_STRINGS = new Limit(
            "strings of a version resource",
            1024,
            "entries",
            "there are a dozen for each language");

    public static final Limit FUNCTIONS = new Limit(
            "entries of .pdata",
            1 << 22,
            "entries",
            "a browser's library has some 500,000; each takes 8 bytes or 12 of the image anyway");

    public static final Limit UNWIND_CHAIN = new Limit(
            "chained unwind information",
            32,
            "entries",
            "Windows itself gives up behind 32; compilers chain two or three");

    private PeLimits() {}
}
