package dev.mortem.cli;

import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.Launched;
import dev.mortem.cli.procdump.ProcDumpRequest.Running;
import dev.mortem.cli.procdump.ProcDumpTriggers;
import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Needs;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.EventSources;
import dev.mortem.collect.watch.RealPace;
import dev.mortem.collect.watch.SeizedArrivals;
import dev.mortem.collect.watch.Targets;
import dev.mortem.collect.watch.WatchEnd;
import dev.mortem.collect.watch.WatchLoop;
import dev.mortem.collect.watch.WatchPlan;
import dev.mortem.os.EventFilter;
import dev.mortem.os.EventOptions;
import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessList;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Does what a command line of ProcDump asks for: finds or starts the process, waits, dumps. For one run. */
final class ProcDumpCollection {
    /** A shell becomes the program within milliseconds, on a busy machine within some more. */
    private static final Duration EXEC_MAX = Duration.ofSeconds(10);

    private final Console console;
    private final Clock clock;
    private final ProcessControl control;
    private final Collect asked;
    private final ProcDumpConsole told;
    private final StateFolder state = StateFolder.ofThisUser(System.getenv());
    private final ProcDumpPlace place;
    private final List<Trigger> triggers;
    private final ProcDumpDumper dumper;
    private final ProcDumpListener listener;
    private final String name;
    private SeizedArrivals seized;

    /** @param keepFree space that stays free; empty for the default */
    ProcDumpCollection(
            Console console,
            Clock clock,
            ProcessControl control,
            Collect asked,
            Optional<Long> keepFree)
            throws CommandFailure {
        this.console = console;
        this.clock = clock;
        this.control = control;
        this.asked = asked;
        this.told = new ProcDumpConsole(console, clock);
        this.triggers = ProcDumpTriggers.of(asked);
        this.seized = new SeizedArrivals(control, needs(triggers));
        this.place = asked.subject() instanceof Launched
                ? ProcDumpPlace.ofFolder(asked.place().orElse("."))
                : ProcDumpPlace.of(asked.place());
        this.name = switch (asked.subject()) {
            case Running running -> running.target();
            case Launched launched -> launched.program();
        };
        this.dumper = new ProcDumpDumper(told, clock, control, asked, place, keepFree, state);
        this.listener = new ProcDumpListener(told, asked, place, triggers, name);
    }

    private static Needs needs(List<Trigger> triggers) {
        return triggers.stream().map(Trigger::needs).reduce(Needs.NOTHING, Needs::and);
    }

    int run() throws CommandFailure {
        asked.notes().forEach(note -> console.note("Note: " + note));
        WatchCommand.refuseImpossible(triggers);
        control.rehearse();
        return switch (asked.subject()) {
            case Running running -> collect(running);
            case Launched launched -> {
                dumper.checkPlace();
                yield recorded(pace -> launch(launched, pace));
            }
        };
    }

    private int collect(Running running) throws CommandFailure {
        ProcDumpTargets targets =
                ProcDumpTargets.of(control, ProcessList.ofThisMachine(), name, running.await());
        List<ProcessEntry> first;
        try {
            first = targets.find();
        } catch (TargetException noTarget) {
            throw known(noTarget);
        }
        dumper.checkPlace();
        preflight(first);
        return recorded(pace ->
                first.isEmpty() ? await(targets, pace) : collect(first.getFirst(), targets, pace));
    }

    /** What is done while others may see it in the list, and end it. */
    private interface Part {
        ExitCode run(RealPace pace) throws TargetException, CommandFailure, IOException;
    }

