package dev.mortem.stack.symbol;

import dev.mortem.format.dwarf.function.SourceCode;
import dev.mortem.format.dwarf.function.SourceFunction;
import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.format.dwarf.line.SourceLine;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbFrame;
import dev.mortem.format.pdb.PdbFunction;
import dev.mortem.format.pdb.PdbLine;
import dev.mortem.stack.demangle.CDecoration;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.PeFunctions;
import dev.mortem.stack.locate.PeModule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The functions of a module as its PDB has them, by svma. Procedures are what they say; a public symbol
 * has no size, so it is only believed inside the function that the image's unwind tables show, and of it
 * and a symbol of the image the one that begins later is right.
 */
final class PdbChain {
    private final ModuleImage image;
    private final PdbFile file;

    PdbChain(ModuleImage image, PdbFile file) {
        this.image = image;
        this.file = file;
    }

    /**
     * The function at the svma.
     *
     * @param symbol the function there by what the image itself exports
     */
    Optional<FunctionTable.Entry> functionAt(long svma, Optional<FunctionTable.Entry> symbol) {
        return function(image.rva(svma))
                .filter(found -> !found.isPublic()
                        || symbol.isEmpty()
                        || Long.compareUnsigned(symbol.get().svma(), svma(found)) <= 0)
                .map(found -> new FunctionTable.Entry(
                        name(found), svma(found), found.sizeBytes().orElse(0)));
    }

    /** Where a function or variable is, by its public name; of C also without 32-bit x86's decoration. */
    Optional<FunctionTable.Entry> named(String raw) {
        return file.named(raw)
                .or(() -> file.isX86() ? undecorated(raw) : Optional.empty())
                .map(found -> new FunctionTable.Entry(raw, svma(found), 0));
    }

    private Optional<PdbFunction> undecorated(String raw) {
        return CDecoration.decorations(raw)
                .map(file::named)
                .flatMap(Optional::stream)
                .findFirst();
    }

    Optional<SourceLine> lineAt(long svma) {
        return file.lineAt(image.rva(svma)).map(PdbChain::line);
    }

    /** As debug information gives it; without functions where no procedure covers the svma. */
    SourceCode codeAt(long svma) {
        long rva = image.rva(svma);
        List<PdbFrame> frames = file.framesAt(rva);
        OptionalLong start = file.functionAt(rva)
                .map(found -> OptionalLong.of(svma(found)))
                .orElse(OptionalLong.empty());
        List<SourceFunction> functions = new ArrayList<>();
        for (PdbFrame frame : frames) {
            functions.add(new SourceFunction(
                    frame.name(),
                    Optional.empty(),
                    Optional.empty(),
                    frame.inlined(),
                    frame.source().map(PdbChain::line),
                    frame.inlined() ? OptionalLong.empty() : start,
                    SourceLanguage.UNKNOWN));
        }
        Optional<SourceLine> line =
                functions.isEmpty() ? lineAt(svma) : functions.getFirst().source();
        return new SourceCode(functions, line, SourceLanguage.UNKNOWN);
    }

    private Optional<PdbFunction> function(long rva) {
        Optional<PdbFunction> found = file.functionAt(rva);
        Optional<PeFunctions.Extent> extent =
                image.pe().map(PeModule::functions).flatMap(functions -> functions.at(rva));
        if (found.isEmpty() || !found.get().isPublic() || extent.isEmpty()) {
            return found;
        }
        if (found.get().rva() >= extent.get().beginRva()) {
            return found;
        }
        long root = extent.get().rootRva();
        return file.functionAt(root).filter(function -> function.rva() == root);
    }

    /** Public names of C functions of 32-bit x86 are decorated. */
    private String name(PdbFunction function) {
        boolean decorated = function.isPublic() && file.isX86();
        String name = function.name();
        return decorated ? CDecoration.undecorated(name).orElse(name) : name;
    }

    private long svma(PdbFunction function) {
        return image.module().base() + function.rva() - image.bias().orElseThrow();
    }

    private static SourceLine line(PdbLine line) {
        return new SourceLine(line.file(), line.line(), line.column());
    }
}
