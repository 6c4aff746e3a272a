package dev.mortem.os.linux.event;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.table.SystemCalls;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells why a thread stands at its exit: by the system call that it is in, as /proc/PID/task/TID/syscall
 * (proc_pid_syscall(5)) names it.
 */
final class DyingThreads {
    /** Why a thread ends. */
    enum Why {
        /** It called _exit(2) for itself: pthread_exit, a thread's function that returned. */
        ALONE,
        /** It called exit_group(2), and takes the process with it. */
        CALLED_EXIT,
        /** Another thread, a signal or an exec ends it. */
        ENDED
    }

    private final ProcFolder proc;
    private final long pid;
    private final Cpu cpu;

    DyingThreads(ProcFolder proc, long pid) {
        this.proc = proc;
        this.pid = pid;
        this.cpu = "aarch64".equals(System.getProperty("os.arch")) ? Cpu.ARM64 : Cpu.X86_64;
    }

    Why why(long tid) {
        String call = call(tid).orElse("");
        return switch (call) {
            case "exit" -> Why.ALONE;
            case "exit_group" -> Why.CALLED_EXIT;
            default -> Why.ENDED;
        };
    }

    /** Whether a thread of the process is becoming another program, for which all others have to end. */
    boolean isAnyInExec() {
        return proc.tids(pid).stream()
                .anyMatch(tid ->
                        call(tid).filter(call -> call.startsWith("execve")).isPresent());
    }

    private Optional<String> call(long tid) {
        String text = ProcFolder.text(proc.task(pid, tid).resolve("syscall")).orElse("");
        OptionalLong number = Numbers.parseUnsigned(text.split(" ", 2)[0]);
        return number.isPresent() ? SystemCalls.name(cpu, number.getAsLong()) : Optional.empty();
    }
}
