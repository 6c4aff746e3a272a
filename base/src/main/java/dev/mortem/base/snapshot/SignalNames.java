package dev.mortem.base.snapshot;

import java.util.List;
import java.util.OptionalInt;

/** Names of the signals of Linux: the same numbers on x86 and Arm (signal(7)). */
public final class SignalNames {
    /** Those below are the C library's own. */
    private static final int REAL_TIME_FIRST = 34;

    private static final int REAL_TIME_LAST = 64;

    /** By number, from 1. */
    private static final List<String> STANDARD = List.of(
            "SIGHUP",
            "SIGINT",
            "SIGQUIT",
            "SIGILL",
            "SIGTRAP",
            "SIGABRT",
            "SIGBUS",
            "SIGFPE",
            "SIGKILL",
            "SIGUSR1",
            "SIGSEGV",
            "SIGUSR2",
            "SIGPIPE",
            "SIGALRM",
            "SIGTERM",
            "SIGSTKFLT",
            "SIGCHLD",
            "SIGCONT",
            "SIGSTOP",
            "SIGTSTP",
            "SIGTTIN",
            "SIGTTOU",
            "SIGURG",
            "SIGXCPU",
            "SIGXFSZ",
            "SIGVTALRM",
            "SIGPROF",
            "SIGWINCH",
            "SIGIO",
            "SIGPWR",
            "SIGSYS");

    private SignalNames() {}

    /** "SIGSEGV", "SIGRTMIN+3"; "signal 33" for one without a name. */
    public static String name(int number) {
        if (isStandard(number)) {
            return STANDARD.get(number - 1);
        }
        if (number < REAL_TIME_FIRST || number > REAL_TIME_LAST) {
            return "signal " + number;
        }
        int above = number - REAL_TIME_FIRST;
        return above == 0 ? "SIGRTMIN" : "SIGRTMIN+" + above;
    }

    /** Of a standard signal, by its whole name. */
    public static OptionalInt number(String name) {
        int index = STANDARD.indexOf(name);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(index + 1);
    }

    /** Whether it is one of the 31 with names of their own. */
    public static boolean isStandard(int number) {
        return number >= 1 && number <= STANDARD.size();
    }
}
