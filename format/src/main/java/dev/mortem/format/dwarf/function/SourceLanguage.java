package dev.mortem.format.dwarf.function;

import java.util.OptionalLong;

/** What a unit was written in (DWARF 5, section 7.12 and the registry at dwarfstd.org). */
public enum SourceLanguage {
    C,
    CPP,
    RUST,
    GO,
    D,
    SWIFT,
    FORTRAN,
    ADA,
    ASSEMBLER,
    /** One that is known, but none of the others. */
    OTHER,
    /** The unit does not say. */
    UNKNOWN;

    /** By the value of DW_AT_language. */
    public static SourceLanguage of(OptionalLong code) {
        if (code.isEmpty()) {
            return UNKNOWN;
        }
        return switch ((int) code.getAsLong()) {
            case 0x01, 0x02, 0x0c, 0x1d, 0x2c -> C;
            case 0x04, 0x1a, 0x21, 0x2b -> CPP;
            case 0x1c -> RUST;
            case 0x16 -> GO;
            case 0x13 -> D;
            case 0x1e -> SWIFT;
            case 0x07, 0x08, 0x0e, 0x22, 0x23 -> FORTRAN;
            case 0x03, 0x0d -> ADA;
            case 0x31, 0x8001 -> ASSEMBLER;
            default -> OTHER;
        };
    }
}
