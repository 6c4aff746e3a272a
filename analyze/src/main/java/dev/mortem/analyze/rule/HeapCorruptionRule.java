package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.AbortMessage;
import dev.mortem.analyze.reason.Fault;

import java.util.stream.Stream;

/** The allocator found its own bookkeeping destroyed and aborted. */
final class HeapCorruptionRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_HEAP_CORRUPTION;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump.fault().filter(dump::isOwnAbort).stream()
                .flatMap(fault -> dump.abort().stream()
                        .filter(message -> message.kind() == AbortMessage.Kind.HEAP_CORRUPTION)
                        .map(message -> draft(dump, fault, message)));
    }

    private Draft draft(CaseFile dump, Fault fault, AbortMessage message) {
        Draft draft = Draft.error(id())
                .explain(explanation(message.text()))
                .recommend(
                        "Run the same work with -fsanitize=address, or under valgrind: they name "
                                + "the "
                                + "write or the second free() when it happens. The blamed function "
                                + "is where it was noticed, not always where it was done.")
                .evidence("libc said: " + message.text());
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(
                draft, dump, fault, "aborted", "the heap is corrupt, \"" + message.text() + "\"");
    }

    private static String explanation(String text) {
        if (text.contains("double free")) {
            return "The same block was freed twice without being allocated in between.";
        }
        if (text.startsWith("free(): invalid pointer") || text.startsWith("munmap_chunk()")) {
            return "free() was given an address that malloc() did not return: not the start of a "
                    + "block, memory that is not on the heap, or a block whose header was "
                    + "overwritten.";
        }
        return "Somebody wrote beyond the end of a block, or into one that was freed already; the "
                + "allocator found its records destroyed later, at the next call.";
    }
}
