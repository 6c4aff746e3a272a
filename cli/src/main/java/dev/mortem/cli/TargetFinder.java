package dev.mortem.cli;

import dev.mortem.collect.watch.Targets;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.Target;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetResolver;

import java.util.List;
import java.util.Optional;

/**
 * The processes that a TARGET names.
 *
 * @param several whether all that fit are meant, not a single one
 * @param awaited whether it is no error that there is none
 */
record TargetFinder(
        TargetResolver resolver,
        ProcessList processes,
        Target wanted,
        boolean several,
        boolean awaited,
        Optional<ArrivedProcesses> arrivals)
        implements Targets, AutoCloseable {
    static TargetFinder of(
            ProcessControl control, Target wanted, boolean several, boolean awaited) {
        ProcessList processes = new OthersOnly(ProcessList.ofThisMachine(), control);
        TargetResolver resolver =
                new TargetResolver(processes, ProcessHandle.current().pid());
        return new TargetFinder(
                resolver,
                processes,
                wanted,
                several,
                awaited,
                awaited ? Optional.of(ArrivedProcesses.begin()) : Optional.empty());
    }

    @Override
    public List<ProcessEntry> find() throws TargetException {
        List<ProcessEntry> matches = resolver.matches(wanted);
        boolean isClear = matches.size() == 1
                || (several && !matches.isEmpty())
                || (awaited && matches.isEmpty());
        return isClear ? matches : List.of(resolver.resolve(wanted));
    }

    @Override
    public Optional<ProcessEntry> entry(long pid) {
        return processes.entry(pid);
    }

    @Override
    public boolean seesArrivals() {
        return arrivals.isPresent() && !(wanted instanceof Target.Port);
    }

    @Override
    public List<ProcessEntry> arrived() {
        return arrivals.map(ArrivedProcesses::take).orElse(List.of()).stream()
                .flatMap(pid -> resolver.match(wanted, pid).stream())
                .toList();
    }

    @Override
    public void close() {
        arrivals.ifPresent(ArrivedProcesses::close);
    }
}
