package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.Fault;

import java.util.stream.Stream;

/** The process tried an instruction that only the kernel may run. */
final class PrivilegedInstructionRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_PRIVILEGED_INSTRUCTION;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.PRIVILEGED_INSTRUCTION && !fault.sent())
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        Draft draft = Draft.error(id())
                .explain("The instruction at the program counter (hlt, in, out, cli and the like) "
                        + "is "
                        + "the kernel's alone. Programs hardly ever contain one: mostly "
                        + "the program ran into data, or into the trap behind a function "
                        + "that must not return.")
                .recommend("Find how the program counter got there: a bad function pointer, a "
                        + "corrupt stack, or code that was overwritten.");
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(draft, dump, fault, "it ran an instruction of the kernel");
    }
}
