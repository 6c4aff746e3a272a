package dev.mortem.format.dwarf.function;

import dev.mortem.format.dwarf.line.SourceLine;

import java.util.List;
import java.util.Optional;

/**
 * What the debug information says of one instruction.
 *
 * @param functions that it belongs to, the innermost first; the last is the one whose code it is; empty
 *     where no unit names any: an assembler's units have lines alone
 * @param line of the instruction; that of the innermost function, where there is one
 * @param language of the unit
 */
public record SourceCode(
        List<SourceFunction> functions, Optional<SourceLine> line, SourceLanguage language) {
    /** Where nothing is known. */
    public static final SourceCode NONE =
            new SourceCode(List.of(), Optional.empty(), SourceLanguage.UNKNOWN);

    public SourceCode {
        functions = List.copyOf(functions);
    }
}
