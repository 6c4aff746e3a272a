package dev.mortem.base.snapshot;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One thread of a snapshot.
 *
 * @param id the kernel's thread id, in the process's own pid namespace
 * @param name what the program called it, at most 15 bytes on Linux
 * @param state the scheduler's state letter before we stopped it: R running, S sleeping, D disk wait …
 * @param registers empty where the dump does not have them or the CPU is not one of ours
 * @param notes the raw register notes (NT_FPREGSET, NT_X86_XSTATE, NT_SIGINFO …) in the dump's order
 * @param userTime CPU time in user mode since the thread started
 * @param kernelTime the same in the kernel
 * @param waitChannel the kernel function or system call that it waits in, where the system tells
 * @param windows what only Windows knows of a thread
 */
public record ThreadSnapshot(
        long id,
        Optional<String> name,
        Optional<String> state,
        Optional<RegisterContext> registers,
        List<RawNote> notes,
        Optional<Duration> userTime,
        Optional<Duration> kernelTime,
        Optional<String> waitChannel,
        Optional<WindowsThread> windows) {
    public ThreadSnapshot {
        notes = List.copyOf(notes);
    }

    /** A thread of Linux. */
    public ThreadSnapshot(
            long id,
            Optional<String> name,
            Optional<String> state,
            Optional<RegisterContext> registers,
            List<RawNote> notes,
            Optional<Duration> userTime,
            Optional<Duration> kernelTime,
            Optional<String> waitChannel) {
        this(
                id,
                name,
                state,
                registers,
                notes,
                userTime,
                kernelTime,
                waitChannel,
                Optional.empty());
    }

    /** A thread of which only the id and perhaps the registers are known. */
    public static ThreadSnapshot of(
            long id, Optional<RegisterContext> registers, List<RawNote> notes) {
        return new ThreadSnapshot(
                id,
                Optional.empty(),
                Optional.empty(),
                registers,
                notes,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
