package dev.mortem.analyze.reason;

import dev.mortem.analyze.instruction.Instruction;
import dev.mortem.base.snapshot.CrashReason;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A signal or an exception that ended the process, decoded.
 *
 * @param kind what it is, whatever the system calls it
 * @param name "SIGSEGV", "ACCESS_VIOLATION", "EXC_BAD_ACCESS"
 * @param code what si_code says, or the exception's code
 * @param sent whether somebody sent the signal; then no instruction is to blame
 * @param place what lies at {@code address}
 * @param address what was touched, where that is known: si_addr, or what the instruction's
 * registers
 *     give where si_addr means nothing
 * @param access "read", "write" or "execute"
 * @param accessBytes how many bytes were touched
 * @param pointer the register that held the bad pointer, with its value
 * @param operand the operand as an assembler writes it: "[rax + 0x10]"
 * @param instruction the faulting instruction, where its bytes are there and understood
 * @param region permissions and name of the mapping at {@code address}, for people
 * @param stackOverflow whether the stack pointer has left its stack
 */
public record Fault(
        CrashReason reason,
        Kind kind,
        String name,
        Optional<FaultCode> code,
        boolean sent,
        Place place,
        OptionalLong address,
        Optional<String> access,
        OptionalInt accessBytes,
        Optional<Pointer> pointer,
        Optional<String> operand,
        Optional<Instruction> instruction,
        Optional<String> region,
        boolean stackOverflow) {

    /** What happened, in the same words for all systems. */
    public enum Kind {
        ACCESS_VIOLATION,
        /** Memory that is mapped could not be reached. */
        BUS_ERROR,
        STACK_OVERFLOW,
        ILLEGAL_INSTRUCTION,
        PRIVILEGED_INSTRUCTION,
        DIVIDE_BY_ZERO,
        BREAKPOINT,
        /** The process ended itself: abort(), an assertion. */
        ABORT,
        /** The process was ended at once, without handlers, because nothing could be trusted. */
        FAST_FAIL,
        HEAP_CORRUPTION,
        /** A C++ exception that nobody caught, where the system tells so itself. */
        CPP_EXCEPTION,
        OBJECTIVE_C_EXCEPTION,
        MANAGED_EXCEPTION,
        OTHER
    }

    /** The thread that it happened to. */
    public long threadId() {
        return switch (reason) {
            case CrashReason.Signal signal -> signal.threadId();
            case CrashReason.WindowsException exception -> exception.threadId();
            case CrashReason.MachException exception -> exception.threadId();
            case CrashReason.OnDemand _, CrashReason.Unknown _ ->
                throw new IllegalStateException("no fault: " + reason);
        };
    }

    /** si_pid of a signal that somebody sent. */
    public OptionalLong senderPid() {
        return reason instanceof CrashReason.Signal signal
                ? signal.senderPid()
                : OptionalLong.empty();
    }

    /** si_code of a signal. */
    public OptionalInt signalCode() {
        return reason instanceof CrashReason.Signal signal ? signal.code() : OptionalInt.empty();
    }

    /** The exception of Windows. */
    public Optional<CrashReason.WindowsException> windows() {
        return reason instanceof CrashReason.WindowsException exception
                ? Optional.of(exception)
                : Optional.empty();
    }

    /** A register and what it held. */
    public record Pointer(String register, long value) {}

    /** What lies at an address that could not be used. */
    public enum Place {
        /** Below 64 KiB, where nothing is ever mapped: a null pointer and an offset. */
        NULL_PAGE,
        UNMAPPED,
        /** Mapped, but not for what was tried. */
        NO_PERMISSION,
        /** No address at all: bits 47 to 63 are not all the same. */
        NON_CANONICAL,
        /** Mapped without any permission: a guard, or memory that is only reserved. */
        GUARD,
        /** The kernel's half of the address space. */
        KERNEL,
        /**
         * Mapped with the permission that was needed; the instruction wanted a multiple of its
         * size.
         */
        MISALIGNED,
        /**
         * Mapped, and by the region's permissions fit for use; the kernel's code says what was
         * wrong.
         */
        MAPPED,
        /** This signal has no address, or the dump does not tell it. */
        UNKNOWN
    }
}
