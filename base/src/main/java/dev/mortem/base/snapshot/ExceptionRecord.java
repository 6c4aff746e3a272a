package dev.mortem.base.snapshot;

import java.util.List;

/**
 * EXCEPTION_RECORD of Windows (winnt.h): what was raised, where, and with which parameters.
 *
 * @param code "0xC0000005", unsigned, of 32 bits
 * @param flags EXCEPTION_NONCONTINUABLE and others
 * @param address of the instruction that raised it
 * @param parameters at most 15; what they mean depends on the code
 */
public record ExceptionRecord(long code, long flags, long address, List<Long> parameters) {
    /** EXCEPTION_MAXIMUM_PARAMETERS. */
    public static final int PARAMETERS_MAX = 15;

    public ExceptionRecord {
        parameters = List.copyOf(parameters);
    }
}
