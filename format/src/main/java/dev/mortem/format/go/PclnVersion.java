package dev.mortem.format.go;

import java.util.Optional;

/** What a pclntab says that it is in its first four bytes (package internal/abi, symtab.go). */
enum PclnVersion {
    /** Go 1.2 to 1.15. */
    GO_1_2(0xffff_fffbL),
    /** Go 1.16 and 1.17: parts that the header points at, files by unit. */
    GO_1_16(0xffff_fffaL),
    /** Go 1.18 and 1.19: functions by their offset from the start of the text. */
    GO_1_18(0xffff_fff0L),
    /** Go 1.20 and later: functions know their first line, inlined calls are shorter. */
    GO_1_20(0xffff_fff1L);

    private final long magic;

    PclnVersion(long magic) {
        this.magic = magic;
    }

    static Optional<PclnVersion> of(long magic) {
        for (PclnVersion version : values()) {
            if (version.magic == magic) {
                return Optional.of(version);
            }
        }
        return Optional.empty();
    }

    /** Whether functions are given as offsets from the text, so that nothing needs relocation. */
    boolean hasOffsets() {
        return this == GO_1_18 || this == GO_1_20;
    }

    /** Which word of the header, counted behind the first eight bytes, holds the first offset. */
    int firstOffsetWord() {
        return hasOffsets() ? 3 : 2;
    }
}
