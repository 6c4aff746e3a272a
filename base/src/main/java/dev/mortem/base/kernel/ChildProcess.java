package dev.mortem.base.kernel;

import java.util.List;
import java.util.Optional;

/**
 * A child that has not been waited for yet.
 *
 * @param pid as its parent sees it
 * @param state R running, S sleeping, D disk wait, T stopped, Z ended (proc_pid_stat(5))
 * @param commandLine as it was read: whoever shows it masks secrets
 * @param waitChannel the system call or kernel function that its main thread waits in
 */
public record ChildProcess(
        long pid,
        String name,
        String state,
        List<String> commandLine,
        Optional<String> waitChannel) {
    public ChildProcess {
        commandLine = List.copyOf(commandLine);
    }
}
