package dev.mortem.analyze.reason;

import dev.mortem.base.snapshot.ExceptionRecord;

import java.util.Map;
import java.util.Optional;

/**
 * Exception codes of Windows (ntstatus.h, winnt.h) and of the runtimes that raise their own: names,
 * meanings and what kind of fault they are.
 */
public final class WindowsExceptions {
    static final long ACCESS_VIOLATION = 0xc000_0005L;
    static final long IN_PAGE_ERROR = 0xc000_0006L;
    static final long STACK_BUFFER_OVERRUN = 0xc000_0409L;
    static final long GUARD_PAGE = 0x8000_0001L;
    public static final long BREAKPOINT = 0x8000_0003L;
    public static final long MSVC_CPP = 0xe06d_7363L;
    public static final long CLR = 0xe043_4352L;

    /** What is known of a code. */
    private record Known(String name, Fault.Kind kind, String meaning) {}

    private static final Map<Long, Known> KNOWN = Map.ofEntries(
            known(GUARD_PAGE, "GUARD_PAGE", Fault.Kind.OTHER, "a guard page was touched"),
            known(
                    0x8000_0002L,
                    "DATATYPE_MISALIGNMENT",
                    Fault.Kind.OTHER,
                    "an address is not aligned as the instruction needs it"),
            known(BREAKPOINT, "BREAKPOINT", Fault.Kind.BREAKPOINT, "a breakpoint was reached"),
            known(0x8000_0004L, "SINGLE_STEP", Fault.Kind.BREAKPOINT, "a step was traced"),
            known(
                    ACCESS_VIOLATION,
                    "ACCESS_VIOLATION",
                    Fault.Kind.ACCESS_VIOLATION,
                    "memory was used that may not be used so"),
            known(
                    IN_PAGE_ERROR,
                    "IN_PAGE_ERROR",
                    Fault.Kind.BUS_ERROR,
                    "a page could not be read from its file"),
            known(0xc000_0008L, "INVALID_HANDLE", Fault.Kind.OTHER, "a handle is not open"),
            known(
                    0xc000_000dL,
                    "INVALID_PARAMETER",
                    Fault.Kind.OTHER,
                    "a function was given an invalid argument"),
            known(0xc000_0017L, "NO_MEMORY", Fault.Kind.OTHER, "memory could not be allocated"),
            known(
                    0xc000_001dL,
                    "ILLEGAL_INSTRUCTION",
                    Fault.Kind.ILLEGAL_INSTRUCTION,
                    "an illegal instruction"),
            known(
                    0xc000_0025L,
                    "NONCONTINUABLE_EXCEPTION",
                    Fault.Kind.OTHER,
                    "a handler wanted to go on after an exception that does not allow it"),
            known(
                    0xc000_0026L,
                    "INVALID_DISPOSITION",
                    Fault.Kind.OTHER,
                    "an exception handler gave an invalid answer"),
            known(
                    0xc000_008cL,
                    "ARRAY_BOUNDS_EXCEEDED",
                    Fault.Kind.OTHER,
                    "an index was out of its array's bounds"),
            known(0xc000_008dL, "FLOAT_DENORMAL_OPERAND", Fault.Kind.OTHER, "a denormal operand"),
            known(
                    0xc000_008eL,
                    "FLOAT_DIVIDE_BY_ZERO",
                    Fault.Kind.DIVIDE_BY_ZERO,
                    "floating-point division by zero"),
            known(0xc000_008fL, "FLOAT_INEXACT_RESULT", Fault.Kind.OTHER, "an inexact result"),
            known(
                    0xc000_0090L,
                    "FLOAT_INVALID_OPERATION",
                    Fault.Kind.OTHER,
                    "an invalid floating-point operation"),
            known(0xc000_0091L, "FLOAT_OVERFLOW", Fault.Kind.OTHER, "floating-point overflow"),
            known(0xc000_0092L, "FLOAT_STACK_CHECK", Fault.Kind.OTHER, "the x87 stack overflowed"),
            known(0xc000_0093L, "FLOAT_UNDERFLOW", Fault.Kind.OTHER, "floating-point underflow"),
            known(
                    0xc000_0094L,
                    "INTEGER_DIVIDE_BY_ZERO",
                    Fault.Kind.DIVIDE_BY_ZERO,
                    "integer division by zero"),
            known(
                    0xc000_0095L,
                    "INTEGER_OVERFLOW",
                    Fault.Kind.DIVIDE_BY_ZERO,
                    "a quotient that does not fit"),
            known(
                    0xc000_0096L,
                    "PRIVILEGED_INSTRUCTION",
                    Fault.Kind.PRIVILEGED_INSTRUCTION,
                    "an instruction of the kernel"),
            known(
                    0xc000_00fdL,
                    "STACK_OVERFLOW",
                    Fault.Kind.STACK_OVERFLOW,
                    "the thread's stack is used up"),
            known(0xc000_0135L, "DLL_NOT_FOUND", Fault.Kind.OTHER, "a DLL was not found"),
            known(
                    0xc000_0138L,
                    "ORDINAL_NOT_FOUND",
                    Fault.Kind.OTHER,
                    "a DLL lacks a function that is imported by number"),
            known(
                    0xc000_0139L,
                    "ENTRYPOINT_NOT_FOUND",
                    Fault.Kind.OTHER,
                    "a DLL lacks a function that is imported"),
            known(0xc000_013aL, "CONTROL_C_EXIT", Fault.Kind.OTHER, "somebody pressed Ctrl+C"),
            known(
                    0xc000_0142L,
                    "DLL_INIT_FAILED",
                    Fault.Kind.OTHER,
                    "a DLL's start function failed"),
            known(
                    0xc000_0194L,
                    "POSSIBLE_DEADLOCK",
                    Fault.Kind.OTHER,
                    "a thread waited too long for a critical section"),
            known(
                    0xc000_0374L,
                    "HEAP_CORRUPTION",
                    Fault.Kind.HEAP_CORRUPTION,
                    "the heap's own records are corrupt"),
            known(
                    STACK_BUFFER_OVERRUN,
                    "STACK_BUFFER_OVERRUN",
                    Fault.Kind.FAST_FAIL,
                    "a check failed after which nothing can be trusted"),
            known(
                    0xc000_0417L,
                    "INVALID_CRUNTIME_PARAMETER",
                    Fault.Kind.FAST_FAIL,
                    "a function of the C runtime was given an invalid argument"),
            known(
                    0xc000_041dL,
                    "FATAL_USER_CALLBACK_EXCEPTION",
                    Fault.Kind.OTHER,
                    "an exception left a window procedure or another callback of the kernel"),
            known(0xc000_0420L, "ASSERTION_FAILURE", Fault.Kind.ABORT, "an assertion failed"),
            known(
                    0xc000_0602L,
                    "FAIL_FAST_EXCEPTION",
                    Fault.Kind.FAST_FAIL,
                    "the program decided that it cannot go on"),
            known(
                    0xc06d_007eL,
                    "DELAY_LOAD_MODULE_NOT_FOUND",
                    Fault.Kind.OTHER,
                    "a DLL that is loaded on first use was not found"),
            known(
                    0xc06d_007fL,
                    "DELAY_LOAD_PROCEDURE_NOT_FOUND",
                    Fault.Kind.OTHER,
                    "a DLL that is loaded on first use lacks a function"),
            known(
                    0xc002_0001L,
                    "RPC_INVALID_STRING_BINDING",
                    Fault.Kind.OTHER,
                    "a remote call's address is invalid"),
            known(
                    0x0000_06baL,
                    "RPC_SERVER_UNAVAILABLE",
                    Fault.Kind.OTHER,
                    "the server of a remote call is not there"),
            known(
                    0x0000_06d9L,
                    "RPC_ENDPOINT_NOT_REGISTERED",
                    Fault.Kind.OTHER,
                    "the server of a remote call is not registered"),
            known(MSVC_CPP, "CPP_EXCEPTION", Fault.Kind.CPP_EXCEPTION, "a C++ exception"),
            known(0x2047_4343L, "GCC_EXCEPTION", Fault.Kind.CPP_EXCEPTION, "a C++ exception"),
            known(CLR, "CLR_EXCEPTION", Fault.Kind.MANAGED_EXCEPTION, "a .NET exception"),
            known(
                    0xe043_4f4dL,
                    "CLR_EXCEPTION",
                    Fault.Kind.MANAGED_EXCEPTION,
                    "a .NET exception of an old runtime"),
            known(
                    0xe053_534fL,
                    "CLR_STACK_OVERFLOW",
                    Fault.Kind.STACK_OVERFLOW,
                    "a .NET thread's stack is used up"),
            known(0x0eed_fadeL, "DELPHI_EXCEPTION", Fault.Kind.OTHER, "a Delphi exception"),
            known(0x0eef_faceL, "CPPBUILDER_EXCEPTION", Fault.Kind.OTHER, "a C++Builder exception"),
            known(0xe000_0008L, "OUT_OF_MEMORY", Fault.Kind.OTHER, "Chromium ran out of memory"),
            known(0x8013_1506L, "CLR_INTERNAL_ERROR", Fault.Kind.OTHER, "the CLR itself failed"));

