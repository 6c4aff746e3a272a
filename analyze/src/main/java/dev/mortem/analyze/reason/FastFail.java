package dev.mortem.analyze.reason;

/**
 * The reasons for which a program or the system ends a process at once: FAST_FAIL_ codes (winnt.h), the
 * first parameter of exception 0xC0000409.
 */
final class FastFail {
    private static final String[] NAMES = {
        "LEGACY_GS_VIOLATION",
        "VTGUARD_CHECK_FAILURE",
        "STACK_COOKIE_CHECK_FAILURE",
        "CORRUPT_LIST_ENTRY",
        "INCORRECT_STACK",
        "INVALID_ARG",
        "GS_COOKIE_INIT",
        "FATAL_APP_EXIT",
        "RANGE_CHECK_FAILURE",
        "UNSAFE_REGISTRY_ACCESS",
        "GUARD_ICALL_CHECK_FAILURE",
        "GUARD_WRITE_CHECK_FAILURE",
        "INVALID_FIBER_SWITCH",
        "INVALID_SET_OF_CONTEXT",
        "INVALID_REFERENCE_COUNT",
        "",
        "",
        "",
        "INVALID_JUMP_BUFFER",
        "MRDATA_MODIFIED",
        "CERTIFICATION_FAILURE",
        "INVALID_EXCEPTION_CHAIN",
        "CRYPTO_LIBRARY",
        "INVALID_CALL_IN_DLL_CALLOUT",
        "INVALID_IMAGE_BASE",
        "DLOAD_PROTECTION_FAILURE",
        "UNSAFE_EXTENSION_CALL",
        "DEPRECATED_SERVICE_INVOKED",
        "INVALID_BUFFER_ACCESS",
        "INVALID_BALANCED_TREE",
        "INVALID_NEXT_THREAD",
        "GUARD_ICALL_CHECK_SUPPRESSED",
        "APCS_DISABLED",
        "INVALID_IDLE_STATE",
        "MRDATA_PROTECTION_FAILURE",
        "UNEXPECTED_HEAP_EXCEPTION",
        "INVALID_LOCK_STATE",
        "GUARD_JUMPTABLE",
        "INVALID_LONGJUMP_TARGET",
        "INVALID_DISPATCH_CONTEXT",
        "INVALID_THREAD",
        "INVALID_SYSCALL_NUMBER",
        "INVALID_FILE_OPERATION",
        "LPAC_ACCESS_DENIED",
        "GUARD_SS_FAILURE",
        "LOADER_CONTINUITY_FAILURE",
        "GUARD_EXPORT_SUPPRESSION_FAILURE",
        "INVALID_CONTROL_STACK",
        "SET_CONTEXT_DENIED",
        "INVALID_IAT",
        "HEAP_METADATA_CORRUPTION",
        "PAYLOAD_RESTRICTION_VIOLATION",
        "LOW_LABEL_ACCESS_DENIED",
        "ENCLAVE_CALL_FAILURE",
        "UNHANDLED_LSS_EXCEPTION",
        "ADMINLESS_ACCESS_DENIED",
        "UNEXPECTED_CALL",
        "CONTROL_INVALID_RETURN_ADDRESS",
        "UNEXPECTED_HOST_BEHAVIOR",
        "FLAGS_CORRUPTION",
        "VEH_CORRUPTION",
        "ETW_CORRUPTION",
        "RIO_ABORT",
        "INVALID_PFN",
        "GUARD_ICALL_CHECK_FAILURE_XFG",
        "CAST_GUARD",
        "HOST_VISIBILITY_CHANGE",
        "KERNEL_CET_SHADOW_STACK_ASSIST",
        "PATCH_CALLBACK_FAILED",
        "NTDLL_PATCH_FAILED",
        "INVALID_FLS_DATA",
        "ASAN_ERROR",
        "CLR_EXCEPTION_AOT",
        "POINTER_AUTH_INVALID_RETURN_ADDRESS",
        "INVALID_THREAD_STATE",
        "CORRUPT_WOW64_STATE",
        "INVALID_EXTENDED_STATE"
    };

    private FastFail() {}

    /** "FAST_FAIL_CORRUPT_LIST_ENTRY"; "FAST_FAIL 200" for a code that is newer than the table. */
    static String name(long code) {
        boolean known = code >= 0 && code < NAMES.length && !NAMES[(int) code].isEmpty();
        return known ? "FAST_FAIL_" + NAMES[(int) code] : "FAST_FAIL " + code;
    }

    /** What the code says went wrong; for the codes that people meet. */
    static String meaning(long code) {
        return switch ((int) code) {
            case 0, 2 -> "a function wrote over its own stack frame: the stack cookie has changed";
            case 1 -> "an object's table of virtual functions is not one";
            case 3 -> "a linked list of the system is corrupt";
            case 4 -> "a pointer to the stack points elsewhere";
            case 5 -> "a function that must not be given it was given an invalid argument";
            case 7 -> "the program decided that it cannot go on";
            case 8 -> "an index was out of its range";
            case 10, 64 -> "a call went through a pointer that points to no function";
            case 13 -> "a thread's registers were about to be set to what is not allowed";
            case 14 -> "an object's reference count is not possible";
            case 21 -> "the chain of exception handlers is corrupt";
            case 35 -> "an exception was raised where the heap allows none";
            case 50 -> "the heap's own records are corrupt";
            case 57 -> "a function was about to return to where nobody called it from";
            case 71 -> "AddressSanitizer found an error";
            case 72 -> "a .NET program compiled ahead of time had an unhandled exception";
            default -> "a check of the program or the system failed";
        };
    }
}
