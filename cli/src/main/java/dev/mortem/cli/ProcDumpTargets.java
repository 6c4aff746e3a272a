package dev.mortem.cli;

import dev.mortem.collect.watch.Pace;
import dev.mortem.collect.watch.SeizedArrivals;
import dev.mortem.collect.watch.Targets;
import dev.mortem.os.ProcessArrivals;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.Target;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetResolver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The one process that ProcDump's command line names: by pid, by name, by its service. */
final class ProcDumpTargets implements Targets {
    private static final String WINDOWS_EXTENSION = ".exe";

    /** All processes are read for it: some ms. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** How long a request to end may go unseen. */
    private static final Duration ARRIVAL_MAX = Duration.ofMillis(100);

    private final ProcessControl control;
    private final ProcessList processes;
    private final TargetResolver resolver;
    private final List<Target> wanted;
    private final String text;
    private final boolean awaited;

    private ProcDumpTargets(
            ProcessControl control,
            ProcessList processes,
            List<Target> wanted,
            String text,
            boolean awaited) {
        this.control = control;
        this.processes = processes;
        this.resolver = new TargetResolver(processes, ProcessHandle.current().pid());
        this.wanted = wanted;
        this.text = text;
        this.awaited = awaited;
    }

    /** @param awaited whether it is no error that there is none */
    static ProcDumpTargets of(ProcessControl control, ProcessList all, String text, boolean awaited)
            throws CommandFailure {
        return new ProcDumpTargets(
                control, new OthersOnly(all, control), wanted(text), text, awaited);
    }

    /** What the name may mean, the likeliest first. */
    private static List<Target> wanted(String text) throws CommandFailure {
        Target parsed;
        try {
            parsed = Target.parse(text);
        } catch (IllegalArgumentException notATarget) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, notATarget);
        }
        if (!(parsed instanceof Target.Name name)) {
            return List.of(parsed);
        }
        List<Target> wanted = new ArrayList<>(List.of(name));
        String plain = withoutExtension(name.name());
        if (!plain.equals(name.name())) {
            wanted.add(new Target.Name(plain));
        }
        wanted.add(new Target.Service(plain));
        return wanted;
    }

    private static String withoutExtension(String name) {
        boolean has = name.toLowerCase(Locale.ROOT).endsWith(WINDOWS_EXTENSION)
                && name.length() > WINDOWS_EXTENSION.length();
        return has ? name.substring(0, name.length() - WINDOWS_EXTENSION.length()) : name;
    }

    @Override
    public List<ProcessEntry> find() throws TargetException {
        for (Target target : wanted) {
            List<ProcessEntry> matches = resolver.matches(target);
            if (!matches.isEmpty()) {
                return List.of(matches.size() == 1 ? matches.getFirst() : resolver.resolve(target));
            }
        }
        if (awaited) {
            return List.of();
        }
        throw notFound();
    }

    /**
     * Waits for the process to be started, or to become the program that is meant; one that is there already
     * will do.
     *
     * @param seized traces it at once
     * @return empty when the pace says that waiting is to end
     */
    Optional<ProcessEntry> await(Pace pace, SeizedArrivals seized) throws TargetException {
        try (ProcessArrivals arrivals =
                ProcessArrivals.ofThisMachine(ProcessArrivals.DEFAULT_EVERY)) {
            long nextLook = pace.nanos();
            while (pace.awaitUntil(pace.nanos())) {
                if (pace.nanos() - nextLook >= 0) {
                    // by whatever else than its file's name it may be known
                    Optional<ProcessEntry> found = anyOf();
                    if (found.isPresent()) {
                        return found;
                    }
                    nextLook = pace.nanos() + LOOK_EVERY.toNanos();
                }
                Optional<ProcessEntry> arrived =
                        arrivals.next(ARRIVAL_MAX).flatMap(arrival -> ifMeant(arrival, seized));
                if (arrived.isPresent()) {
                    return arrived;
                }
            }
            return Optional.empty();
        }
    }

    /** Of several that began at once, one is as good as the other. */
    private Optional<ProcessEntry> anyOf() throws TargetException {
        try {
            return find().stream().findFirst();
        } catch (TargetException several) {
            if (several.kind() != TargetException.Kind.AMBIGUOUS) {
                throw several;
            }
            return several.candidates().stream().findFirst();
        }
    }

    private Optional<ProcessEntry> ifMeant(ProcessArrivals.Arrival arrival, SeizedArrivals seized) {
        if (wanted.stream().noneMatch(target -> TargetFinder.seems(target, arrival))) {
            return Optional.empty();
        }
        seized.seize(arrival.pid());
        Optional<ProcessEntry> entry = processes.entry(arrival.pid());
        if (entry.isEmpty()) {
            seized.release(arrival.pid());
        }
        return entry;
    }

    /** A pid that no list shows may be a zombie's or a kernel thread's: the estimate tells. */
    private TargetException notFound() {
        if (wanted.getFirst() instanceof Target.Pid pid) {
            try {
                control.estimatePause(pid.pid(), SnapshotOptions.defaults());
            } catch (TargetException better) {
                if (better.kind() != TargetException.Kind.NOT_FOUND) {
                    return better;
                }
            }
            return new TargetException(
                    TargetException.Kind.NOT_FOUND,
                    "no process " + pid.pid() + "; \"mortem ps\" lists those that run");
        }
        String plain = withoutExtension(text);
        String also = plain.equals(text) ? "" : ", none \"" + plain + "\"";
        return new TargetException(
                TargetException.Kind.NOT_FOUND,
                "no process is called \"%s\"%s, and no service has one;".formatted(text, also)
                        + " \"mortem ps\" lists those that run, -w awaits one");
    }

    @Override
    public Optional<ProcessEntry> entry(long pid) {
        return processes.entry(pid);
    }
}
