package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code mortem watch list}: the watches of this user that run. */
@Command(name = "list", description = "Lists the watches of this user that run.")
final class WatchListCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    private final Console console;
    private final Clock clock;

    WatchListCommand(Console console, Clock clock) {
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws CommandFailure {
        List<WatchRecord> running = running();
        if (common.json) {
            try (JsonOutput json = JsonOutput.indented(console.out())) {
                json.beginObject().text("schema", "mortem.watches/1").beginArray("watches");
                running.forEach(each -> each.writeTo(json));
                json.endArray().endObject();
            }
            console.out().println();
            return ExitCode.DONE.number();
        }
        Table table = new Table("ID", "TARGET", "PIDS", "WHEN", "SINCE");
        table.alignRight(0);
        for (WatchRecord each : running) {
            table.row(
                    Long.toString(each.id()),
                    Shown.shortened(each.target(), 40),
                    each.targetPids().isEmpty()
                            ? "-"
                            : each.targetPids().stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(",")),
                    Shown.shortened(String.join("; ", each.conditions()), 60),
                    Quantities.time(Duration.between(each.since(), clock.instant())));
        }
        table.writeTo(console.out());
        if (running.isEmpty()) {
            console.note("No watch runs.");
        }
        return ExitCode.DONE.number();
    }

    private List<WatchRecord> running() throws CommandFailure {
        try {
            Path folder = StateFolder.ofThisUser(System.getenv()).watches();
            WatchLogs.removeOld(folder, clock);
            return WatchRecord.running(folder);
        } catch (IOException failure) {
            throw CommandFailure.because(ExitCode.STORAGE, failure);
        }
    }
}
