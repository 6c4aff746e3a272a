package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.reason.AbortMessage;
import dev.mortem.analyze.reason.CppException;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.symbol.Frame;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A C++ exception left the last function that could have caught it, and std::terminate aborted; or one of
 * Objective-C did.
 */
final class UnhandledNativeExceptionRule implements AnalysisRule {
    private static final Set<String> TERMINATES = Set.of(
            "_ZSt9terminatev",
            "_ZN10__cxxabiv111__terminateEPFvvE",
            "_ZN9__gnu_cxx27__verbose_terminate_handlerEv",
            "__cxa_throw",
            "__cxa_rethrow",
            "__cxa_call_terminate",
            "__clang_call_terminate");

    /**
     * Between abort() and the code that threw stand at most raise, abort, the handler and
     * terminate.
     */
    private static final int FRAMES_LOOKED_AT = 12;

    @Override
    public RuleId id() {
        return RuleId.CRASH_UNHANDLED_NATIVE_EXCEPTION;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        return dump
                .fault()
                .filter(fault -> fault.kind() == Fault.Kind.CPP_EXCEPTION
                        || fault.kind() == Fault.Kind.OBJECTIVE_C_EXCEPTION
                        || (dump.isOwnAbort(fault) && isTerminate(dump)))
                .map(fault -> draft(dump, fault))
                .stream();
    }

    static boolean isTerminate(CaseFile dump) {
        boolean libcSpoke = dump.abort()
                .filter(message -> message.kind() != AbortMessage.Kind.OTHER)
                .isPresent();
        List<Frame> frames = dump.crashedThread().map(CaseThread::frames).orElse(List.of());
        List<Frame> inner = frames.subList(0, Math.min(FRAMES_LOOKED_AT, frames.size()));
        boolean named = inner.stream()
                .flatMap(frame -> frame.function().stream())
                .anyMatch(function -> TERMINATES.contains(function.raw()));
        boolean inRuntime = inner.stream()
                .flatMap(frame -> frame.module().stream())
                .map(LoadedModule::name)
                .anyMatch(name -> name.startsWith("libstdc++.so") || name.startsWith("libc++abi"));
        return !libcSpoke && (named || (inRuntime && dump.exception().isPresent()));
    }

    private Draft draft(CaseFile dump, Fault fault) {
        return fault.kind() == Fault.Kind.OBJECTIVE_C_EXCEPTION
                ? objectiveC(dump, fault)
                : cpp(dump, fault);
    }

    /** Crashpad keeps its name and reason as annotations. */
    private Draft objectiveC(CaseFile dump, Fault fault) {
        Map<String, String> annotations = dump.snapshot().details().annotations();
        String type = Optional.ofNullable(annotations.get("exceptionName"))
                .map(name -> " " + name)
                .orElse("");
        String reason = Optional.ofNullable(annotations.get("exceptionReason"))
                .map(text -> ": \"" + text + "\"")
                .orElse("");
        Draft draft = Draft.error(id())
                .explain("An Objective-C exception that no handler takes ends the process. Most are"
                        + " raised by a framework that was called with a wrong argument.")
                .recommend("Look at the blamed function for the call that the exception's reason"
                        + " speaks of, and at where its argument comes from.");
        FaultWording.evidence(fault).forEach(draft::evidence);
        String thrown =
                "an Objective-C exception" + type + reason + " was thrown and nobody caught it";
        return Crashes.described(draft, dump, fault, "was ended", thrown);
    }

    private Draft cpp(CaseFile dump, Fault fault) {
        Optional<CppException> exception = dump.exception();
        String type = exception.map(found -> CppNames.type(found.typeName())).orElse("");
        String what = exception
                .flatMap(CppException::what)
                .map(text -> ": \"" + text + "\"")
                .orElse("");
        String thrown = type.isEmpty()
                ? "a C++ exception was thrown and nobody caught it"
                : "an exception of type " + type + what + " was thrown and nobody caught it";
        Draft draft = Draft.error(id())
                .explain("When no handler fits an exception, or it would leave a noexcept "
                        + "function, a "
                        + "destructor during unwinding or a thread's first function, C++ "
                        + "calls std::terminate, which aborts the process. The stack still "
                        + "is that of the throw.")
                .recommend("Catch the exception where it can be dealt with, at the latest in the "
                        + "thread's or request's outermost function; log its text there. Then "
                        + "mend what made the blamed function throw.");
        exception.ifPresent(found -> draft.evidence("exception type " + type + what));
        FaultWording.evidence(fault).forEach(draft::evidence);
        return Crashes.described(draft, dump, fault, "was terminated", thrown);
    }
}
