package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code mortem ps}: the processes that could be dumped. */
@Command(
        name = "ps",
        description = "Lists candidate processes: what they are, where they run, what they use.",
        footer = {"", "CPU %% is of one core, measured now: two busy threads show 200."})
final class PsCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "FILTER",
            description =
                    "Only those whose name, user, kind, unit, container or command line contains it,"
                            + " or that listen on this port.")
    Optional<String> filter = Optional.empty();

    @Option(
            names = "--window",
            converter = Quantities.DurationConverter.class,
            defaultValue = "200ms",
            paramLabel = "TIME",
            description = "How long CPU use is measured (default: ${DEFAULT-VALUE}).")
    Duration window = Duration.ofMillis(200);

    private final Console console;
    private final Clock clock;

    PsCommand(Console console, Clock clock) {
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() {
        List<ProcessEntry> found = ProcessList.ofThisMachine().list(window).stream()
                .filter(entry -> filter.map(wanted -> fits(entry, wanted)).orElse(true))
                .toList();
        if (common.json) {
            writeJson(found);
        } else {
            writeTable(found);
        }
        return ExitCode.DONE.number();
    }

    private static boolean fits(ProcessEntry entry, String wanted) {
        String needle = wanted.toLowerCase(Locale.ROOT);
        String hay = String.join(
                        "\n",
                        entry.name(),
                        entry.user().orElse(""),
                        entry.kind().label(),
                        entry.unit().orElse(""),
                        entry.container().orElse(""),
                        String.join(" ", entry.commandLine()))
                .toLowerCase(Locale.ROOT);
        return hay.contains(needle)
                || Long.toString(entry.pid()).equals(wanted)
                || entry.ports().stream().anyMatch(port -> port.toString().equals(wanted));
    }

    private void writeTable(List<ProcessEntry> entries) {
        Instant now = clock.instant();
        Table table = new Table(
                "PID",
                "NAME",
                "USER",
                "KIND",
                "UNIT/CONTAINER",
                "PORTS",
                "CPU %",
                "PRIVATE MB",
                "THREADS",
                "UP");
        table.alignRight(0, 6, 7, 8);
        for (ProcessEntry entry : entries) {
            table.row(
                    Long.toString(entry.pid()),
                    Shown.oneLine(entry.name()),
                    entry.user().map(Shown::oneLine).orElse("?"),
                    entry.kind().label(),
                    Shown.oneLine(place(entry)),
                    entry.ports().stream().map(String::valueOf).collect(Collectors.joining(",")),
                    entry.cpuPercent().isPresent()
                            ? Long.toString(Math.round(entry.cpuPercent().getAsDouble()))
                            : "?",
                    entry.privateBytes().isPresent()
                            ? String.format(
                                    Locale.ROOT, "%.1f", entry.privateBytes().getAsLong() / 1e6)
                            : "?",
                    entry.threads().isPresent()
                            ? Integer.toString(entry.threads().getAsInt())
                            : "?",
                    entry.startedAt()
                            .map(since -> Quantities.time(Duration.between(since, now)))
                            .orElse("?"));
        }
        table.writeTo(console.out());
        if (entries.isEmpty()) {
            console.note(filter.map(wanted -> "No process fits \"" + wanted + "\".")
                    .orElse("No process seen."));
        }
    }

    private static String place(ProcessEntry entry) {
        return entry.container().map(id -> "container:" + id).or(entry::unit).orElse("-");
    }

    private void writeJson(List<ProcessEntry> entries) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject().text("schema", "mortem.ps/1").beginArray("processes");
            for (ProcessEntry entry : entries) {
                json.beginObject()
                        .number("pid", entry.pid())
                        .number("parentPid", entry.parentPid())
                        .text("name", entry.name())
                        .text("user", entry.user())
                        .text("kind", entry.kind().label())
                        .text("unit", entry.unit())
                        .text("container", entry.container())
                        .beginArray("ports");
                entry.ports().forEach(json::number);
                json.endArray();
                entry.cpuPercent()
                        .ifPresent(percent ->
                                json.decimal("cpuPercent", Math.round(percent * 10) / 10.0));
                json.number("privateBytes", entry.privateBytes())
                        .number("threads", entry.threads())
                        .time("startedAt", entry.startedAt())
                        .text("executable", entry.executable().map(String::valueOf))
                        .text("commandLine", CommandLines.masked(entry.commandLine()))
                        .endObject();
            }
            json.endArray().endObject();
        }
        console.out().println();
    }
}
