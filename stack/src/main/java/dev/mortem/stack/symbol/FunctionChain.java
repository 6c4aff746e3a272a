package dev.mortem.stack.symbol;

import dev.mortem.format.dwarf.function.SourceCode;
import dev.mortem.format.dwarf.function.SourceFunction;
import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.format.dwarf.line.SourceLine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The functions at one svma: what the symbol table and the debug information say, put together.
 *
 * <p>Of inlined functions only the debug information knows. The concrete function has the symbol's name
 * where both begin at one svma: of several names for one function the table's is the one that people
 * and other tools know ({@code poll}, where libc's debug information says {@code __GI___poll}), and it
 * tells a compiler's copies apart ({@code parse.part.0}). Where they begin at different svmas the debug
 * information is right: the symbol is that of a part moved elsewhere ({@code parse.cold}), a label
 * inside, or the last symbol before a function that has none.
 *
 * @param links innermost first; the last is the concrete function, and never empty
 */
record FunctionChain(List<Link> links) {
    FunctionChain {
        links = List.copyOf(links);
    }

    /**
     * @param name empty where neither knows one
     * @param source the line in this function
     */
    record Link(
            Optional<Name> name,
            boolean inlined,
            Optional<SourceLine> source,
            SourceLanguage language) {}

    /**
     * @param raw mangled where the language mangles
     * @param plain what the debug information calls it, for a {@code raw} that cannot be demangled
     * @param svma where its code starts; empty for an inlined function
     */
    record Name(String raw, Optional<String> plain, OptionalLong svma) {
        /** Of the symbol table. */
        static Name of(FunctionTable.Entry symbol) {
            return new Name(symbol.raw(), Optional.empty(), OptionalLong.of(symbol.svma()));
        }
    }

    /** Where no function is known. */
    static FunctionChain unknown() {
        return of(Optional.empty(), SourceCode.NONE);
    }

    /**
     * @param symbol the function by the symbol table
     * @param code by the debug information; an assembler's units and cut debug files have lines alone
     */
    static FunctionChain of(Optional<FunctionTable.Entry> symbol, SourceCode code) {
        List<SourceFunction> functions = code.functions();
        if (functions.isEmpty()) {
            return new FunctionChain(
                    List.of(new Link(symbol.map(Name::of), false, code.line(), code.language())));
        }
        List<Link> links = new ArrayList<>(functions.size());
        for (SourceFunction inlined : functions.subList(0, functions.size() - 1)) {
            links.add(new Link(
                    name(inlined, OptionalLong.empty()),
                    true,
                    inlined.source(),
                    inlined.language()));
        }
        SourceFunction last = functions.getLast();
        links.add(new Link(concrete(symbol, last), false, last.source(), last.language()));
        return new FunctionChain(links);
    }

    private static Optional<Name> concrete(
            Optional<FunctionTable.Entry> symbol, SourceFunction function) {
        boolean sameStart = symbol.isPresent()
                && (function.entrySvma().isEmpty()
                        || function.entrySvma().getAsLong() == symbol.get().svma());
        return sameStart
                ? symbol.map(Name::of)
                : name(function, function.entrySvma()).or(() -> symbol.map(Name::of));
    }

    private static Optional<Name> name(SourceFunction function, OptionalLong svma) {
        return function.rawName().map(raw -> new Name(raw, function.qualifiedName(), svma));
    }
}
