package dev.mortem.cli;

import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.Launched;
import dev.mortem.cli.procdump.ProcDumpRequest.Running;
import dev.mortem.cli.procdump.ProcDumpTriggers;
import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.EventSources;
import dev.mortem.collect.watch.RealPace;
import dev.mortem.collect.watch.Targets;
import dev.mortem.collect.watch.WatchEnd;
import dev.mortem.collect.watch.WatchLoop;
import dev.mortem.collect.watch.WatchPlan;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** Does what a command line of ProcDump asks for: finds or starts the process, waits, dumps. */
final class ProcDumpCollection {
    /** While a process is awaited: one that lives for less is not seen. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final Console console;
    private final Clock clock;
    private final ProcessControl control;
    private final Collect asked;
    private final Optional<Long> keepFree;
    private final ProcDumpConsole told;
    private final StateFolder state = StateFolder.ofThisUser(System.getenv());

    ProcDumpCollection(
            Console console,
            Clock clock,
            ProcessControl control,
            Collect asked,
            Optional<Long> keepFree) {
        this.console = console;
        this.clock = clock;
        this.control = control;
        this.asked = asked;
        this.keepFree = keepFree;
        this.told = new ProcDumpConsole(console, clock);
    }

    int run() throws CommandFailure {
        asked.notes().forEach(note -> console.note("Note: " + note));
        return switch (asked.subject()) {
            case Running running -> collect(running);
            case Launched launched ->
                throw new CommandFailure(ExitCode.WRONG_USAGE, "-x is not built yet");
        };
    }

    private int collect(Running running) throws CommandFailure {
        ProcDumpPlace place = ProcDumpPlace.of(asked.place());
        List<Trigger> triggers =
                ProcDumpTriggers.of(asked.conditions(), asked.rhythm().seconds());
        WatchCommand.refuseImpossible(triggers);
        ProcDumpDumper dumper =
                new ProcDumpDumper(told, clock, control, asked, place, keepFree, state);
        control.rehearse();
        Targets targets = ProcDumpTargets.of(
                control, ProcessList.ofThisMachine(), running.target(), running.await());
        List<ProcessEntry> first = find(targets);
        dumper.checkPlace();
        told.line(Version.tool() + ", by ProcDump's command line");
        told.line("");
        ProcDumpListener listener =
                new ProcDumpListener(told, asked, place, triggers, running.target());
        preflight(dumper, first);
        return collect(running, place, triggers, dumper, targets, first, listener);
    }

    private int collect(
            Running running,
            ProcDumpPlace place,
            List<Trigger> triggers,
            ProcDumpDumper dumper,
            Targets targets,
            List<ProcessEntry> first,
            ProcDumpListener listener)
            throws CommandFailure {
        List<String> conditions = triggers.isEmpty()
                ? List.of("%d dumps, %d s apart"
                        .formatted(asked.rhythm().count(), asked.rhythm().seconds().toSeconds()))
                : triggers.stream().map(Trigger::text).toList();
        try (RunningWatch record = RunningWatch.begin(
                state, clock, running.target(), conditions, place.folderText(), listener)) {
            RealPace pace = new RealPace(
                    clock.withZone(ZoneId.systemDefault()), record::isCancelAsked);
            try (EndOnSignal signals = EndOnSignal.begin(pace)) {
                ExitCode end = triggers.isEmpty()
                        ? dumpNow(dumper, targets, first, listener, pace)
                        : watch(running, triggers, dumper, targets, first, listener, pace);
                console.flush();
                return (signals.isAsked() ? ExitCode.INTERRUPTED : end).number();
            }
        } catch (TargetException failure) {
            throw known(failure);
        } catch (IOException failure) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, failure);
        }
    }

    private ExitCode watch(
            Running running,
            List<Trigger> triggers,
            ProcDumpDumper dumper,
            Targets targets,
            List<ProcessEntry> first,
            ProcDumpListener listener,
            RealPace pace)
            throws TargetException, IOException {
        WatchPlan plan = new WatchPlan(
                triggers,
                asked.rhythm().count(),
                WatchPlan.Series.SINGLE,
                asked.rhythm().interval(),
                running.await(),
                false,
                Duration.ZERO,
                Optional.empty());
        ProcDumpActor actor = new ProcDumpActor(told, dumper, asked, () -> killIfAsked(listener));
        try (EventSource source = EventSources.begin(
                plan.needs(), journalMatch(first, running.target()), Optional.empty())) {
            EventSource shown = asked.conditions().log()
                    ? new ShownLines(source, told::event)
                    : source;
            WatchEnd end = new WatchLoop(
                            plan,
                            targets,
                            control,
                            ProcessSampler.ofThisMachine(),
                            shown,
                            actor,
                            pace,
                            listener)
                    .run(first);
            return exitCode(end, actor, listener);
        }
    }

    private ExitCode exitCode(WatchEnd end, ProcDumpActor actor, ProcDumpListener listener) {
        boolean isReached = actor.done() >= asked.rhythm().count();
        told.event(isReached ? "Dump count reached." : "Dump count not reached.");
        if (isReached) {
            return ExitCode.DONE;
        }
        boolean onlyShows = asked.conditions().filter().displayOnly() && end.failures() == 0;
        return switch (end.why()) {
            case HOPELESS -> actor.lastFailure();
            case COUNT_REACHED, CANCELLED, TIME_OVER -> ExitCode.NO_DUMP;
            case TARGET_ENDED -> {
                if (listener.wasLost()) {
                    yield ExitCode.NOT_PERMITTED;
                }
                yield onlyShows
                        ? ExitCode.DONE
                        : end.failures() > 0 ? actor.lastFailure() : ExitCode.NO_DUMP;
            }
        };
    }

    /** Without a condition: the dumps one after the other. */
    private ExitCode dumpNow(
            ProcDumpDumper dumper,
            Targets targets,
            List<ProcessEntry> first,
            ProcDumpListener listener,
            RealPace pace)
            throws TargetException, CommandFailure {
        Optional<ProcessEntry> entry = first.isEmpty()
                ? await(targets, listener, pace)
                : first.stream().findFirst();
        if (entry.isEmpty()) {
            told.event("Dump count not reached.");
            return ExitCode.NO_DUMP;
        }
        listener.found(entry.get());
        for (int number = 1; number <= asked.rhythm().count(); number++) {
            long next = pace.nanos() + asked.rhythm().seconds().toNanos();
            if (listener.hasGone()) {
                told.event("The process has exited.");
                told.event("Dump count not reached.");
                return ExitCode.NO_DUMP;
            }
            dump(number, dumper, entry.get());
            boolean isLast = number == asked.rhythm().count();
            if (!isLast && !pace.awaitUntil(next)) {
                told.event("Dump count not reached.");
                return ExitCode.NO_DUMP;
            }
        }
        killIfAsked(listener);
        told.event("Dump count reached.");
        return ExitCode.DONE;
    }

