package dev.mortem.format.pdb;

import dev.mortem.base.limit.Limit;

/** What bounds the reading of a PDB. */
public final class PdbLimits {
    static final Limit MODULES = new Limit(
            "modules of a PDB", 1 << 16, "modules", "contributions name them with 16 bits");

    static final Limit CONTRIBUTIONS = new Limit(
            "section contributions of a PDB",
            3 << 20,
            "entries",
            "a browser's library has some 1,000,000 of code; each takes 14 bytes of heap");

    static final Limit PROCEDURES = new Limit(
            "functions of one module of a PDB",
            1 << 20,
            "functions",
            "a browser that is optimised as a whole is one module with some 500,000; each takes 32"
                    + " bytes of heap while it is indexed");

    static final Limit LINE_RUNS = new Limit(
            "runs of lines of one module of a PDB",
            1 << 20,
            "runs",
            "every function has one or two; each takes 32 bytes of heap while it is indexed");

    static final Limit INLINEES = new Limit(
            "inlined functions of one module of a PDB",
            1 << 20,
            "functions",
            "a browser that is optimised as a whole has some 300,000");

    static final Limit CACHED_ENTRIES = new Limit(
            "functions, runs of lines and inlined functions of a PDB's modules that are kept",
            2 << 20,
            "entries",
            "at 16 bytes each 32 MB of heap; those of a PDB of 500 MB all have room");

    static final Limit INLINE_DEPTH = new Limit(
            "depth of inlined functions in a PDB",
            512,
            "functions",
            "compilers stop at some dozens; a hostile file nests a million");

    static final Limit NAME_STREAMS =
            new Limit("named streams of a PDB", 1 << 16, "streams", "linkers write a dozen");

    private PdbLimits() {}
}
