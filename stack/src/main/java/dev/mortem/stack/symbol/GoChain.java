package dev.mortem.stack.symbol;

import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.format.dwarf.line.SourceLine;
import dev.mortem.format.go.GoFrame;
import dev.mortem.format.go.GoSymbols;
import dev.mortem.format.go.GoSymbols.GoFunction;
import dev.mortem.stack.symbol.FunctionChain.Link;
import dev.mortem.stack.symbol.FunctionChain.Name;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The functions at one svma as the tables of the Go runtime have them. */
final class GoChain {
    private GoChain() {}

    /** Empty where none of the program's own functions is there: C code, for example. */
    static Optional<FunctionChain> at(GoSymbols tables, long svma) {
        List<GoFrame> frames = tables.framesAt(svma);
        Optional<GoFunction> function = tables.functionAt(svma);
        if (frames.isEmpty() || function.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong start = OptionalLong.of(function.get().svma());
        return Optional.of(new FunctionChain(frames.stream()
                .map(frame -> new Link(
                        Optional.of(new Name(
                                frame.function(),
                                Optional.empty(),
                                frame.inlined() ? OptionalLong.empty() : start)),
                        frame.inlined(),
                        line(frame),
                        SourceLanguage.GO))
                .toList()));
    }

    /** The line of the innermost function. */
    static Optional<SourceLine> lineAt(GoSymbols tables, long svma) {
        return tables.framesAt(svma).stream().findFirst().flatMap(GoChain::line);
    }

    private static Optional<SourceLine> line(GoFrame frame) {
        return frame.line() > 0
                ? Optional.of(new SourceLine(frame.file(), frame.line(), 0))
                : Optional.empty();
    }
}
