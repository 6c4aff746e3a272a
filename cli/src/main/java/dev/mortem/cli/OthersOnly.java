package dev.mortem.cli;

import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Processes but those that one process started: while Mortem waits for a target it rehearses on a child,
 * which is called sleep and stands in Mortem's own unit and container.
 */
record OthersOnly(ProcessList all, long parentPid) implements ProcessList {
    @Override
    public List<ProcessEntry> list(Duration cpuWindow) {
        return all.list(cpuWindow).stream()
                .filter(entry -> entry.parentPid().orElse(0) != parentPid)
                .toList();
    }

    /** Whoever names a pid means it. */
    @Override
    public Optional<ProcessEntry> entry(long pid) {
        return all.entry(pid);
    }
}
