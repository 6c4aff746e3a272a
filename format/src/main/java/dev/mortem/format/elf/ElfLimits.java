package dev.mortem.format.elf;

import dev.mortem.base.limit.Limit;

/** What bounds the reading of an ELF file. */
public final class ElfLimits {
    public static final Limit PROGRAM_HEADERS = new Limit(
            "ELF program headers",
            1 << 20,
            "entries",
            "a core has one for each mapping; vm.max_map_count is 65,530, and 262,144 or more on"
                    + " servers of databases and search engines");

    public static final Limit SECTION_HEADERS = new Limit(
            "ELF section headers",
            1 << 17,
            "entries",
            "a linked file has under 100; object files of one section a function stay below this");

    public static final Limit SECTION_NAME_BYTES = new Limit(
            "ELF section name",
            256,
            "bytes",
            "names of linked files have under 30; every header may point at the same long text");

    public static final Limit NOTES = new Limit(
            "notes of a segment or section",
            1 << 18,
            "entries",
            "a core has about 6 a thread; 40,000 threads are more than a process was seen with");

    public static final Limit NOTE_OWNER_BYTES =
            new Limit("a note's owner", 256, "bytes", "owners are words such as CORE and FreeBSD");

    public static final Limit SYMBOLS = new Limit(
            "ELF symbols",
            1 << 25,
            "entries",
            "a browser with all its symbols has 3 million; each takes 24 bytes of the file anyway");

    public static final Limit SYMBOL_NAME_BYTES = new Limit(
            "a symbol's name",
            1 << 16,
            "bytes",
            "names of C++ templates reach some 10,000 bytes; beyond, nobody reads them");

    public static final Limit INFLATED_BYTES = new Limit(
            "a compressed section when inflated",
            1L << 30,
            "bytes",
            "the largest .debug_info seen has some 700 MB; a kilobyte can claim any size");

    public static final Limit DYNAMIC_ENTRIES = new Limit(
            "entries of PT_DYNAMIC", 4096, "entries", "a library has about 30, one a dependency");

    private ElfLimits() {}
}
