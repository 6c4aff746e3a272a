package dev.mortem.format.dwarf.function;

import dev.mortem.format.dwarf.line.SourceLine;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One function of those that an instruction belongs to: the one whose code it is, or one that was inlined
 * there (DWARF 5, section 3.3.8).
 *
 * @param name DW_AT_name: as the source has it, without namespaces
 * @param linkageName DW_AT_linkage_name: mangled
 * @param around the namespaces, classes and functions that a C++ function without a linkage name stands
 *     in, "shop::(anonymous namespace)"; empty for one that stands in none, and for all others
 * @param inlined whether the compiler put it into its caller
 * @param source where it stands: of the innermost function the instruction's line, of the others the
 *     call of the one inside
 * @param entrySvma where the function's own code starts; empty for an inlined one
 */
public record SourceFunction(
        Optional<String> name,
        Optional<String> linkageName,
        Optional<String> around,
        boolean inlined,
        Optional<SourceLine> source,
        OptionalLong entrySvma,
        SourceLanguage language) {

    /** The linkage name, else the source's with what it stands in. */
    public Optional<String> rawName() {
        return linkageName.or(this::qualifiedName);
    }

    /** The source's name with what it stands in. */
    public Optional<String> qualifiedName() {
        return name.map(known -> around.map(outer -> outer + "::" + known).orElse(known));
    }

    SourceFunction withSource(Optional<SourceLine> other) {
        return new SourceFunction(name, linkageName, around, inlined, other, entrySvma, language);
    }
}