    private int recorded(Part part) throws CommandFailure {
        told.line(Version.tool() + ", by ProcDump's command line");
        told.line("");
        List<String> conditions = triggers.isEmpty()
                ? List.of("%d dumps, %d s apart"
                        .formatted(
                                asked.rhythm().count(), asked.rhythm().seconds().toSeconds()))
                : triggers.stream().map(Trigger::text).toList();
        try (RunningWatch record =
                RunningWatch.begin(state, clock, name, conditions, place.folderText(), listener)) {
            RealPace pace =
                    new RealPace(clock.withZone(ZoneId.systemDefault()), record::isCancelAsked);
            try (EndOnSignal signals = EndOnSignal.begin(pace)) {
                ExitCode end = part.run(pace);
                console.flush();
                return (signals.isAsked() ? ExitCode.INTERRUPTED : end).number();
            }
        } catch (TargetException failure) {
            throw known(failure);
        } catch (IOException failure) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, failure);
        }
    }

    private ExitCode await(ProcDumpTargets targets, RealPace pace)
            throws TargetException, CommandFailure, IOException {
        seized.rehearse();
        listener.awaiting();
        Optional<ExitCode> end = Optional.empty();
        while (end.isEmpty()) {
            try (SeizedArrivals round = new SeizedArrivals(control, needs(triggers))) {
                seized = round;
                end = awaitOne(targets, pace);
            }
        }
        return end.get();
    }

    /** Empty where it ended before it could be watched. */
    private Optional<ExitCode> awaitOne(ProcDumpTargets targets, RealPace pace)
            throws TargetException, CommandFailure, IOException {
        Optional<ProcessEntry> begun = targets.await(pace, seized);
        if (begun.isEmpty()) {
            told.event("Dump count not reached.");
            return Optional.of(ExitCode.NO_DUMP);
        }
        try {
            return Optional.of(collect(begun.get(), targets, pace));
        } catch (TargetException ended) {
            boolean hasEnded = ended.kind() == TargetException.Kind.EXITED
                    || ended.kind() == TargetException.Kind.NOT_FOUND
                    || ended.kind() == TargetException.Kind.ZOMBIE;
            if (!hasEnded) {
                throw ended;
            }
            console.note("%s (%d) ended before it could be watched; waiting for the next."
                    .formatted(Shown.oneLine(begun.get().name()), begun.get().pid()));
            return Optional.empty();
        }
    }

    private ExitCode collect(ProcessEntry entry, Targets targets, RealPace pace)
            throws TargetException, CommandFailure, IOException {
        if (triggers.isEmpty()) {
            return dumpNow(entry, pace);
        }
        Needs needs = needs(triggers);
        try (EventSource source =
                EventSources.begin(needs, journalMatch(entry), Optional.empty())) {
            return watch(entry, targets, source, pace);
        }
    }

    /** Starts the program, which does nothing before it is watched. */
    private ExitCode launch(Launched launched, RealPace pace)
            throws TargetException, CommandFailure, IOException {
        List<String> command = new ArrayList<>(List.of(launched.program()));
        command.addAll(launched.arguments());
        ProcessList processes = ProcessList.ofThisMachine();
        try (ErrorLines lines = ErrorLines.all(asked.conditions().log(), told::event);
                Launcher.Waiting waiting = Launcher.ofThisMachine()
                        .startWatched(new Launcher.Watched(command, Map.of(), lines.reader()))) {
            long pid = waiting.child().pid();
            ProcDumpTargets targets =
                    ProcDumpTargets.of(control, processes, Long.toString(pid), false);
            if (triggers.isEmpty()) {
                letGo(waiting);
                return dumpNow(entry(processes, pid), pace);
            }
            listener.whenWatching(waiting::go);
            return watch(entry(processes, pid), targets, lines, pace);
        }
    }

    /** Lets it go, and waits until it is the program and no shell any more. */
    private void letGo(Launcher.Waiting waiting) throws TargetException, CommandFailure {
        EventOptions execOnly = EventOptions.fatalOnly(
                event -> event instanceof ProcessEvent.Exec || event instanceof ProcessEvent.Gone
                        ? EventFilter.Decision.TELL
                        : EventFilter.Decision.PASS);
        try (ProcessEvents events = control.events(waiting.child().pid(), execOnly)) {
            waiting.go();
            boolean isProgram = events.next(EXEC_MAX)
                    .filter(told -> told.event() instanceof ProcessEvent.Exec)
                    .isPresent();
            if (!isProgram) {
                throw new CommandFailure(
                        ExitCode.NO_DUMP, Shown.oneLine(name) + " ended before it could be dumped");
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private static ProcessEntry entry(ProcessList processes, long pid) throws TargetException {
        return processes
                .entry(pid)
                .orElseThrow(() -> new TargetException(
                        TargetException.Kind.EXITED, "process " + pid + " has ended"));
    }

    private ExitCode watch(ProcessEntry entry, Targets targets, EventSource source, RealPace pace)
            throws TargetException {
        WatchPlan plan = new WatchPlan(
                triggers,
                asked.rhythm().count(),
                WatchPlan.Series.SINGLE,
                asked.rhythm().interval(),
                false,
                false,
                Duration.ZERO,
                Optional.empty());
        ProcDumpActor actor = new ProcDumpActor(told, dumper, asked, this::killIfAsked);
        EventSource shown = asked.conditions().log() ? new ShownLines(source, told::event) : source;
        WatchEnd end = new WatchLoop(
                        plan,
                        targets,
                        control,
                        ProcessSampler.ofThisMachine(),
                        shown,
                        actor,
                        pace,
                        listener,
                        seized)
                .run(List.of(entry));
        return exitCode(end, actor);
    }

    private ExitCode exitCode(WatchEnd end, ProcDumpActor actor) {
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
    private ExitCode dumpNow(ProcessEntry entry, RealPace pace) throws CommandFailure {
        listener.found(entry);
        for (int number = 1; number <= asked.rhythm().count(); number++) {
            long next = pace.nanos() + asked.rhythm().seconds().toNanos();
            if (listener.hasGone()) {
                told.event("The process has exited.");
                told.event("Dump count not reached.");
                return ExitCode.NO_DUMP;
            }
            dump(number, entry);
            boolean isLast = number == asked.rhythm().count();
            if (!isLast && !pace.awaitUntil(next)) {
                told.event("Dump count not reached.");
                return ExitCode.NO_DUMP;
            }
        }
        killIfAsked();
        told.event("Dump count reached.");
        return ExitCode.DONE;
    }

    private void dump(int number, ProcessEntry entry) throws CommandFailure {
        try {
            dumper.dump(
                    number, entry, DumpTaker.Cause.ON_DEMAND, Optional.empty(), Optional.empty());
        } catch (TargetException failure) {
            CommandFailure known = known(failure);
            told.dump(number, "error", String.valueOf(known.getMessage()));
            throw known;
        }
    }

    private void killIfAsked() {
        if (asked.care().kill()) {
            listener.kill();
        }
    }

    private CommandFailure known(TargetException failure) {
        TargetFailures.listCandidates(console, failure);
        return ProcDumpWords.of(TargetFailures.asCommandFailure(failure));
    }

    /** What will not be permitted then is not permitted now. */
    private void preflight(List<ProcessEntry> targets) throws CommandFailure {
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
    private static String journalMatch(ProcessEntry entry) {
        return entry.unit()
                .filter(unit -> unit.endsWith(".service"))
                .map(unit -> "_SYSTEMD_UNIT=" + unit)
                .orElse("_PID=" + entry.pid());
    }
}