    /** Raised to tell a debugger or a dumper something: nothing went wrong. */
    private static final Map<Long, String> HARMLESS = Map.of(
            0x0517_a7edL, "simulated by Crashpad to take a dump",
            0xcfff_ffffL, "taken of a program that did not answer",
            0x406d_1388L, "a thread was named",
            0x4001_0005L, "Ctrl+C under a debugger",
            0x4001_0006L, "a debug message",
            0x4001_000aL, "a debug message",
            0x4008_0201L, "a Windows Runtime error was created",
            0x4008_0202L, "a Windows Runtime error was passed on",
            0x0424_2420L, "a notification of the CLR for debuggers");

    private WindowsExceptions() {}

    private static Map.Entry<Long, Known> known(
            long code, String name, Fault.Kind kind, String meaning) {
        return Map.entry(code, new Known(name, kind, meaning));
    }

    /** Why a dump with that code shows no fault; empty for a fault. */
    public static Optional<String> harmless(long code) {
        return Optional.ofNullable(HARMLESS.get(code));
    }

    static Fault.Kind kind(long code) {
        Known known = KNOWN.get(code);
        return known == null ? Fault.Kind.OTHER : known.kind;
    }

    /** "ACCESS_VIOLATION"; of a fast fail its reason; "exception 0xE0000123" for an unknown one. */
    static String name(ExceptionRecord record) {
        if (record.code() == STACK_BUFFER_OVERRUN && !record.parameters().isEmpty()) {
            return FastFail.name(record.parameters().getFirst());
        }
        Known known = KNOWN.get(record.code());
        return known == null ? "exception " + hex(record.code()) : known.name;
    }

    static FaultCode code(ExceptionRecord record) {
        if (record.code() == STACK_BUFFER_OVERRUN && !record.parameters().isEmpty()) {
            return new FaultCode(
                    hex(record.code()), FastFail.meaning(record.parameters().getFirst()));
        }
        Known known = KNOWN.get(record.code());
        return new FaultCode(
                hex(record.code()), known == null ? anatomy(record.code()) : known.meaning);
    }

    /** What an NTSTATUS says by its bits ("Using NTSTATUS values", Windows drivers). */
    private static String anatomy(long code) {
        boolean custom = (code & 0x2000_0000L) != 0;
        if (custom) {
            return "a code of the program's own, or of its runtime";
        }
        return switch ((int) (code >>> 30)) {
            case 3 -> "an error of the system, facility 0x%x".formatted(code >>> 16 & 0xfff);
            case 2 -> "a warning of the system";
            case 1 -> "a notification of the system";
            default -> "a code without a name";
        };
    }

    /** "0xC0000005", as Windows writes codes. */
    public static String hex(long code) {
        return "0x%08X".formatted(code);
    }
}
