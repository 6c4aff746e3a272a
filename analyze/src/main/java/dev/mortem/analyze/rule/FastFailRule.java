package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.analyze.reason.FaultCode;

import java.util.stream.Stream;

/** A check failed after which nothing can be trusted, and Windows ended the process at once. */
final class FastFailRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_FAST_FAIL;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.FAST_FAIL)
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        Draft draft = Draft.error(id()).explain(explanation()).recommend(recommendation(fault));
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(
                draft,
                dump,
                fault,
                "was ended",
                fault.code().map(FaultCode::meaning).orElse("a check failed") + " (" + fault.name()
                        + ")");
    }

    private static String explanation() {
        return "A fast fail runs no handler and no clean-up, because the program's own memory may be "
                + "what is broken. It is seen as a second-chance exception only.";
    }

    private static String recommendation(Fault fault) {
        return switch (fault.name()) {
            case "FAST_FAIL_STACK_COOKIE_CHECK_FAILURE", "FAST_FAIL_LEGACY_GS_VIOLATION" ->
                "Find the local array of the blamed function that is filled without a bound; "
                        + "AddressSanitizer (/fsanitize=address) names the write.";
            case "FAST_FAIL_CORRUPT_LIST_ENTRY", "FAST_FAIL_HEAP_METADATA_CORRUPTION" ->
                "Somebody wrote over a list or the heap before. Run the same work with "
                        + "AddressSanitizer or with page heap (gflags /p): they name the write.";
            case "FAST_FAIL_FATAL_APP_EXIT", "FAIL_FAST_EXCEPTION" ->
                "The program, or a runtime in it, called for its own end. Look at the blamed "
                        + "function, at the log and at standard error for its last words.";
            default ->
                "Look at the blamed function and its callers for the check that failed, and for "
                        + "what was written over before it.";
        };
    }
}
