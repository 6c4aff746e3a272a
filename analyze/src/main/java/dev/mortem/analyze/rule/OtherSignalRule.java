package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.analyze.reason.FaultCode;
import dev.mortem.base.windows.WindowsFacts;

import java.util.stream.Stream;

/** A signal that no other rule explains: one that somebody sent, or an unusual fault. */
final class OtherSignalRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_OTHER;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.sent()
                        || fault.kind() == Fault.Kind.OTHER
                        || fault.kind() == Fault.Kind.ABORT)
                .filter(fault -> !dump.isOwnAbort(fault))
                .map(fault -> fault.sent() ? sent(dump, fault) : raised(dump, fault))
                .stream();
    }

    private Draft sent(CaseFile dump, Fault fault) {
        String by = fault.senderPid().isPresent()
                ? "process " + fault.senderPid().getAsLong()
                : "somebody";
        boolean self = fault.senderPid().isPresent()
                && fault.senderPid().equals(dump.snapshot().process().pid());
        Draft draft = Draft.error(id())
                .explain("The signal was sent by a call of kill() or its relatives: no "
                        + "instruction of "
                        + "the process failed. Supervisors send SIGABRT or SIGQUIT to what "
                        + "no longer answers; people send them to get a dump.")
                .recommend("Find out who has pid " + by.replaceAll("\\D", "")
                        + " and why it sent the signal; then look at what the threads wait "
                        + "for.");
        if (fault.senderPid().isEmpty()) {
            draft.recommend(
                    "Find out who sent the signal; then look at what the threads wait for.");
        }
        FaultWording.evidence(fault).forEach(draft::evidence);
        dump.crashedThread().ifPresent(thread -> draft.thread(thread.id()));
        return draft.summary(Wording.capital(dump.image()) + " was ended by " + fault.name()
                + ", which " + (self ? "it sent to itself" : by + " sent")
                + dump.crashedThread()
                        .map(thread -> "; " + thread.label() + " was in " + Wording.where(thread))
                        .orElse(""));
    }

    private Draft raised(CaseFile dump, Fault fault) {
        String meaning = dump.snapshot()
                .windows()
                .flatMap(WindowsFacts::assertion)
                .map(said -> "the C runtime reported %s in %s: %s"
                        .formatted(said.kind(), said.function(), said.expression()))
                .orElseGet(() -> meaning(fault));
        Draft draft = Draft.error(id())
                .explain("The process ended by " + fault.name() + ", for which it had no handler.")
                .recommend("Look at the blamed function and at what it asked of the system.");
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(draft, dump, fault, "ended by " + fault.name(), meaning);
    }

    private static String meaning(Fault fault) {
        return fault.code()
                .filter(code -> !code.name().equals("SI_KERNEL"))
                .map(FaultCode::meaning)
                .orElse("the kernel raised " + fault.name());
    }
}
