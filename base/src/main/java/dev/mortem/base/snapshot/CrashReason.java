package dev.mortem.base.snapshot;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Why the snapshot exists. */
public sealed interface CrashReason {
    /**
     * A POSIX signal ended, or was about to end, the process (siginfo_t, POSIX.1-2017, signal.h).
     *
     * @param number 11 is SIGSEGV, on every CPU we know
     * @param code si_code; empty where the dump has no siginfo
     * @param address si_addr of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGTRAP; empty for others
     * @param senderPid si_pid of a signal that somebody sent
     * @param threadId the thread that received it
     */
    record Signal(
            int number,
            OptionalInt code,
            OptionalLong address,
            OptionalLong senderPid,
            long threadId)
            implements CrashReason {}

    /**
     * An exception that a Windows process did not handle, or that somebody waited for.
     *
     * @param record the outermost
     * @param nested those that were being handled when it was raised, the innermost last
     * @param threadId the thread that raised it
     */
    record WindowsException(ExceptionRecord record, List<ExceptionRecord> nested, long threadId)
            implements CrashReason {
        public WindowsException {
            nested = List.copyOf(nested);
        }
    }

    /**
     * An exception of Mach, on macOS and iOS (mach/exception_types.h).
     *
     * @param type EXC_BAD_ACCESS is 1
     * @param code the first code: a kern_return_t for EXC_BAD_ACCESS
     * @param address the second code, which is the address for EXC_BAD_ACCESS; else of the instruction
     * @param threadId the thread that raised it
     */
    record MachException(long type, long code, long address, long threadId)
            implements CrashReason {}

    /** Somebody asked for it: nothing is known to be wrong with the process. */
    record OnDemand() implements CrashReason {}

    /** The dump does not say. */
    record Unknown() implements CrashReason {}
}
