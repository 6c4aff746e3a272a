package dev.mortem.cli;

import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * All processes but the one that a snapshot is rehearsed with, which is called sleep and stands in Mortem's
 * own unit and container.
 */
record OthersOnly(ProcessList all, ProcessControl control) implements ProcessList {
    @Override
    public List<ProcessEntry> list(Duration cpuWindow) {
        return all.list(cpuWindow).stream()
                .filter(entry -> !control.isRehearsal(entry.pid()))
                .toList();
    }

    @Override
    public List<ProcessEntry> find(Predicate<ProcessEntry> fits, boolean byPort) {
        return all.find(entry -> !control.isRehearsal(entry.pid()) && fits.test(entry), byPort);
    }

    /** Whoever names a pid means it. */
    @Override
    public Optional<ProcessEntry> entry(long pid) {
        return all.entry(pid);
    }
}
