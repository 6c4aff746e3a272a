package dev.mortem.cli;

import dev.mortem.collect.watch.SeizedArrivals;
import dev.mortem.collect.watch.Targets;
import dev.mortem.os.ProcessArrivals;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.Target;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetResolver;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

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
        Optional<ArrivedProcesses> arrivals,
        AtomicReference<@Nullable SeizedArrivals> seized)
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
                awaited ? Optional.of(ArrivedProcesses.begin()) : Optional.empty(),
                new AtomicReference<>());
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
                .flatMap(arrived -> ifMeant(arrived).stream())
                .toList();
    }

    private Optional<ProcessEntry> ifMeant(ArrivedProcesses.Arrived arrived) {
        Optional<ProcessEntry> entry = resolver.match(wanted, arrived.pid());
        SeizedArrivals taker = seized.get();
        if (entry.isEmpty() && arrived.wasActedOn() && taker != null) {
            taker.release(arrived.pid());
        }
        return entry;
    }

    @Override
    public void seizeWith(SeizedArrivals taker) {
        seized.set(taker);
        arrivals.ifPresent(each -> each.first(arrival -> {
            boolean seems = seems(wanted, arrival);
            if (seems) {
                taker.seize(arrival.pid());
            }
            return seems;
        }));
    }

    /** By no more than its file's name, for there is no time to ask for more. */
    static boolean seems(Target wanted, ProcessArrivals.Arrival arrival) {
        String path = arrival.executable().orElse("");
        return arrival.pid() != ProcessHandle.current().pid()
                && wanted instanceof Target.Name name
                && (name.name().equals(path)
                        || name.name().equals(path.substring(path.lastIndexOf('/') + 1)));
    }

    /** How processes are seen that begin, in words; empty where none is awaited. */
    Optional<String> how() {
        return arrivals.map(ArrivedProcesses::how);
    }

    @Override
    public void close() {
        arrivals.ifPresent(ArrivedProcesses::close);
    }
}
