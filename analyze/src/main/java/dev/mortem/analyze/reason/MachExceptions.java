package dev.mortem.analyze.reason;

/** Exceptions of Mach (mach/exception_types.h; mach/kern_return.h), and those that Crashpad adds. */
final class MachExceptions {
    /** "CPnx": an exception of Objective-C that nobody caught (Crashpad, mach_extensions.h). */
    private static final long FROM_NS_EXCEPTION = 0x4350_6e78L;

    private static final String[] NAMES = {
        "", "BAD_ACCESS", "BAD_INSTRUCTION", "ARITHMETIC", "EMULATION", "SOFTWARE", "BREAKPOINT",
        "SYSCALL", "MACH_SYSCALL", "RPC_ALERT", "CRASH", "RESOURCE", "GUARD", "CORPSE_NOTIFY"
    };

    private MachExceptions() {}

    /** "EXC_BAD_ACCESS". */
    static String name(long type) {
        if (type == FROM_NS_EXCEPTION) {
            return "NSException";
        }
        return type > 0 && type < NAMES.length ? "EXC_" + NAMES[(int) type] : "EXC " + type;
    }

    static Fault.Kind kind(long type, long code) {
        if (type == FROM_NS_EXCEPTION) {
            return Fault.Kind.OBJECTIVE_C_EXCEPTION;
        }
        return switch ((int) type) {
            case 1 -> Fault.Kind.ACCESS_VIOLATION;
            case 2 -> Fault.Kind.ILLEGAL_INSTRUCTION;
            case 3 -> code == 1 ? Fault.Kind.DIVIDE_BY_ZERO : Fault.Kind.OTHER;
            case 6 -> Fault.Kind.BREAKPOINT;
            default -> Fault.Kind.OTHER;
        };
    }

    static FaultCode code(long type, long code) {
        if (type == FROM_NS_EXCEPTION) {
            return new FaultCode("CPnx", "an exception of Objective-C that nobody caught");
        }
        if (type != 1) {
            return new FaultCode("0x" + Long.toHexString(code), "raised by the kernel");
        }
        return switch ((int) code) {
            case 1 -> new FaultCode("KERN_INVALID_ADDRESS", "address not mapped");
            case 2 ->
                new FaultCode("KERN_PROTECTION_FAILURE", "no permission for the mapped address");
            case 13 -> new FaultCode("EXC_I386_GPFLT", "no valid address, or a protection fault");
            default -> new FaultCode("0x" + Long.toHexString(code), "raised by the kernel");
        };
    }
}
