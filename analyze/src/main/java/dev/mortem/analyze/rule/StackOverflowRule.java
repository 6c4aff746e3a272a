package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.base.address.Addresses;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.unwind.StackEnd;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A thread has used up its stack, nearly always by calling itself without end. */
final class StackOverflowRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_STACK_OVERFLOW;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump.fault().filter(Fault::stackOverflow).map(fault -> draft(dump, fault)).stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        Optional<Recursion> recursion =
                dump.crashedThread().map(CaseThread::frames).flatMap(Recursion::find);
        Draft draft = Draft.error(id())
                .explain("Each call takes a part of the thread's stack. When it is used up, the "
                        + "next "
                        + "push or call touches the guard page behind it and the kernel "
                        + "ends the process.")
                .recommend(
                        recursion.isPresent()
                                ? "Find why the recursion does not end for this input: a missing "
                                        + "or wrong "
                                        + "condition, or data that is nested too deeply or in a "
                                        + "circle. "
                                        + "Bound the depth."
                                : "Look for large arrays and alloca() in the functions on the "
                                        + "stack, or a "
                                        + "thread that was given too small a stack.");
        FaultWording.evidence(fault).forEach(draft::evidence);
        dump.crashedThread()
                .flatMap(thread -> thread.snapshot().registers())
                .ifPresent(registers -> draft.evidence(
                        "stack pointer " + Addresses.hex(registers.sp().orElse(0))));
        recursion.ifPresent(found -> draft.evidence(text(dump, found)));
        return Crashes.described(
                draft,
                dump,
                fault,
                "ran out of stack",
                recursion.map(found -> text(dump, found)).orElse("no recursion is visible"));
    }

    private static String text(CaseFile dump, Recursion recursion) {
        List<String> names = recursion.group().reversed().stream()
                .map(StackOverflowRule::name)
                .toList();
        boolean cut = dump.crashedThread()
                .filter(thread -> !(thread.stack().end() instanceof StackEnd.Complete))
                .isPresent();
        String times = (cut ? "at least " : "") + Wording.count(recursion.times(), "time");
        return names.size() == 1
                ? names.getFirst() + " calls itself " + times
                : String.join(" → ", names) + " call each other in a circle " + times;
    }

    private static String name(Frame frame) {
        return Wording.function(frame);
    }
}
