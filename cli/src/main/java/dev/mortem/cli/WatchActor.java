package dev.mortem.cli;

import dev.mortem.collect.watch.Actor;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Takes the dumps that a watch asks for, and runs commands. */
final class WatchActor implements Actor {
    /** A command that is to drain or tell somebody is done by then; the watch must go on. */
    private static final int COMMAND_SECONDS_MAX = 60;

    private final WatchConsole console;
    private final DumpTaker taker;
    private final SnapshotOptions snapshot;
    private final List<WatchAction> actions;
    private final StateFolder state;
    private Optional<String> lastDump = Optional.empty();
    private ExitCode lastFailure = ExitCode.NO_DUMP;

    WatchActor(
            WatchConsole console,
            DumpTaker taker,
            SnapshotOptions snapshot,
            List<WatchAction> actions,
            StateFolder state) {
        this.console = console;
        this.taker = taker;
        this.snapshot = snapshot;
        this.actions = actions;
        this.state = state;
    }

    /** Of the last act that failed. */
    ExitCode lastFailure() {
        return lastFailure;
    }

    @Override
    public Outcome act(Occasion occasion) {
        Outcome worst = Outcome.DONE;
        for (WatchAction action : actions) {
            Outcome outcome = switch (action) {
                case WatchAction.Dump dump -> dump(occasion);
                case WatchAction.Run run -> run(occasion.entry(), run);
            };
            if (outcome == Outcome.BUSY) {
                return outcome;
            }
            worst = outcome.compareTo(worst) > 0 ? outcome : worst;
        }
        return worst;
    }

    private Outcome dump(Occasion occasion) {
        try {
            DumpTaker.Taken taken = take(occasion);
            lastDump = Optional.of(taken.path().toString());
            console.dumped(occasion, taken);
            Optional.ofNullable(taken.path().toAbsolutePath().getParent())
                    .ifPresent(state::rememberDumpFolder);
            return Outcome.DONE;
        } catch (TargetException failure) {
            if (failure.kind() == TargetException.Kind.ALREADY_TRACED) {
                return Outcome.BUSY;
            }
            CommandFailure known = TargetFailures.asCommandFailure(failure);
            failed(occasion, known);
            return known.exitCode() == ExitCode.NOT_PERMITTED ? Outcome.HOPELESS : Outcome.FAILED;
        } catch (CommandFailure failure) {
            failed(occasion, failure);
            return Outcome.FAILED;
        }
    }

    private DumpTaker.Taken take(Occasion occasion) throws TargetException, CommandFailure {
        DumpTaker.Cause cause = new DumpTaker.Cause(
                occasion.firing().reason(), occasion.firing().values());
        if (occasion.standing().isEmpty()) {
            return taker.take(occasion.entry(), cause);
        }
        try (LiveSnapshot standing = occasion.standing().get().snapshot(snapshot)) {
            return taker.take(occasion.entry(), standing, cause, List.of());
        }
    }

    private void failed(Occasion occasion, CommandFailure failure) {
        lastFailure = failure.exitCode();
        console.failed(occasion.entry(), String.valueOf(failure.getMessage()));
    }

    private Outcome run(ProcessEntry entry, WatchAction.Run run) {
        List<String> command = run.filledIn(entry.pid(), lastDump);
        String shown = String.join(" ", command);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                console.failed(entry, shown + " did not end within " + COMMAND_SECONDS_MAX + " s");
                return Outcome.FAILED;
            }
            console.ran(entry, shown, process.exitValue());
            return Outcome.DONE;
        } catch (IOException notStarted) {
            console.failed(entry, shown + " cannot be run: " + notStarted.getMessage());
            return Outcome.FAILED;
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            return Outcome.FAILED;
        }
    }
}
