package dev.mortem.analyze;

import dev.mortem.analyze.blame.BlameTable;
import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.report.Report;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.symbol.SymbolizedStack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * From a snapshot to a report: the straight line of an analysis. Stateless, safe for any thread.
 */
public final class Analyzer {
    /** Each round leads one module further down a stack; few stacks need a second. */
    private static final int FETCH_ROUNDS_MAX = 4;

    private Analyzer() {}

    /**
     * Analyses a snapshot, which stays open and is the caller's to close. What is broken in it
     * becomes a
     * diagnostic of the report.
     *
     * @param dump what the caller knows of the file
     * @throws IOException when a blame table of the user's cannot be read
     * @throws MalformedException when one holds what is no rule; the message names file and line
     */
    public static Report analyze(
            ProcessSnapshot snapshot, Report.DumpFacts dump, AnalysisOptions options)
            throws IOException, MalformedException {
        Instant started = options.clock().instant();
        BlameTable blame = BlameTable.builtIn();
        for (Path file : options.blameFiles()) {
            blame = blame.with(file);
        }
        DiagnosticLog diagnostics = new DiagnosticLog();
        try (ModuleImages images =
                ModuleImages.of(snapshot, options.search(), options.limits(), diagnostics)) {
            Reading reading = read(snapshot, images, options, diagnostics);
            CaseFile dumpCase = CaseFile.of(new CaseFile.Sources(
                    snapshot,
                    dump,
                    reading.stacks,
                    reading.reader,
                    reading.reader,
                    new CodeMemory(snapshot.memory(), images),
                    ModuleTable.of(snapshot, images),
                    blame));
            return ReportAssembler.assemble(dumpCase, images, options, started, diagnostics);
        }
    }

    /** The stacks, and what read them. */
    private record Reading(List<SymbolizedStack> stacks, StackReader reader) {}

    /**
     * Reads the stacks with what is on this machine, and again when servers gave something for the
     * modules in them: a stack that ended for want of unwind rules may then lead into others.
     */
    private static Reading read(
            ProcessSnapshot snapshot,
            ModuleImages images,
            AnalysisOptions options,
            Diagnostics diagnostics) {
        for (int round = 1; ; round++) {
            StackReader reader = new ModuleStacks(snapshot, images, options.limits(), diagnostics);
            List<SymbolizedStack> stacks = reader.stacks(snapshot.threads(), options.progress());
            Set<LoadedModule> modules = stacks.stream()
                    .flatMap(stack -> stack.frames().stream())
                    .flatMap(frame -> frame.module().stream())
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            if (round > FETCH_ROUNDS_MAX || !images.fetch(modules)) {
                return new Reading(stacks, reader);
            }
        }
    }
}
