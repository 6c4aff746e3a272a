package dev.mortem.analyze.reason;

import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.base.snapshot.SignalNames;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a system told of a fault, in the same words for all systems.
 *
 * @param address what the system says was touched, or where; empty where that means nothing
 * @param access "read", "write" or "execute", where the system tells
 * @param ofInstruction whether an instruction of the thread raised it, at its program counter
 * @param touchesMemory whether it is about memory that could not be used
 * @param withoutFrame whether the kernel found no room on the stack, or no valid address
 */
record Raised(
        Fault.Kind kind,
        String name,
        Optional<FaultCode> code,
        boolean sent,
        OptionalLong address,
        Optional<String> access,
        boolean ofInstruction,
        boolean touchesMemory,
        boolean withoutFrame) {
    private static final int FPE_INTDIV = 1;

    /** All ones: Windows and macOS say so where the CPU gave no address. */
    private static final long NO_ADDRESS = -1;

    static Raised of(CrashReason.Signal signal, boolean generalProtection) {
        OptionalInt siCode = signal.code();
        boolean sent = siCode.isPresent() && Signals.isSent(siCode.getAsInt());
        boolean touches = signal.number() == Signals.SIGSEGV || signal.number() == Signals.SIGBUS;
        return new Raised(
                kind(signal),
                SignalNames.name(signal.number()),
                siCode.isPresent()
                        ? Signals.code(signal.number(), siCode.getAsInt())
                        : Optional.empty(),
                sent,
                sent || generalProtection ? OptionalLong.empty() : signal.address(),
                Optional.empty(),
                !sent && Signals.isFault(signal.number()),
                !sent && touches,
                siCode.equals(OptionalInt.of(Signals.SI_KERNEL)));
    }

    private static Fault.Kind kind(CrashReason.Signal signal) {
        return switch (signal.number()) {
            case Signals.SIGSEGV -> Fault.Kind.ACCESS_VIOLATION;
            case Signals.SIGBUS -> Fault.Kind.BUS_ERROR;
            case Signals.SIGILL -> Fault.Kind.ILLEGAL_INSTRUCTION;
            case Signals.SIGTRAP -> Fault.Kind.BREAKPOINT;
            case Signals.SIGABRT -> Fault.Kind.ABORT;
            case Signals.SIGFPE ->
                signal.code().equals(OptionalInt.of(FPE_INTDIV))
                        ? Fault.Kind.DIVIDE_BY_ZERO
                        : Fault.Kind.OTHER;
            default -> Fault.Kind.OTHER;
        };
    }

    static Raised of(CrashReason.WindowsException exception) {
        ExceptionRecord record = exception.record();
        List<Long> parameters = record.parameters();
        boolean touches = record.code() == WindowsExceptions.ACCESS_VIOLATION
                || record.code() == WindowsExceptions.IN_PAGE_ERROR
                || record.code() == WindowsExceptions.GUARD_PAGE;
        boolean told = touches && parameters.size() >= 2;
        boolean software = (record.code() & 0x2000_0000L) != 0;
        return new Raised(
                WindowsExceptions.kind(record.code()),
                WindowsExceptions.name(record),
                Optional.of(WindowsExceptions.code(record)),
                false,
                told && parameters.get(1) != NO_ADDRESS
                        ? OptionalLong.of(parameters.get(1))
                        : OptionalLong.empty(),
                told ? access(parameters.getFirst()) : Optional.empty(),
                !software,
                touches,
                false);
    }

    /** ExceptionInformation[0] of an access violation (EXCEPTION_RECORD, winnt.h). */
    private static Optional<String> access(long flag) {
        return switch ((int) flag) {
            case 0 -> Optional.of("read");
            case 1 -> Optional.of("write");
            case 8 -> Optional.of("execute");
            default -> Optional.empty();
        };
    }

    static Raised of(CrashReason.MachException exception) {
        boolean touches = exception.type() == 1;
        return new Raised(
                MachExceptions.kind(exception.type(), exception.code()),
                MachExceptions.name(exception.type()),
                Optional.of(MachExceptions.code(exception.type(), exception.code())),
                false,
                touches && exception.address() != NO_ADDRESS
                        ? OptionalLong.of(exception.address())
                        : OptionalLong.empty(),
                Optional.empty(),
                exception.type() < 7,
                touches,
                false);
    }
}
