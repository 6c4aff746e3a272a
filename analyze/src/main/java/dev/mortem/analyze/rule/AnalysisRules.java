package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Severity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All rules, and the order of what they find. */
public final class AnalysisRules {
    private static final List<AnalysisRule> ALL = List.of(
            new StackOverflowRule(),
            new UnhandledNativeExceptionRule(),
            new UnhandledManagedExceptionRule(),
            new FastFailRule(),
            new HeapCorruptionRule(),
            new AbortRule(),
            new DivideByZeroRule(),
            new PrivilegedInstructionRule(),
            new IllegalInstructionRule(),
            new BreakpointRule(),
            new BusErrorRule(),
            new AccessViolationRule(),
            new DeadlockRule(),
            new OrphanedLockRule(),
            new OtherSignalRule(),
            new StandstillRule(),
            new BusyThreadRule(),
            new BlockedLockRule(),
            new CommonWaitRule(),
            new HandleGrowthRule(),
            new TruncatedDumpRule(),
            new SmallDumpRule(),
            new MissingSymbolsRule());

    private AnalysisRules() {}

    public static List<AnalysisRule> all() {
        return ALL;
    }

    /** What the rules find, the headline first; where nothing is wrong, that is the headline. */
    public static List<Finding> evaluate(CaseFile dump) {
        List<Draft> drafts = new ArrayList<>();
        ALL.forEach(rule -> rule.evaluate(dump).forEach(drafts::add));
        drafts.sort(Comparator.comparing(Draft::severity).thenComparing(Draft::rule));
        boolean aboutProcess = drafts.stream()
                .anyMatch(draft -> draft.severity().compareTo(Severity.WARNING) <= 0
                        && draft.rule().compareTo(RuleId.DUMP_TRUNCATED) < 0);
        List<Finding> findings = new ArrayList<>();
        if (!aboutProcess) {
            findings.add(NothingWrong.finding(dump));
        }
        drafts.forEach(draft -> findings.add(draft.finding()));
        return List.copyOf(findings);
    }
}
