package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code mortem dumps list}: what was caught here, newest first. */
@Command(
        name = "list",
        description = "Lists the dumps that Mortem took on this machine, newest first.",
        footer = {
            "",
            "Looked for in the folders that dumps of this user went to, in the current folder, and in",
            "those named. A dump is known by the sidecar (<dump>.json) beside it."
        })
final class DumpsListCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd HH:mm:ss", Locale.ROOT)
            .withZone(ZoneId.systemDefault());

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(arity = "0..*", paramLabel = "DIR", description = "Further folders.")
    List<Path> folders = new ArrayList<>();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Only those of that image, or pid.")
    Optional<String> name = Optional.empty();

    private final Console console;

    DumpsListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<CaughtDumps.Caught> caught = known(folders).stream()
                .filter(each -> name.map(each::isOf).orElse(true))
                .toList();
        if (common.json) {
            writeJson(caught);
        } else {
            writeTable(caught);
        }
        return ExitCode.DONE.number();
    }

    /** In all folders that are known to have dumps, and in those that are named. */
    static List<CaughtDumps.Caught> known(List<Path> more) {
        List<Path> folders = new ArrayList<>(more);
        folders.add(Path.of(""));
        folders.addAll(StateFolder.ofThisUser(System.getenv()).dumpFolders());
        return CaughtDumps.in(folders);
    }

    private void writeTable(List<CaughtDumps.Caught> caught) {
        Table table =
                new Table("TAKEN", "IMAGE", "PID", "REASON", "TRIGGER", "KIND", "SIZE", "FILE");
        table.alignRight(2, 6);
        for (CaughtDumps.Caught each : caught) {
            table.row(
                    TIME.format(each.takenAt()),
                    Shown.shortened(each.sidecar().image().orElse("?"), 24),
                    each.sidecar().pid().isPresent()
                            ? Long.toString(each.sidecar().pid().getAsLong())
                            : "?",
                    Shown.oneLine(each.sidecar().reason()),
                    Shown.shortened(condition(each.sidecar().trigger()), 40),
                    each.sidecar().kind(),
                    Quantities.size(each.sidecar().sizeBytes()),
                    Shown.oneLine(each.path().toString()));
        }
        table.writeTo(console.out());
        if (caught.isEmpty()) {
            console.note("No dump with a sidecar was found.");
        }
    }

    /** What was waited for; a dump on demand has none. */
    private static String condition(Map<String, String> trigger) {
        return trigger.getOrDefault("condition", "-");
    }

    private void writeJson(List<CaughtDumps.Caught> caught) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject().text("schema", "mortem.dumps/1").beginArray("dumps");
            for (CaughtDumps.Caught each : caught) {
                json.beginObject()
                        .text("path", each.path().toString())
                        .time("takenAt", each.sidecar().takenAt())
                        .text("image", each.sidecar().image())
                        .number("pid", each.sidecar().pid())
                        .text("reason", each.sidecar().reason())
                        .text("kind", each.sidecar().kind())
                        .text("format", each.sidecar().format())
                        .number("sizeBytes", each.sidecar().sizeBytes())
                        .beginObject("trigger");
                each.sidecar().trigger().forEach(json::text);
                json.endObject().endObject();
            }
            json.endArray().endObject();
        }
        console.out().println();
    }
}
