package dev.mortem.os.linux.table;

import java.util.Set;

/** Signal numbers, the same on x86 and arm (asm/signal.h, signal(7)). */
public final class Signals {
    public static final int SIGQUIT = 3;
    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGKILL = 9;
    public static final int SIGSEGV = 11;
    public static final int SIGXCPU = 24;
    public static final int SIGXFSZ = 25;
    public static final int SIGSYS = 31;

    /** Those whose default action is "core" (signal(7), standard signals). */
    private static final Set<Integer> CORE = Set.of(
            SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS);

    /** Those whose siginfo_t has the address of the fault where the kernel raised them. */
    private static final Set<Integer> WITH_ADDRESS =
            Set.of(SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV);

    /** Those whose default action is none, or to go on (signal(7)): SIGCHLD, SIGCONT, SIGURG, SIGWINCH. */
    private static final Set<Integer> HARMLESS = Set.of(17, 18, 23, 28);

    /** Those whose default action is to stop: SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU. */
    private static final Set<Integer> STOPPING = Set.of(19, 20, 21, 22);

    private Signals() {}

    public static boolean dumpsCore(int signal) {
        return CORE.contains(signal);
    }

    /** Whether a process that leaves it at the default action ends of it. */
    public static boolean endsByDefault(int signal) {
        return !HARMLESS.contains(signal) && !STOPPING.contains(signal);
    }

    public static boolean hasAddress(int signal) {
        return WITH_ADDRESS.contains(signal);
    }
}
