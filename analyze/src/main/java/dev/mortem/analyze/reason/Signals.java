package dev.mortem.analyze.reason;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Signals of Linux and what their si_code values say (signal(7), sigaction(2),
 * asm-generic/siginfo.h).
 */
public final class Signals {
    public static final int SIGQUIT = 3;
    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGSEGV = 11;
    public static final int SIGSTOP = 19;

    public static final int SI_USER = 0;
    public static final int SI_KERNEL = 0x80;
    public static final int SI_QUEUE = -1;
    public static final int SI_TKILL = -6;

    private static final Map<Integer, FaultCode> GENERIC = Map.ofEntries(
            Map.entry(SI_USER, new FaultCode("SI_USER", "sent by kill()")),
            Map.entry(SI_KERNEL, new FaultCode("SI_KERNEL", "raised by the kernel")),
            Map.entry(SI_QUEUE, new FaultCode("SI_QUEUE", "sent by sigqueue()")),
            Map.entry(-2, new FaultCode("SI_TIMER", "a timer expired")),
            Map.entry(-3, new FaultCode("SI_MESGQ", "a message queue changed")),
            Map.entry(-4, new FaultCode("SI_ASYNCIO", "asynchronous I/O completed")),
            Map.entry(-5, new FaultCode("SI_SIGIO", "queued SIGIO")),
            Map.entry(SI_TKILL, new FaultCode("SI_TKILL", "sent by tkill(), tgkill() or raise()")),
            Map.entry(-7, new FaultCode("SI_DETHREAD", "a thread ended by exec")),
            Map.entry(-60, new FaultCode("SI_ASYNCNL", "asynchronous name lookup completed")));

    private static final Map<Integer, FaultCode[]> SPECIFIC = Map.of(
            SIGILL,
            codes(
                    "ILL_ILLOPC illegal opcode",
                    "ILL_ILLOPN illegal operand",
                    "ILL_ILLADR illegal addressing mode",
                    "ILL_ILLTRP illegal trap",
                    "ILL_PRVOPC privileged opcode",
                    "ILL_PRVREG privileged register",
                    "ILL_COPROC coprocessor error",
                    "ILL_BADSTK internal stack error",
                    "ILL_BADIADDR unimplemented instruction address"),
            SIGFPE,
            codes(
                    "FPE_INTDIV integer division by zero",
                    "FPE_INTOVF integer overflow",
                    "FPE_FLTDIV floating-point division by zero",
                    "FPE_FLTOVF floating-point overflow",
                    "FPE_FLTUND floating-point underflow",
                    "FPE_FLTRES inexact floating-point result",
                    "FPE_FLTINV invalid floating-point operation",
                    "FPE_FLTSUB subscript out of range",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "FPE_FLTUNK undiagnosed floating-point exception",
                    "FPE_CONDTRAP trap on condition"),
            SIGSEGV,
            codes(
                    "SEGV_MAPERR address not mapped",
                    "SEGV_ACCERR no permission for the mapped address",
                    "SEGV_BNDERR failed bounds check",
                    "SEGV_PKUERR access denied by a memory protection key",
                    "SEGV_ACCADI ADI not enabled for the mapped address",
                    "SEGV_ADIDERR disrupting MCD error",
                    "SEGV_ADIPERR precise MCD exception",
                    "SEGV_MTEAERR asynchronous memory tag error",
                    "SEGV_MTESERR memory tag error",
                    "SEGV_CPERR control protection fault"),
            SIGBUS,
            codes(
                    "BUS_ADRALN misaligned address",
                    "BUS_ADRERR no such physical address: beyond the end of the mapped file",
                    "BUS_OBJERR hardware error of the mapped object",
                    "BUS_MCEERR_AR memory error reported by the hardware, on access",
                    "BUS_MCEERR_AO memory error reported by the hardware, found beforehand"),
            SIGTRAP,
            codes(
                    "TRAP_BRKPT breakpoint",
                    "TRAP_TRACE single step",
                    "TRAP_BRANCH branch taken",
                    "TRAP_HWBKPT hardware breakpoint or watchpoint",
                    "TRAP_UNK undiagnosed trap",
                    "TRAP_PERF performance event"),
            31,
            codes(
                    "SYS_SECCOMP system call denied by seccomp",
                    "SYS_USER_DISPATCH system call dispatched to user space"));

    /** Signals that a fault of the process's own instructions raises. */
    private static final Set<Integer> FAULTS = Set.of(SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, 31);

    private Signals() {}

    private static FaultCode[] codes(String... namesAndMeanings) {
        FaultCode[] codes = new FaultCode[namesAndMeanings.length];
        for (int index = 0; index < codes.length; index++) {
            String both = namesAndMeanings[index];
            int space = both.indexOf(' ');
            codes[index] = space < 0
                    ? new FaultCode("", "")
                    : new FaultCode(both.substring(0, space), both.substring(space + 1));
        }
        return codes;
    }

    /** What si_code says of that signal; empty for a value that is in no table. */
    public static Optional<FaultCode> code(int number, int code) {
        FaultCode generic = GENERIC.get(code);
        if (generic != null) {
            return Optional.of(generic);
        }
        FaultCode[] specific = SPECIFIC.getOrDefault(number, new FaultCode[0]);
        return code >= 1
                        && code <= specific.length
                        && !specific[code - 1].name().isEmpty()
                ? Optional.of(specific[code - 1])
                : Optional.empty();
    }

    /** Whether somebody sent the signal, so that no instruction is to blame. */
    public static boolean isSent(int code) {
        return code == SI_USER || code == SI_QUEUE || code == SI_TKILL;
    }

    public static boolean isFault(int number) {
        return FAULTS.contains(number);
    }
}
