package dev.mortem.cli;

import dev.mortem.collect.trigger.LineSource;
import dev.mortem.collect.trigger.StartTrigger;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.Thresholds;
import dev.mortem.collect.watch.WatchPlan;
import dev.mortem.collect.when.When;
import dev.mortem.collect.when.WhenException;
import dev.mortem.os.Figure;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.ProcessSampler.SampledProcess;
import dev.mortem.os.SamplePlan;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.Target;
import dev.mortem.os.TargetException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** {@code mortem watch}: waits for conditions, then dumps. */
@Command(
        name = "watch",
        description = "Waits until a condition is met, then dumps the process, as often as asked.",
        subcommands = {WatchListCommand.class, WatchCancelCommand.class},
        footer = {
            "",
            "Conditions: 'cpu > 85%% for 2s', 'cpu(thread) > 90%% of core for 5s', 'memory > 2GB',",
            "'memory grows 100MB/min for 5m', 'threads > 500', 'fds > 1000', 'start', 'end',",
            "'signal SIGSEGV', 'line \"OutOfMemory\" in /var/log/shop.log', '… in stderr' of a PROGRAM,",
            "'url http://localhost/ > 2s',",
            "'command \"health\" status != 0', 'idle for 30s', 'at 03:00'; joined by and, or, ( ).",
            "A percentage of cpu is of all cores of the machine. docs/watch.md has them all.",
            "Ctrl-C ends watching; the target runs on."
        })
