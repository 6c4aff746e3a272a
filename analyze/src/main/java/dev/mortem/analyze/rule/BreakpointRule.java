package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.Fault;

import java.util.stream.Stream;

/** A breakpoint was reached and no debugger was there to take it. */
final class BreakpointRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_BREAKPOINT;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.BREAKPOINT && !fault.sent())
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        Draft draft = Draft.error(id())
                .explain("The program ran a breakpoint instruction (int3). Programs use it to "
                        + "stop on "
                        + "purpose: failed checks of browsers, engines and language "
                        + "runtimes end like this, and so does code that a debugger left "
                        + "patched.")
                .recommend(
                        "Look at the check in the blamed function; its message is usually in the "
                                + "log or on standard error.");
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(draft, dump, fault, "it reached a breakpoint");
    }
}
