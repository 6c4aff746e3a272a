package dev.mortem.format.dwarf.function;

import java.util.Optional;
import java.util.OptionalLong;

/** What a unit was written in (DWARF 5, section 7.12 and the registry at dwarfstd.org). */
public enum SourceLanguage {
    C("C"),
    CPP("C++"),
    RUST("Rust"),
    GO("Go"),
    D("D"),
    SWIFT("Swift"),
    ZIG("Zig"),
    OBJECTIVE_C("Objective-C"),
    FORTRAN("Fortran"),
    ADA("Ada"),
    PASCAL("Pascal"),
    ASSEMBLER("assembler"),
    /** One that is known, but none of the others. */
    OTHER("other"),
    /** The unit does not say. */
    UNKNOWN("");

    private final String label;

    SourceLanguage(String label) {
        this.label = label;
    }

    /** As reports print it: "C++"; empty where the unit does not say. */
    public Optional<String> label() {
        return label.isEmpty() ? Optional.empty() : Optional.of(label);
    }

    /** By the value of DW_AT_language. */
    public static SourceLanguage of(OptionalLong code) {
        if (code.isEmpty()) {
            return UNKNOWN;
        }
        long value = code.getAsLong();
        return switch (value == (int) value ? (int) value : -1) {
            case 0x01, 0x02, 0x0c, 0x1d, 0x2c -> C;
            case 0x04, 0x19, 0x1a, 0x21, 0x2a, 0x2b -> CPP;
            case 0x1c -> RUST;
            case 0x16 -> GO;
            case 0x13 -> D;
            case 0x1e -> SWIFT;
            case 0x27 -> ZIG;
            case 0x10, 0x11 -> OBJECTIVE_C;
            case 0x07, 0x08, 0x0e, 0x22, 0x23, 0x2d -> FORTRAN;
            case 0x03, 0x0d, 0x2e, 0x2f -> ADA;
            case 0x09 -> PASCAL;
            case 0x31, 0x8001 -> ASSEMBLER;
            default -> OTHER;
        };
    }
}
