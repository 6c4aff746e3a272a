package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.instruction.Instruction;
import dev.mortem.analyze.reason.Fault;

import java.util.stream.Stream;

/** The CPU met an instruction that it does not know. */
final class IllegalInstructionRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_ILLEGAL_INSTRUCTION;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.ILLEGAL_INSTRUCTION && !fault.sent())
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        boolean trap = fault.instruction()
                .filter(found -> found.kind() == Instruction.Kind.UNDEFINED)
                .isPresent();
        Draft draft = Draft.error(id())
                .explain(
                        trap
                                ? "The instruction is ud2, which exists to trap. Compilers put "
                                        + "it where the "
                                        + "program must never get: __builtin_trap(), the end of "
                                        + "a function "
                                        + "without a return, a null pointer that they could "
                                        + "foresee."
                                : "The bytes at the program counter are no instruction of this "
                                        + "CPU: the "
                                        + "program was built for a newer one, or jumped into "
                                        + "data, or its "
                                        + "code was overwritten.")
                .recommend(
                        trap
                                ? "Look at the line in the blamed function for the condition "
                                        + "that leads to "
                                        + "the trap; compiler warnings (-Wall) usually name it."
                                : "Compare the CPU with the build's -march. If they fit, find "
                                        + "how the program "
                                        + "counter got there: function pointers and return "
                                        + "addresses on "
                                        + "the stack.");
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(
                draft,
                dump,
                fault,
                trap
                        ? "it ran into a trap of the compiler (ud2)"
                        : "it ran an illegal instruction");
    }
}
