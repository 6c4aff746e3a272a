package dev.mortem.os.linux.inject;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.os.linux.table.SystemCalls;

import java.util.Set;

/**
 * System calls that return EINTR when a debugger stops their thread, and that may be made again instead
 * (signal(7), "Interruption of system calls and library functions by stop signals"). EINTR from any of
 * these means that nothing was taken or given yet.
 *
 * <p>One that has a relative time limit starts it again in full: what was left of it only the kernel knew.
 */
public final class Restarts {
    private static final Set<String> CALLS = Set.of(
            "accept",
            "accept4",
            "connect",
            "epoll_pwait",
            "epoll_pwait2",
            "epoll_wait",
            "io_getevents",
            "io_pgetevents",
            "io_uring_enter",
            "read",
            "readv",
            "recvfrom",
            "recvmmsg",
            "recvmsg",
            "rt_sigtimedwait",
            "semop",
            "semtimedop",
            "sendmmsg",
            "sendmsg",
            "sendto",
            "write",
            "writev");

    private Restarts() {}

    /** Whether the thread's call ended with EINTR because of the stop, and can be made again. */
    public static boolean apply(Cpu cpu, GeneralRegisters registers) {
        return registers.isInterrupted()
                && SystemCalls.name(cpu, registers.interruptedCall())
                        .map(CALLS::contains)
                        .orElse(false);
    }
}
