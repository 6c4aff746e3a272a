package dev.mortem.cli;

import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.Target;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetResolver;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** {@code mortem dump}: writes a dump of a running process now. */
@Command(
        name = "dump",
        description =
                "Writes a dump of a running process now, with a sidecar (<dump>.json) beside it.",
        footer = {
            "",
            "The process stands for some milliseconds while the kernel copies its page tables, and runs on",
            "while its dump is written from that frozen copy. Where no copy can be made it stands while its",
            "memory is read. How long is estimated before it is touched; a longer pause than --max-pause is",
            "refused. The dump's path is printed on standard output."
        })
final class DumpCommand implements Callable<Integer> {
    /** How often a target that does not exist yet is looked for. */
    private static final Duration WAIT_POLL = Duration.ofMillis(100);

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            paramLabel = "TARGET",
            description =
                    "A pid, an executable's name, unit:NAME, container:ID, port:N or command:GLOB.")
    String target = "";

    @Option(
            names = "--kind",
            defaultValue = "full",
            description = {
                "What the dump holds (default: ${DEFAULT-VALUE}):",
                "full: all memory; heap: private memory that can be written;",
                "mini: stacks and what registers and stacks point to;",
                "triage: stacks without data, no command line, no folders of modules."
            })
    DumpKind kind = DumpKind.FULL;

    @Option(
            names = "--format",
            description =
                    "core or minidump (default: what the name after -o ends with, else core).")
    Optional<DumpFormat> format = Optional.empty();

    @Option(
            names = "--redact",
            description =
                    "For giving away: stacks only, of these only addresses; no command line, no"
                            + " environment.")
    boolean redact;

    @Option(
            names = "--include-environment",
            description = "Keep the environment in a stream of the minidump: it may hold secrets.")
    boolean includeEnvironment;

    @Option(
            names = "--count",
            defaultValue = "1",
            paramLabel = "N",
            description = "How many dumps to take of each process (default: ${DEFAULT-VALUE}).")
    int count = 1;

    @Option(
            names = "--interval",
            converter = Quantities.DurationConverter.class,
            defaultValue = "10s",
            paramLabel = "TIME",
            description = "From the start of one dump to the next (default: ${DEFAULT-VALUE}).")
    Duration interval = Duration.ofSeconds(10);

    @Option(
            names = "--compress",
            description = "Write <dump>.core.zst or .dmp.zst, about an eighth of the size.")
    boolean compress;

    @Option(
            names = "--direct-io",
            description = "Write past the page cache: the dump is durable when it appears. The"
                    + " folder's file system must support it.")
    boolean directIo;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            defaultValue = ".",
            description = "Where the dump goes (default: the current folder).")
    Path output = Path.of(".");

    @Option(
            names = "--snapshot",
            defaultValue = "prefer",
            paramLabel = "require|prefer|never",
            description =
                    "Whether the dump is written from a frozen copy while the process runs on:"
                            + " require (a copy, or no dump), prefer (a copy, or else it stands) or"
                            + " never (default: ${DEFAULT-VALUE}).")
    SnapshotMode snapshotMode = SnapshotMode.PREFER;

    @Option(
            names = "--max-pause",
            converter = Quantities.DurationConverter.class,
            defaultValue = "1s",
            paramLabel = "TIME",
            description = "The longest that the process may stand (default: ${DEFAULT-VALUE}).")
    Duration maxPause = SnapshotOptions.DEFAULT_MAX_PAUSE;

    @Option(
            names = "--include-dontdump",
            description = "Also ranges that the program marked MADV_DONTDUMP: keys, huge buffers.")
    boolean includeDontDump;

    @Option(
            names = "--exclude-shared",
            converter = Quantities.SizeConverter.class,
            paramLabel = "ABOVE",
            description = "Leave out shared mappings larger than this.")
    Optional<Long> excludeSharedAbove = Optional.empty();

    @Option(
            names = "--keep-free",
            converter = Quantities.SizeConverter.class,
            paramLabel = "SIZE",
            description =
                    "Space that stays free on the disk (default: the larger of 10 %% and 5 GB).")
    Optional<Long> keepFree = Optional.empty();

    @Option(names = "--hash", description = "Put the dump's SHA-256 into the sidecar.")
    boolean hash;

    @Option(names = "--all", description = "Take every process that fits, not only a single one.")
    boolean all;

    @Option(names = "--wait", description = "Await a target that does not exist yet.")
    boolean await;

    private final Console console;
    private final Clock clock;
    private final Supplier<ProcessControl> means;

    DumpCommand(Console console, Clock clock, Supplier<ProcessControl> means) {
        this.console = console;
        this.clock = clock;
        this.means = means;
    }

    @Override
    public Integer call() throws CommandFailure {
        refuseWhatCannotBe();
        ProcessControl control = means.get();
        if (snapshotMode != SnapshotMode.NEVER) {
            control.rehearse();
        }
        List<ProcessEntry> targets = targets(control);
        boolean several = targets.size() > 1 || count > 1;
        if (several && !Files.isDirectory(output)) {
            throw wrong("-o must be an existing folder when several dumps are taken, and " + output
                    + " is none");
        }
        DumpTaker taker = new DumpTaker(console, clock, control, request());
        List<String> failures = new ArrayList<>();
        int dumps = 0;
        ExitCode lastFailure = ExitCode.DONE;
        for (int round = 0; round < count; round++) {
            long startedNanos = System.nanoTime();
            for (ProcessEntry entry : targets) {
                try {
                    print(taker.take(entry), several);
                    dumps++;
                } catch (CommandFailure failure) {
                    failures.add(failure.getMessage());
                    lastFailure = failure.exitCode();
                }
            }
            if (round + 1 < count && !pauseUntil(startedNanos + interval.toNanos())) {
                return ExitCode.INTERRUPTED.number();
            }
        }
        if (failures.isEmpty()) {
            return ExitCode.DONE.number();
        }
        String what = String.join("\n", failures);
        throw new CommandFailure(dumps == 0 ? lastFailure : ExitCode.SOME_FAILED, what);
    }

    private DumpTaker.Request request() {
        return new DumpTaker.Request(
                output,
                shape(),
                new WriteOptions(compress, directIo),
                hash,
                keepFree,
                new SnapshotOptions(
                        maxPause,
                        includeDontDump,
                        excludeSharedAbove.map(OptionalLong::of).orElse(OptionalLong.empty()),
                        true,
                        snapshotMode,
                        OptionalLong.empty()));
    }

    private DumpShape shape() {
        Optional<DumpFormat> named =
                Files.isDirectory(output) ? Optional.empty() : DumpFormat.of(output);
        DumpFormat wanted = format.or(() -> named).orElse(DumpFormat.CORE);
        return new DumpShape(redact ? DumpKind.TRIAGE : kind, wanted, redact, includeEnvironment);
    }

    private void refuseWhatCannotBe() {
        DumpOptionChecks checks = new DumpOptionChecks(spec);
        checks.requireFormat(output, format);
        checks.requireKindOfRedacted(redact, kind);
        if (includeEnvironment
                && (shape().format() != DumpFormat.MINIDUMP || shape().withoutArguments())) {
            throw wrong("--include-environment is for minidumps of the kinds mini, heap and full;"
                    + " a full core has the environment in its memory");
        }
        if (count < 1) {
            throw wrong("--count is at least 1, not " + count);
        }
        if (maxPause.isZero()) {
            throw wrong("--max-pause must be more than nothing");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private List<ProcessEntry> targets(ProcessControl control) throws CommandFailure {
        Target wanted;
        try {
            wanted = Target.parse(target);
        } catch (IllegalArgumentException notATarget) {
            throw wrong(String.valueOf(notATarget.getMessage()));
        }
        TargetResolver resolver = resolver(control);
        try {
            if (await) {
                awaitTarget(resolver, wanted);
            }
            if (!all) {
                return List.of(resolver.resolve(wanted));
            }
            List<ProcessEntry> matches = resolver.matches(wanted);
            if (matches.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.TARGET_NOT_FOUND, "no process fits \"" + target + "\"");
            }
            return matches;
        } catch (TargetException noTarget) {
            TargetFailures.listCandidates(console, noTarget);
            throw TargetFailures.asCommandFailure(whyNot(control, wanted, noTarget));
        }
    }

    /** A pid that no list shows may be a zombie's or a kernel thread's: the estimate tells. */
    private TargetException whyNot(
            ProcessControl control, Target wanted, TargetException noTarget) {
        if (wanted instanceof Target.Pid named
                && noTarget.kind() == TargetException.Kind.NOT_FOUND) {
            try {
                control.estimatePause(named.pid(), request().snapshot());
            } catch (TargetException better) {
                return better;
            }
        }
        return noTarget;
    }

    private static TargetResolver resolver(ProcessControl control) {
        return new TargetResolver(
                new OthersOnly(ProcessList.ofThisMachine(), control),
                ProcessHandle.current().pid());
    }

    private void awaitTarget(TargetResolver resolver, Target wanted)
            throws TargetException, CommandFailure {
        if (resolver.matches(wanted).isEmpty()) {
            console.note("Waiting for " + wanted.text() + " …");
        }
        while (resolver.matches(wanted).isEmpty()) {
            if (!pauseUntil(System.nanoTime() + WAIT_POLL.toNanos())) {
                throw new CommandFailure(
                        ExitCode.INTERRUPTED, "interrupted while waiting for " + target);
            }
        }
    }

    /** Waits; false when the thread was interrupted. */
    private static boolean pauseUntil(long deadlineNanos) {
        while (System.nanoTime() - deadlineNanos < 0) {
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(deadlineNanos - System.nanoTime());
        }
        return true;
    }

    private void print(DumpTaker.Taken taken, boolean several) {
        if (!common.json) {
            console.out().println(taken.path());
        } else {
            StringWriter text = new StringWriter();
            if (several) {
                taken.sidecar().writeLineTo(text);
            } else {
                taken.sidecar().writeTo(text);
            }
            console.out().println(text);
        }
        console.out().flush();
    }
}
