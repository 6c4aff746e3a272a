package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.base.windows.WindowsFacts;

import java.util.Optional;
import java.util.stream.Stream;

/** The process used memory that it may not use, and its stack was in order. */
final class AccessViolationRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_ACCESS_VIOLATION;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.ACCESS_VIOLATION && !fault.sent())
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        Draft draft =
                Draft.error(id()).explain(explanation(fault)).recommend(recommendation(fault));
        FaultWording.evidence(fault).forEach(draft::evidence);
        unloaded(dump, fault)
                .ifPresent(module -> draft.evidence(
                        "the address was in %s, which was unloaded: somebody kept a pointer into it"
                                .formatted(module.name())));
        return Crashes.described(
                draft, dump, fault, "it " + FaultWording.deed(fault) + Crashes.inside(dump));
    }

    private static Optional<WindowsFacts.UnloadedModule> unloaded(CaseFile dump, Fault fault) {
        return dump.snapshot().windows().stream()
                .flatMap(windows -> windows.unloaded().stream())
                .filter(module -> fault.address().isPresent()
                        && module.range().contains(fault.address().getAsLong()))
                .findFirst();
    }

    private static String explanation(Fault fault) {
        return switch (fault.place()) {
            case NULL_PAGE ->
                "Addresses below 64 KiB are never mapped, so a pointer that is null, or a member "
                        + "of "
                        + "an object at null, always faults. The offset is usually that of the "
                        + "member or array element that was wanted.";
            case NON_CANONICAL ->
                "On this CPU the upper 17 bits of an address must be equal. A pointer where they "
                        + "are not was never valid: it was overwritten, is not initialised, or is "
                        + "something else than a pointer, often text.";
            case NO_PERMISSION ->
                "The memory exists but its protection forbids what was tried: constants and code "
                        + "cannot be written, data cannot be executed.";
            case GUARD ->
                "The memory is reserved without any permission: a guard behind a buffer or stack, "
                        + "or address space that was not committed or was given back.";
            case MISALIGNED ->
                "The instruction works on whole vectors and faults where the address is not a "
                        + "multiple of their size. The stack or an object is aligned wrongly.";
            case KERNEL -> "Programs cannot use the kernel's addresses; the pointer is not valid.";
            case UNMAPPED ->
                "Nothing is mapped at the address: the pointer is wild, or what it pointed to was "
                        + "unmapped or freed.";
            case MAPPED ->
                "The memory is mapped with this permission in the dump; the mapping may have "
                        + "changed since the fault, or a protection key forbids it.";
            case UNKNOWN -> "The dump does not say which address it was.";
        };
    }

    private static String recommendation(Fault fault) {
        return fault.place() == Fault.Place.NULL_PAGE
                ? "Look at the line in the blamed function: which pointer can be null there, and "
                        + "who "
                        + "should have set or checked it? The caller passed it or left it unset."
                : "Look at the line in the blamed function and find where the pointer comes "
                        + "from. If "
                        + "it was valid once, run a build with -fsanitize=address to find the "
                        + "overrun or the use after free.";
    }
}
