package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.Fault;

import java.util.stream.Stream;

/** An integer was divided by zero, or the quotient does not fit its register. */
final class DivideByZeroRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_DIVIDE_BY_ZERO;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.DIVIDE_BY_ZERO && !fault.sent())
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        boolean floating = fault.name().startsWith("FLOAT");
        Draft draft = Draft.error(id())
                .explain(
                        floating
                                ? "Dividing a floating-point number by zero gives infinity, unless "
                                        + "the program asked for exceptions (_controlfp, "
                                        + "feenableexcept): this one did, or a library in it."
                                : "The CPU cannot divide an integer by zero. It raises the same "
                                        + "fault when the quotient does not fit, as in "
                                        + "INT_MIN / -1.")
                .recommend("Look at the division in the blamed function: which divisor can be zero "
                        + "for this input, and what should happen then?");
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(
                draft,
                dump,
                fault,
                "it divided " + (floating ? "a floating-point number" : "an integer") + " by zero");
    }
}