final class WatchCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            arity = "0..*",
            paramLabel = "TARGET | -- PROGRAM [ARG...]",
            hideParamSyntax = true,
            description = {
                "A pid, an executable's name, unit:NAME, container:ID, port:N or command:GLOB.",
                "Or a program to start, and to watch from its first instruction."
            })
    List<String> operands = new ArrayList<>();

    @Option(
            names = "--when",
            paramLabel = "CONDITION",
            description = "When to dump; may be repeated, each acts by itself.")
    List<String> conditions = new ArrayList<>();

    @Option(
            names = {"-n", "--count"},
            defaultValue = "1",
            paramLabel = "N",
            description = "After how many firings to end (default: ${DEFAULT-VALUE}).")
    int count = 1;

    @Option(
            names = "--series",
            converter = SeriesConverter.class,
            paramLabel = "NxTIME",
            description = "Several dumps at each firing: 3x10s takes three, 10 s apart.")
    Optional<WatchPlan.Series> series = Optional.empty();

    @Option(
            names = "--do",
            paramLabel = "dump|run:COMMAND",
            description = {
                "What to do at each firing (default: dump); may be repeated.",
                "run: starts a program; %%1%% is the pid, %%2%% the dump's path."
            })
    List<String> actions = new ArrayList<>();

    @Option(
            names = "--interval",
            converter = Quantities.DurationConverter.class,
            defaultValue = "1s",
            paramLabel = "TIME",
            description =
                    "From one sample to the next, 100ms at least (default: ${DEFAULT-VALUE}).")
    Duration interval = WatchPlan.INTERVAL;

    @Option(
            names = "--cool-down",
            converter = Quantities.DurationConverter.class,
            defaultValue = "0s",
            paramLabel = "TIME",
            description = "How long a process is left alone after a firing.")
    Duration coolDown = Duration.ZERO;

    @Option(
            names = "--at-most",
            converter = Quantities.DurationConverter.class,
            paramLabel = "TIME",
            description = "How long to watch at most.")
    Optional<Duration> atMost = Optional.empty();

    @Option(names = "--wait", description = "Await a target that does not exist yet.")
    boolean await;

    @Option(
            names = "--follow",
            description =
                    "Watch new processes of that name, unit or port too, and go on without any.")
    boolean follow;

    @Option(names = "--all", description = "Watch every process that fits, not only a single one.")
    boolean all;

    @Option(
            names = "--detach",
            description = "Go on in the background, also after the terminal is closed.")
    boolean detach;

    @Mixin
    DumpOptions options = new DumpOptions();

    private final Console console;
    private final Clock clock;
    private final Supplier<ProcessControl> means;

    WatchCommand(Console console, Clock clock, Supplier<ProcessControl> means) {
        this.console = console;
        this.clock = clock;
        this.means = means;
    }

    @Override
    public Integer call() throws CommandFailure {
        List<Trigger> triggers = triggers();
        List<WatchAction> wanted = actions();
        WatchPlan plan = plan(triggers);
        WatchSubject subject = subject(triggers);
        refuseWhatCannotBe(wanted);
        refuseImpossible(triggers);
        StateFolder state = StateFolder.ofThisUser(System.getenv());
        if (detach) {
            return new DetachedWatch(console, state).start();
        }
        ProcessControl control = means.get();
        boolean dumps = wanted.contains(new WatchAction.Dump());
        if (dumps && options.snapshotMode != SnapshotMode.NEVER) {
            control.rehearse();
        }
        DumpTaker taker = new DumpTaker(console, clock, control, options.request());
        WatchConsole told =
                new WatchConsole(console, clock, common.json, triggers, interval, count);
        WatchSession session = new WatchSession(
                console,
                clock,
                control,
                plan,
                told,
                new WatchActor(told, taker, options.request().snapshot(), wanted, state),
                state,
                options.output.toString());
        return switch (subject) {
            case WatchSubject.Named named -> watch(session, named.target(), taker, dumps);
            case WatchSubject.Program program -> {
                if (dumps) {
                    taker.checkPlace();
                }
                yield session.launch(program.command());
            }
        };
    }

    private int watch(WatchSession session, Target named, DumpTaker taker, boolean dumps)
            throws CommandFailure {
        try (TargetFinder finder =
                TargetFinder.of(session.control(), named, all || follow, await || follow)) {
            List<ProcessEntry> first = firstTargets(finder);
            if (common.verbose) {
                finder.how().ifPresent(how -> console.note("Processes that begin: " + how));
            }
            if (dumps) {
                taker.checkPlace();
                preflight(session.control(), first);
            }
            return session.watch(named, finder, first);
        }
    }

    private List<Trigger> triggers() {
        if (conditions.isEmpty()) {
            throw wrong("--when is missing: what is to be waited for? 'mortem dump' dumps now");
        }
        List<Trigger> triggers = new ArrayList<>();
        for (String condition : conditions) {
            try {
                triggers.add(When.parse(condition));
            } catch (WhenException malformed) {
                throw wrong("--when '" + condition + "': " + malformed.getMessage());
            }
        }
        return triggers;
    }

    private List<WatchAction> actions() {
        if (actions.isEmpty()) {
            return List.of(new WatchAction.Dump());
        }
        try {
            return actions.stream().map(WatchAction::parse).toList();
        } catch (IllegalArgumentException malformed) {
            throw wrong("--do " + malformed.getMessage());
        }
    }

    private WatchPlan plan(List<Trigger> triggers) {
        if (count < 1) {
            throw wrong("--count is at least 1, not " + count);
        }
        if (interval.compareTo(WatchPlan.INTERVAL_MIN) < 0) {
            throw wrong("--interval is 100ms at least, not " + Quantities.time(interval));
        }
        return new WatchPlan(
                triggers,
                count,
                series.orElse(WatchPlan.Series.SINGLE),
                interval,
                await,
                follow,
                coolDown,
                atMost);
    }

    private WatchSubject subject(List<Trigger> triggers) {
        WatchSubject subject;
        try {
            subject = WatchSubject.of(
                    operands, spec.commandLine().getParseResult().originalArgs());
        } catch (IllegalArgumentException notASubject) {
            throw wrong(String.valueOf(notASubject.getMessage()));
        }
        switch (subject) {
            case WatchSubject.Named named -> refuseForOneThatRuns(named.target(), triggers);
            case WatchSubject.Program program -> refuseForOneThatIsStarted(triggers);
        }
        return subject;
    }

    private void refuseForOneThatRuns(Target named, List<Trigger> triggers) {
        if (named instanceof Target.Pid && (follow || all)) {
            throw wrong("a pid means one process; name it, its unit or its port for --follow"
                    + " or --all");
        }
        boolean readsErrors = triggers.stream()
                .anyMatch(trigger ->
                        trigger.needs().lines().contains(new LineSource.OfStandardError()));
        if (readsErrors) {
            throw wrong("stderr is that of a target that Mortem starts ('mortem watch --when … -- "
                    + "PROGRAM'); of one that runs already, name the file that it writes to");
        }
    }

    private void refuseForOneThatIsStarted(List<Trigger> triggers) {
        if (follow || all || await) {
            String option = follow ? "--follow" : all ? "--all" : "--wait";
            throw wrong(option + " is for processes that others start; after -- is one program,"
                    + " which is started now");
        }
        if (detach) {
            throw wrong("--detach cannot be used with --: what the program prints would go nowhere."
                    + " Use 'nohup mortem watch … -- PROGRAM >FILE 2>&1 &', or start it yourself and"
                    + " watch its pid");
        }
        boolean awaitsStart =
                triggers.stream().flatMap(Trigger::leaves).anyMatch(StartTrigger.class::isInstance);
        if (awaitsStart) {
            throw wrong("'start' is of processes that others start; the program after -- has begun"
                    + " when it is watched");
        }
    }

    private void refuseWhatCannotBe(List<WatchAction> wanted) {
        options.refuseWhatCannotBe(spec);
        boolean several = count > 1
                || all
                || follow
                || series.map(WatchPlan.Series::count).orElse(1) > 1;
        boolean dumps = wanted.contains(new WatchAction.Dump());
        if (several && dumps && !Files.isDirectory(options.output)) {
            throw wrong("-o must be an existing folder when several dumps are taken, and "
                    + options.output + " is none");
        }
    }

    /** What no process of this machine can do is refused before one is looked for. */
    static void refuseImpossible(List<Trigger> triggers) throws CommandFailure {
        try (SampledProcess ours = ProcessSampler.ofThisMachine()
                .open(ProcessHandle.current().pid(), SamplePlan.of(Figure.MACHINE_CORES))) {
            List<String> impossible = Thresholds.of(triggers, ours.sample()).impossible();
            if (!impossible.isEmpty()) {
                throw new CommandFailure(ExitCode.WRONG_USAGE, String.join("\n", impossible));
            }
        } catch (TargetException unknown) {
            // we are there; if not, the watch itself says why
        }
    }

    private List<ProcessEntry> firstTargets(TargetFinder finder) throws CommandFailure {
        try {
            return finder.find();
        } catch (TargetException noTarget) {
            TargetFailures.listCandidates(console, noTarget);
            throw TargetFailures.asCommandFailure(noTarget);
        }
    }

    /** What will not be permitted then is not permitted now. */
    private void preflight(ProcessControl control, List<ProcessEntry> targets)
            throws CommandFailure {
        for (ProcessEntry entry : targets) {
            try {
                control.estimatePause(entry.pid(), options.request().snapshot());
            } catch (TargetException failure) {
                CommandFailure known = TargetFailures.asCommandFailure(failure);
                boolean passes = failure.kind() == TargetException.Kind.ALREADY_TRACED
                        || failure.kind() == TargetException.Kind.PAUSE_TOO_LONG;
                if (!passes) {
                    throw known;
                }
                console.note("Warning: " + failure.getMessage());
            }
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** For picocli: "3x10s". */
    static final class SeriesConverter
            implements picocli.CommandLine.ITypeConverter<WatchPlan.Series> {
        /** Nobody reads more dumps of one moment. */
        private static final int COUNT_MAX = 1000;

        SeriesConverter() {}

        @Override
        public WatchPlan.Series convert(String text) {
            String[] parts = text.split("x", 2);
            if (parts.length == 2 && parts[0].matches("[1-9]\\d{0,3}")) {
                int count = Integer.parseInt(parts[0]);
                if (count <= COUNT_MAX) {
                    return new WatchPlan.Series(count, Quantities.duration(parts[1]));
                }
            }
            throw new picocli.CommandLine.TypeConversionException(
                    "'" + text + "' is not a count and a time such as 3x10s");
        }
    }
}
