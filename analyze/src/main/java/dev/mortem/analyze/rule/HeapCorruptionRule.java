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
        Stream<Draft> aborted = dump.fault().filter(dump::isOwnAbort).stream()
                .flatMap(fault -> dump.abort().stream()
                        .filter(message -> message.kind() == AbortMessage.Kind.HEAP_CORRUPTION)
                        .map(message -> draft(dump, fault, message)));
        Stream<Draft> raised = dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.HEAP_CORRUPTION)
                .map(fault -> raised(dump, fault))
                .stream();
        return Stream.concat(aborted, raised);
    }

    /** The heap of Windows raises an exception of its own. */
    private Draft raised(CaseFile dump, Fault fault) {
        Draft draft = Draft.error(id())
                .explain("Somebody wrote beyond the end of a block, freed one twice or wrote into "
                        + "one that was freed; the heap found its records destroyed later, at the "
                        + "next call.")
                .recommend("Run the same work with page heap (gflags /p /enable) or a build with "
                        + "AddressSanitizer: they name the write when it happens. The blamed "
                        + "function is where it was noticed, not always where it was done.");
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(draft, dump, fault, "was ended", "the heap is corrupt");
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
