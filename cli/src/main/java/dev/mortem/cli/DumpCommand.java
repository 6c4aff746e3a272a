package dev.mortem.cli;

import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.SnapshotMode;
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
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    @Mixin
    DumpOptions options = new DumpOptions();

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
        if (options.snapshotMode != SnapshotMode.NEVER) {
            control.rehearse();
        }
        List<ProcessEntry> targets = targets(control);
        boolean several = targets.size() > 1 || count > 1;
        if (several && !Files.isDirectory(options.output)) {
            throw wrong("-o must be an existing folder when several dumps are taken, and "
                    + options.output + " is none");
        }
        DumpTaker taker = new DumpTaker(console, clock, control, options.request());
        List<String> failures = new ArrayList<>();
        int dumps = 0;
        ExitCode lastFailure = ExitCode.DONE;
        for (int round = 0; round < count; round++) {
            long startedNanos = System.nanoTime();
            for (ProcessEntry entry : targets) {
                try {
                    DumpTaker.Taken taken = taker.take(entry);
                    remember(taken);
                    print(taken, several);
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

    private void refuseWhatCannotBe() {
        options.refuseWhatCannotBe(spec);
        if (count < 1) {
            throw wrong("--count is at least 1, not " + count);
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
                control.estimatePause(named.pid(), options.request().snapshot());
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

    /** So that "dumps list" and "analyze --latest" find it. */
    private static void remember(DumpTaker.Taken taken) {
        Optional.ofNullable(taken.path().toAbsolutePath().getParent())
                .ifPresent(StateFolder.ofThisUser(System.getenv())::rememberDumpFolder);
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
