package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.Fault;

import java.util.stream.Stream;

/** Memory is mapped, but what should back it is not there. */
final class BusErrorRule implements AnalysisRule {
    private static final int BUS_ADRALN = 1;
    private static final int BUS_ADRERR = 2;

    @Override
    public RuleId id() {
        return RuleId.CRASH_BUS_ERROR;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.BUS_ERROR && !fault.sent())
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        int code = fault.signalCode().orElse(0);
        Draft draft = Draft.error(id()).explain(explanation(code)).recommend(recommendation(code));
        FaultWording.evidence(fault).forEach(draft::evidence);
        String file = code == BUS_ADRERR
                ? fault.region()
                        .map(region -> ", beyond the end of the file behind it")
                        .orElse("")
                : "";
        return Crashes.described(
                draft, dump, fault, "it " + FaultWording.deed(fault) + file + Crashes.inside(dump));
    }

    private static String explanation(int code) {
        return switch (code) {
            case BUS_ADRALN -> "The address is not aligned as the instruction needs it.";
            case BUS_ADRERR ->
                "The page is mapped from a file, but the file ends before it: it was truncated or "
                        + "replaced while mapped, or the disk or shared memory behind it is full.";
            case 3, 4, 5 -> "The memory or the device behind it reported an error.";
            default ->
                "The memory is mapped, but it cannot be reached: the file, the share or the device "
                        + "behind it failed.";
        };
    }

    private static String recommendation(int code) {
        return code == BUS_ADRERR
                ? "Find who truncates or rewrites the mapped file in place: write a new file and "
                        + "rename it instead. Check the free space of its file system and of "
                        + "/dev/shm."
                : "Check the machine's memory and disks (kernel log) and the pointer in the blamed "
                        + "function.";
    }
}
