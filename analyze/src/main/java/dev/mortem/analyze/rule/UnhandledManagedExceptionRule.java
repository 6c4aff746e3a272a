package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.reason.ClrErrors;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.base.snapshot.CrashReason;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A .NET exception that nobody caught, as Windows sees it: by its HRESULT. */
final class UnhandledManagedExceptionRule implements AnalysisRule {
    @Override
    public RuleId id() {
        return RuleId.CRASH_UNHANDLED_MANAGED_EXCEPTION;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.MANAGED_EXCEPTION)
                .map(fault -> draft(dump, fault))
                .stream();
    }

    private Draft draft(CaseFile dump, Fault fault) {
        Optional<Long> result = fault.windows()
                .map(CrashReason.WindowsException::record)
                .flatMap(record -> record.parameters().stream().findFirst())
                .map(parameter -> parameter & 0xffff_ffffL);
        List<String> types = result.map(ClrErrors::types).orElse(List.of());
        Draft draft = Draft.error(id())
                .explain("The .NET runtime raises this exception for every throw. Its first "
                        + "parameter is the HRESULT of the exception object, and several types "
                        + "share one.")
                .recommend("Look for event 1026 of \".NET Runtime\" in the Application log: it has "
                        + "the exception's type and its managed stack. Catch the exception where it "
                        + "can be dealt with.");
        result.ifPresent(code -> draft.evidence("HRESULT 0x%08X".formatted(code)
                + (types.isEmpty() ? "" : ": " + String.join(" or ", types))));
        FaultWording.evidence(fault).forEach(draft::evidence);
        String what = types.isEmpty()
                ? "a .NET exception was thrown and nobody caught it"
                : "a .NET exception, by its HRESULT " + String.join(" or ", types)
                        + ", was thrown and nobody caught it";
        return Crashes.described(draft, dump, fault, "was ended", what);
    }
}
