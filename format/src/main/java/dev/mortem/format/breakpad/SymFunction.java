package dev.mortem.format.breakpad;

import java.util.OptionalLong;

/**
 * A FUNC or PUBLIC record.
 *
 * @param name as the file has it, mostly demangled; empty text where the record has none
 * @param rva where it starts, in bytes from the module's start
 * @param sizeBytes of its code; empty for a PUBLIC record, which reaches up to whatever comes next
 * @param parameterBytes what its caller pushed for it and it takes off again
 * @param shared whether the linker folded several functions into this code, of which one is named
 */
public record SymFunction(
        String name, long rva, OptionalLong sizeBytes, long parameterBytes, boolean shared) {

    /** Whether only the symbol is known: no size, no lines. */
    public boolean isPublic() {
        return sizeBytes.isEmpty();
    }
}
