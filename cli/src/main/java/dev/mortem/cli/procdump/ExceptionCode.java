package dev.mortem.cli.procdump;

import dev.mortem.base.snapshot.SignalNames;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Exceptions of Windows, each with the signal that tells the same here (winnt.h, ntstatus.h; signal(7)). The
 * first one of a signal is what the signal is shown as.
 *
 * <p>Those of managed code end a process by SIGABRT, when nobody catches them: runtimes for Linux abort then.
 */
public enum ExceptionCode {
    ACCESS_VIOLATION("C0000005", "SIGSEGV"),
    STACK_OVERFLOW("C00000FD", "SIGSEGV"),
    PRIV_INSTRUCTION("C0000096", "SIGSEGV"),
    GUARD_PAGE("80000001", "SIGSEGV"),
    IN_PAGE_ERROR("C0000006", "SIGBUS"),
    DATATYPE_MISALIGNMENT("80000002", "SIGBUS"),
    INT_DIVIDE_BY_ZERO("C0000094", "SIGFPE"),
    INT_OVERFLOW("C0000095", "SIGFPE"),
    FLT_DENORMAL_OPERAND("C000008D", "SIGFPE"),
    FLT_DIVIDE_BY_ZERO("C000008E", "SIGFPE"),
    FLT_INEXACT_RESULT("C000008F", "SIGFPE"),
    FLT_INVALID_OPERATION("C0000090", "SIGFPE"),
    FLT_OVERFLOW("C0000091", "SIGFPE"),
    FLT_STACK_CHECK("C0000092", "SIGFPE"),
    FLT_UNDERFLOW("C0000093", "SIGFPE"),
    ILLEGAL_INSTRUCTION("C000001D", "SIGILL"),
    BREAKPOINT("80000003", "SIGTRAP"),
    SINGLE_STEP("80000004", "SIGTRAP"),
    STACK_BUFFER_OVERRUN("C0000409", "SIGABRT"),
    HEAP_CORRUPTION("C0000374", "SIGABRT"),
    ASSERTION_FAILURE("C0000420", "SIGABRT"),
    FAIL_FAST_EXCEPTION("C0000602", "SIGABRT"),
    INVALID_CRUNTIME_PARAMETER("C0000417", "SIGABRT"),
    FATAL_APP_EXIT("40000015", "SIGABRT"),
    CPP_EXCEPTION("E06D7363", "SIGABRT"),
    CLR("E0434352", "SIGABRT"),
    CLR_FORMER("E0434F4D", "SIGABRT"),
    CLR_STACK_OVERFLOW("E053534F", "SIGABRT");

    /** The signals of faults, and abort: what an exception is here. */
    static final List<String> FAULTS =
            List.of("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS");

    private final String hex;
    private final String signal;

    ExceptionCode(String hex, String signal) {
        this.hex = hex;
        this.signal = signal;
    }

    /** "C0000005.ACCESS_VIOLATION". */
    String text() {
        return hex + "." + name();
    }

    /** What a signal is shown as; one without a counterpart by its number: "0000001F.SIGSYS". */
    public static String shown(String signal, boolean stackOverflow) {
        if (stackOverflow) {
            return STACK_OVERFLOW.text();
        }
        return Arrays.stream(values())
                .filter(each -> each.signal.equals(signal))
                .findFirst()
                .map(ExceptionCode::text)
                .orElseGet(() -> "%08X.%s".formatted(SignalNames.number(signal).orElse(0), signal));
    }

    /** All that a filter may find in a signal. */
    static List<String> texts(String signal, boolean stackOverflow) {
        List<String> codes = Arrays.stream(values())
                .filter(each -> each.signal.equals(signal))
                .filter(each -> (each == STACK_OVERFLOW) == stackOverflow)
                .map(ExceptionCode::text)
                .toList();
        return Stream.concat(codes.stream(), Stream.of(shown(signal, stackOverflow), signal))
                .toList();
    }

    /** "11", "SEGV" and "SIGSEGV" are SIGSEGV. */
    static Optional<String> signal(String text) {
        if (text.matches("[1-9]\\d?")) {
            int number = Integer.parseInt(text);
            return SignalNames.isStandard(number)
                    ? Optional.of(SignalNames.name(number))
                    : Optional.empty();
        }
        String upper = text.toUpperCase(Locale.ROOT);
        String full = upper.startsWith("SIG") ? upper : "SIG" + upper;
        return SignalNames.number(full).isPresent() ? Optional.of(full) : Optional.empty();
    }
}
