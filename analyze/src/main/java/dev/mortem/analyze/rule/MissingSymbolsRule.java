package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.report.Report.ReportModule;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.stack.locate.SymbolsState;
import dev.mortem.stack.symbol.Frame;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Own code stands on stacks without a function's name, and symbols for it could be had. */
final class MissingSymbolsRule implements AnalysisRule {
    private static final int MODULES_NAMED = 5;

    @Override
    public RuleId id() {
        return RuleId.SYMBOLS_MISSING;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        Optional<Frame> crashed = dump.crashedThread()
                .flatMap(CaseThread::blamedFrame)
                .filter(frame -> frame.function().isEmpty());
        boolean headline = crashed.isPresent();
        Map<String, Integer> framesWithout = new LinkedHashMap<>();
        for (CaseThread thread : dump.threads()) {
            thread.frames().stream()
                    .filter(frame -> lacksName(dump, frame) || crashed.equals(Optional.of(frame)))
                    .flatMap(frame -> frame.module().stream())
                    .forEach(module -> framesWithout.merge(module.name(), 1, Integer::sum));
        }
        if (framesWithout.isEmpty()) {
            return Stream.empty();
        }
        List<String> modules = List.copyOf(framesWithout.keySet());
        Draft draft = Draft.of(id(), headline ? Severity.WARNING : Severity.INFORMATION)
                .summary("No function names for code of " + Wording.list(modules, MODULES_NAMED)
                        + (headline ? ": the crashed function cannot be named" : ""))
                .explain("The stack shows these frames as module and offset: the module is "
                        + "stripped, "
                        + "or its file is not on this machine, or what is here is of "
                        + "another build.")
                .recommend("Give the folder with the unstripped files or the separate debug files "
                        + "of the same build by --symbols PATH, or install the package with the "
                        + "debug symbols.");
        framesWithout.forEach((module, frames) -> draft.module(Optional.of(module))
                .evidence(module + ": " + Wording.count(frames, "frame") + " without a name"
                        + why(dump, module)));
        return Stream.of(draft);
    }

    private static boolean lacksName(CaseFile dump, Frame frame) {
        return frame.function().isEmpty()
                && frame.module().filter(module -> !hasAll(dump, module.name())).isPresent()
                && !dump.blame().isPlumbing(frame);
    }

    /** Code of start files and of assembler has no name in any symbols. */
    private static boolean hasAll(CaseFile dump, String module) {
        return listed(dump, module)
                .filter(found -> found.symbols().equals(SymbolsState.FULL.label()))
                .isPresent();
    }

    private static Optional<ReportModule> listed(CaseFile dump, String module) {
        return dump.modules().stream()
                .filter(found -> found.name().equals(module))
                .findFirst();
    }

    private static String why(CaseFile dump, String module) {
        return listed(dump, module)
                .flatMap(ReportModule::missingWhy)
                .map(why -> ": " + why)
                .orElse("");
    }
}
