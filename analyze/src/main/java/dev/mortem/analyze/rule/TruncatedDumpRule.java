package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.base.snapshot.MemoryRegion;

import java.util.List;
import java.util.stream.Stream;

/** The dump's file ends before what it announces. */
final class TruncatedDumpRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.DUMP_TRUNCATED;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        List<MemoryRegion> cut = dump.snapshot().regions().stream()
                .filter(region -> region.absentWhy()
                        .filter(why -> why.contains("truncated"))
                        .isPresent())
                .toList();
        if (!dump.dump().truncated() && cut.isEmpty()) {
            return Stream.empty();
        }
        long bytes = cut.stream()
                .mapToLong(region -> region.range().sizeBytes() - region.presentBytes())
                .sum();
        String missing = cut.isEmpty()
                ? ""
                : ": %,d bytes of %s are missing"
                        .formatted(bytes, Wording.count(cut.size(), "memory region"));
        return Stream.of(Draft.of(id(), Severity.WARNING)
                .summary("The dump is truncated" + missing)
                .explain("The file ends before what it announces. Stacks, messages and locks that "
                        + "lay in the missing part cannot be shown; what is shown is right.")
                .recommend("Check the free space and the core size limit (ulimit -c, LimitCORE=) "
                        + "where the dump was written, and take another one.")
                .evidence(
                        dump.dump().sizeBytes().isPresent()
                                ? "the file has %,d bytes"
                                        .formatted(dump.dump().sizeBytes().getAsLong())
                                : "the file is shorter than its headers say"));
    }
}