    private void dump(int number, ProcDumpDumper dumper, ProcessEntry entry)
            throws CommandFailure {
        try {
            dumper.dump(
                    number,
                    entry,
                    DumpTaker.Cause.ON_DEMAND,
                    Optional.empty(),
                    Optional.empty());
        } catch (TargetException failure) {
            CommandFailure known = known(failure);
            told.dump(number, "error", String.valueOf(known.getMessage()));
            throw known;
        }
    }

    private Optional<ProcessEntry> await(
            Targets targets, ProcDumpListener listener, RealPace pace) throws TargetException {
        listener.awaiting();
        while (pace.awaitUntil(pace.nanos() + LOOK_EVERY.toNanos())) {
            List<ProcessEntry> found = targets.find();
            if (!found.isEmpty()) {
                return found.stream().findFirst();
            }
        }
        return Optional.empty();
    }

    private void killIfAsked(ProcDumpListener listener) {
        if (asked.care().kill()) {
            listener.kill();
        }
    }

    private List<ProcessEntry> find(Targets targets) throws CommandFailure {
        try {
            return targets.find();
        } catch (TargetException noTarget) {
            throw known(noTarget);
        }
    }

    private CommandFailure known(TargetException failure) {
        TargetFailures.listCandidates(console, failure);
        return ProcDumpWords.of(TargetFailures.asCommandFailure(failure));
    }

    /** What will not be permitted then is not permitted now. */
    private void preflight(ProcDumpDumper dumper, List<ProcessEntry> targets)
            throws CommandFailure {
        for (ProcessEntry entry : targets) {
            try {
                control.estimatePause(entry.pid(), dumper.snapshot());
            } catch (TargetException failure) {
                switch (failure.kind()) {
                    case ALREADY_TRACED, PAUSE_TOO_LONG, NO_SNAPSHOT -> {
                        // may be otherwise by then; if not, it is told then
                    }
                    default -> throw known(failure);
                }
            }
        }
    }

    /** What journalctl is to show: the unit's lines, or the process's own where it has none. */
    private static String journalMatch(List<ProcessEntry> first, String name) {
        Optional<ProcessEntry> one = first.stream().findFirst();
        return one.flatMap(ProcessEntry::unit)
                .filter(unit -> unit.endsWith(".service"))
                .map(unit -> "_SYSTEMD_UNIT=" + unit)
                .or(() -> one.map(entry -> "_PID=" + entry.pid()))
                .orElse("_COMM=" + name);
    }
}
