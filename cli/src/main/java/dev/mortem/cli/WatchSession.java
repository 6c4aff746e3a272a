package dev.mortem.cli;

import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.EventSources;
import dev.mortem.collect.watch.RealPace;
import dev.mortem.collect.watch.SeizedArrivals;
import dev.mortem.collect.watch.Targets;
import dev.mortem.collect.watch.WatchEnd;
import dev.mortem.collect.watch.WatchLoop;
import dev.mortem.collect.watch.WatchPlan;
import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.Target;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * One watch of {@code mortem watch} from its first process to its exit code: listed while it runs, ended by
 * signals.
 *
 * @param output where dumps go, as the user wrote it
 */
record WatchSession(
        Console console,
        Clock clock,
        ProcessControl control,
        WatchPlan plan,
        WatchConsole told,
        WatchActor actor,
        StateFolder state,
        String output) {
    /** A shell becomes the program within milliseconds, on a busy machine within some more. */
    private static final Duration EXEC_MAX = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(1);

    /** Watches what runs, or will be started by others. */
    int watch(Target named, Targets targets, List<ProcessEntry> first) throws CommandFailure {
        return watch(named.text(), targets, first, journalMatch(first, named), Optional.empty());
    }

    /** Starts a program, which does nothing before it is watched, and runs on when watching ends. */
    int launch(List<String> command) throws CommandFailure {
        refuseMissing(command.getFirst());
        try (ErrorLines lines = ErrorLines.of(plan.triggers(), console::note);
                Launcher.Waiting waiting = Launcher.ofThisMachine()
                        .startWatched(new Launcher.Watched(command, Map.of(), lines.reader()))) {
            long pid = waiting.child().pid();
            ProcessList processes = ProcessList.ofThisMachine();
            ProcessEntry shell = processes
                    .entry(pid)
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.NO_DUMP, command.getFirst() + " ended before it began"));
            told.whenLaunched(() -> {
                waiting.go();
                awaitProgram(processes, shell);
            });
            try (TargetFinder targets =
                    TargetFinder.of(control, new Target.Pid(pid), false, false)) {
                return watch(
                        command.getFirst(),
                        targets,
                        List.of(asProgram(shell, command)),
                        "_PID=" + pid,
                        Optional.of(lines));
            }
        } catch (IOException notStarted) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, notStarted);
        }
    }

    /** The shell would say so too, and then be the process that ends. */
    private static void refuseMissing(String program) throws CommandFailure {
        String path = program.indexOf('/') >= 0
                ? ""
                : Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        boolean isThere = Stream.of(path.split(":", -1))
                .map(folder -> folder.isEmpty() ? Path.of(program) : Path.of(folder, program))
                .anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
        if (!isThere) {
            throw new CommandFailure(
                    ExitCode.TARGET_NOT_FOUND,
                    path.isEmpty()
                            ? Shown.oneLine(program) + " is no program that can be started"
                            : "no program %s in PATH (%s)".formatted(Shown.oneLine(program), path));
        }
    }

    /** Until it is the shell no more: a condition that is met at once must not dump that one. */
    private static void awaitProgram(ProcessList processes, ProcessEntry shell) {
        long end = System.nanoTime() + EXEC_MAX.toNanos();
        while (System.nanoTime() - end < 0 && !Thread.currentThread().isInterrupted()) {
            boolean isShell = processes
                    .entry(shell.pid())
                    .filter(now -> now.commandLine().equals(shell.commandLine()))
                    .isPresent();
            if (!isShell) {
                return;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /** What the shell will be. */
    private static ProcessEntry asProgram(ProcessEntry shell, List<String> command) {
        String program = command.getFirst();
        return new ProcessEntry(
                shell.pid(),
                shell.parentPid(),
                program.substring(program.lastIndexOf('/') + 1),
                shell.user(),
                shell.kind(),
                shell.unit(),
                shell.container(),
                shell.ports(),
                shell.cpuPercent(),
                shell.privateBytes(),
                shell.threads(),
                shell.startedAt(),
                Optional.empty(),
                command);
    }

    private int watch(
            String name,
            Targets targets,
            List<ProcessEntry> first,
            String journal,
            Optional<EventSource> errorLines)
            throws CommandFailure {
        List<String> conditions = plan.triggers().stream().map(Trigger::text).toList();
        try (RunningWatch running =
                        RunningWatch.begin(state, clock, name, conditions, output, told);
                EventSource source = EventSources.begin(plan.needs(), journal, errorLines);
                SeizedArrivals seized = new SeizedArrivals(control, plan.needs())) {
            if (targets.seesArrivals()) {
                seized.rehearse();
                targets.seizeWith(seized);
            }
            RealPace pace =
                    new RealPace(clock.withZone(ZoneId.systemDefault()), running::isCancelAsked);
            try (EndOnSignal signals = EndOnSignal.begin(pace)) {
                WatchEnd end = new WatchLoop(
                                plan,
                                targets,
                                control,
                                ProcessSampler.ofThisMachine(),
                                source,
                                actor,
                                pace,
                                told,
                                seized)
                        .run(first);
                told.end(end);
                console.flush();
                return exitCode(end, signals.isAsked()).number();
            }
        } catch (TargetException failure) {
            TargetFailures.listCandidates(console, failure);
            throw TargetFailures.asCommandFailure(failure);
        } catch (IOException failure) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, failure);
        }
    }

    private ExitCode exitCode(WatchEnd end, boolean interrupted) {
        return switch (end.why()) {
            case COUNT_REACHED -> ExitCode.DONE;
            case HOPELESS -> actor.lastFailure();
            case CANCELLED -> interrupted ? ExitCode.INTERRUPTED : ExitCode.NO_DUMP;
            case TARGET_ENDED, TIME_OVER ->
                end.firings() >= plan.firingsMax()
                        ? ExitCode.DONE
                        : end.failures() > 0 ? actor.lastFailure() : ExitCode.NO_DUMP;
        };
    }

    private static String journalMatch(List<ProcessEntry> first, Target named) {
        if (named instanceof Target.Unit unit) {
            String full = unit.unit().indexOf('.') >= 0 ? unit.unit() : unit.unit() + ".service";
            return "_SYSTEMD_UNIT=" + full;
        }
        Optional<ProcessEntry> one = first.stream().findFirst();
        return one.flatMap(ProcessEntry::unit)
                .filter(unit -> unit.endsWith(".service"))
                .map(unit -> "_SYSTEMD_UNIT=" + unit)
                .or(() -> one.map(entry -> "_PID=" + entry.pid()))
                .orElse("_COMM=" + named.text());
    }
}
