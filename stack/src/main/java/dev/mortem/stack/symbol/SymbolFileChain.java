package dev.mortem.stack.symbol;

import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.breakpad.SymFrame;
import dev.mortem.format.breakpad.SymFunction;
import dev.mortem.format.dwarf.function.SourceFunction;
import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.format.dwarf.line.SourceLine;
import dev.mortem.stack.locate.ModuleImage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The functions of a module as a Breakpad symbol file has them, by svma. Better than a symbol table, with
 * one exception: a PUBLIC record has no size, so of it and a symbol the one that begins later is right.
 */
final class SymbolFileChain {
    private final ModuleImage image;
    private final SymFile file;

    SymbolFileChain(ModuleImage image, SymFile file) {
        this.image = image;
        this.file = file;
    }

    /**
     * The function at the svma.
     *
     * @param symbol the function there by the symbol table, which is given back where it begins where the
     *     file's does: its name is the mangled one
     */
    Optional<FunctionTable.Entry> functionAt(long svma, Optional<FunctionTable.Entry> symbol) {
        Optional<SymFunction> found = function(svma, symbol);
        if (found.isEmpty() || found.get().name().isEmpty()) {
            return Optional.empty();
        }
        long start = svma(found.get());
        return symbol.filter(known -> known.svma() == start)
                .or(() -> Optional.of(new FunctionTable.Entry(
                        found.get().name(), start, found.get().sizeBytes().orElse(0))));
    }

    Optional<SourceLine> lineAt(long svma) {
        return file.lineAt(image.rva(svma)).map(SymbolFileChain::line);
    }

    /** As debug information gives them, innermost first; empty where the file has no function there. */
    List<SourceFunction> chainAt(long svma, Optional<FunctionTable.Entry> symbol) {
        Optional<SymFunction> concrete = function(svma, symbol);
        if (concrete.isEmpty()) {
            return List.of();
        }
        OptionalLong start = OptionalLong.of(svma(concrete.get()));
        List<SourceFunction> functions = new ArrayList<>();
        for (SymFrame frame : file.framesAt(image.rva(svma))) {
            functions.add(new SourceFunction(
                    frame.name(),
                    Optional.empty(),
                    Optional.empty(),
                    frame.inlined(),
                    frame.source().map(SymbolFileChain::line),
                    frame.inlined() ? OptionalLong.empty() : start,
                    SourceLanguage.UNKNOWN));
        }
        return functions;
    }

    private Optional<SymFunction> function(long svma, Optional<FunctionTable.Entry> symbol) {
        return file.functionAt(image.rva(svma))
                .filter(found -> !found.isPublic()
                        || symbol.isEmpty()
                        || Long.compareUnsigned(symbol.get().svma(), svma(found)) <= 0);
    }

    private long svma(SymFunction function) {
        return image.module().base() + function.rva() - image.bias().orElseThrow();
    }

    private static SourceLine line(SymFrame.Source source) {
        return new SourceLine(source.file(), source.line(), 0);
    }
}
