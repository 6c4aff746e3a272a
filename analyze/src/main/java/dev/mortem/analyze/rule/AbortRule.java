package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.AbortMessage;
import dev.mortem.analyze.reason.Fault;

import java.util.Optional;
import java.util.stream.Stream;

/** The process ended itself by abort(): an assertion, a check of libc, or its own decision. */
final class AbortRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_ABORT;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        boolean heap = dump.abort()
                .filter(message -> message.kind() == AbortMessage.Kind.HEAP_CORRUPTION)
                .isPresent();
        return heap || UnhandledNativeExceptionRule.isTerminate(dump)
                ? Stream.empty()
                : dump.fault().filter(dump::isOwnAbort).map(fault -> draft(dump, fault)).stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        Optional<AbortMessage> message = dump.abort();
        Draft draft = Draft.error(id())
                .explain(message.map(found -> explanation(found.kind()))
                        .orElse("abort() was called without a message of libc: the program, or a "
                                + "library, decided that it cannot go on. What it wrote to "
                                + "standard error or its log says why."))
                .recommend(message.map(found -> recommendation(found.kind()))
                        .orElse("Look at the blamed function for the call of abort() and the "
                                + "condition in front of it, and at the log's last lines."));
        message.ifPresent(found -> draft.evidence("libc said: " + found.text()));
        FaultWording.evidence(fault).forEach(draft::evidence);
        String what = message.map(found -> "\"" + found.text() + "\"").orElse("it called abort()");
        return Crashes.described(draft, dump, fault, "aborted", what);
    }

    private static String explanation(AbortMessage.Kind kind) {
        return switch (kind) {
            case ASSERTION ->
                "The program checks by assert() what must always be true; it was not, so the "
                        + "program "
                        + "stopped before doing harm.";
            case STACK_SMASHED ->
                "A function wrote beyond a local array and over the canary that the compiler puts "
                        + "behind it; the function's return found it changed.";
            case BUFFER_OVERFLOW ->
                "A copying or printing function of libc was about to write more than its target "
                        + "holds, and the program was compiled to check that (_FORTIFY_SOURCE).";
            case HEAP_CORRUPTION, OTHER -> "A check of libc failed; its message says which.";
        };
    }

    private static String recommendation(AbortMessage.Kind kind) {
        return switch (kind) {
            case ASSERTION ->
                "Read the expression in the message and the blamed function: which value breaks "
                        + "it, "
                        + "and which caller brought it?";
            case STACK_SMASHED, BUFFER_OVERFLOW ->
                "Find the local array of the blamed function that is filled without a bound; "
                        + "-fsanitize=address names the write.";
            case HEAP_CORRUPTION, OTHER -> "Read the message and the blamed function.";
        };
    }
}
