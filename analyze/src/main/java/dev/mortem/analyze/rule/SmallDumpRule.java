package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.stack.unwind.StackEnd;

import java.util.List;
import java.util.stream.Stream;

/** The memory of most stacks is not in the dump, and the file is not cut. */
final class SmallDumpRule implements AnalysisRule {
    private static final double SHARE_MIN = 0.5;

    @Override
    public RuleId id() {
        return RuleId.DUMP_TOO_SMALL;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        List<CaseThread> without =
                dump.threads().stream().filter(SmallDumpRule::hasNoStack).toList();
        boolean most = without.size() >= SHARE_MIN * dump.threads().size();
        boolean needed = without.stream().anyMatch(CaseThread::crashed);
        if (without.isEmpty() || dump.dump().truncated() || (!most && !needed)) {
            return Stream.empty();
        }
        Draft draft = Draft.of(id(), Severity.WARNING)
                .summary("The dump holds the stacks of only %,d of %s"
                        .formatted(
                                dump.threads().size() - without.size(),
                                Wording.count(dump.threads().size(), "thread")))
                .explain("Without a stack's memory only a thread's registers are known, so its "
                        + "callers cannot be named.")
                .recommend(
                        "Take a dump that holds at least the stacks: mortem dump --kind mini; for "
                                + "the kernel's cores check /proc/PID/coredump_filter.");
        without.forEach(thread -> draft.thread(thread.id()));
        without.stream()
                .limit(3)
                .forEach(thread -> draft.evidence(Wording.capital(thread.label()) + ": "
                        + thread.stack().end().text()));
        return Stream.of(draft);
    }

    private static boolean hasNoStack(CaseThread thread) {
        return thread.frames().size() <= 1
                && (thread.stack().end() instanceof StackEnd.NoMemory
                        || thread.stack().end() instanceof StackEnd.NoRegisters);
    }
}
