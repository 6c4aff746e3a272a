package dev.mortem.analyze.rule;

/**
 * The rules' ids as reports carry them, most telling first: of two findings of the same severity
 * the one
 * whose rule stands higher comes first, and the first of all is the headline.
 */
public enum RuleId {
    CRASH_STACK_OVERFLOW("crash-stack-overflow"),
    CRASH_UNHANDLED_NATIVE_EXCEPTION("crash-unhandled-native-exception"),
    CRASH_UNHANDLED_MANAGED_EXCEPTION("crash-unhandled-managed-exception"),
    CRASH_FAST_FAIL("crash-fast-fail"),
    CRASH_HEAP_CORRUPTION("crash-heap-corruption"),
    CRASH_ABORT("crash-abort"),
    CRASH_DIVIDE_BY_ZERO("crash-divide-by-zero"),
    CRASH_PRIVILEGED_INSTRUCTION("crash-privileged-instruction"),
    CRASH_ILLEGAL_INSTRUCTION("crash-illegal-instruction"),
    CRASH_BREAKPOINT("crash-breakpoint"),
    CRASH_BUS_ERROR("crash-bus-error"),
    CRASH_ACCESS_VIOLATION("crash-access-violation"),
    HANG_DEADLOCK("hang-deadlock"),
    HANG_LOCK_ORPHANED("hang-lock-orphaned"),
    CRASH_OTHER("crash-other"),
    HANG_STANDSTILL("hang-standstill"),
    CPU_BUSY_THREAD("cpu-busy-thread"),
    HANG_LOCK_BLOCKED("hang-lock-blocked"),
    HANG_COMMON_WAIT("hang-common-wait"),
    HANDLE_GROWTH("handle-growth"),
    DUMP_TRUNCATED("dump-truncated"),
    DUMP_TOO_SMALL("dump-too-small"),
    SYMBOLS_MISSING("symbols-missing"),
    NO_FAULT_FOUND("no-fault-found");

    private final String label;

    RuleId(String label) {
        this.label = label;
    }

    /** As the report's JSON has it. */
    public String label() {
        return label;
    }
}
