package dev.mortem.cli;

import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.report.ReportFormat;
import dev.mortem.base.json.JsonOutput;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code mortem demo}: a bundled worker goes wrong, is dumped and explained. */
@Command(
        name = "demo",
        description =
                "Starts a bundled HTTP worker, makes it hang and crash, dumps it and explains both.",
        footer = {
            "",
            "Everything stays in one folder, which is named at the end. Nothing is left running."
        })
final class DemoCommand implements Callable<Integer> {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description =
                    "The folder for everything (default: a new one in the folder for temporary files).")
    Optional<Path> output = Optional.empty();

    private final Console console;
    private final Clock clock;

    DemoCommand(Console console, Clock clock) {
        this.console = console;
        this.clock = clock;
    }

    /** One thing that went wrong, and where its explanation is. */
    private record Scene(String title, Path dump, Path html, Report report) {}

    @Override
    public Integer call() throws CommandFailure {
        Path folder = folder();
        List<Scene> scenes = new ArrayList<>();
        Optional<Path> compiler = DemoWorker.compiler();
        if (compiler.isPresent()) {
            DemoWorker worker = DemoWorker.compile(console, compiler.get(), folder);
            DemoScenes live = new DemoScenes(console, clock, worker, folder);
            scenes.add(scene("A deadlock under requests", live.deadlock(), folder));
            scenes.add(scene("A null pointer", live.nullPointer(), folder));
        } else {
            console.note(
                    "No C compiler (cc) here, so no live worker: a small core of a crash is explained instead.");
            console.note(
                    "With one you see all of it: apt-get install gcc libc6-dev  (or: dnf install gcc)");
            scenes.add(scene("A null pointer", bundledCore(folder), folder));
        }
        if (common.json) {
            writeJson(folder, scenes);
        } else {
            write(folder, scenes);
        }
        return ExitCode.DONE.number();
    }

    private Path folder() throws CommandFailure {
        Path folder = output.orElseGet(() -> Path.of(
                        System.getProperty("java.io.tmpdir"),
                        "mortem-demo-" + STAMP.format(clock.instant())))
                .toAbsolutePath();
        try {
            return Files.createDirectories(folder).toRealPath();
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.STORAGE,
                    "the folder " + folder + " cannot be made: " + failure.getMessage(),
                    failure);
        }
    }

    private static Path bundledCore(Path folder) throws CommandFailure {
        return Resources.copyTo("demo/null-pointer.core", folder.resolve("null-pointer.core"));
    }

    private Scene scene(String title, Path dump, Path folder) throws CommandFailure {
        Report report = new DumpAnalysis(console, clock, DumpAnalysis.Request.plain()).of(dump);
        Path html = folder.resolve(dump.getFileName() + ".html");
        new ReportOutput(console, ReportFormat.HTML, false, false, false).writeFiles(report, html);
        return new Scene(title, dump, html, report);
    }

    private void write(Path folder, List<Scene> scenes) {
        for (Scene scene : scenes) {
            console.out().println();
            console.out().println(scene.title());
            console.out().println("  " + Shown.oneLine(scene.report().headline().summary()));
            console.out()
                    .println("  What to do: "
                            + Shown.oneLine(scene.report().headline().recommendation()));
            console.out().println("  dump    " + scene.dump());
            console.out().println("  report  " + scene.html());
        }
        console.out().println();
        console.out()
                .println(
                        "All of it is in " + folder + "; remove that folder and no trace is left.");
        console.out()
                .println("The whole text of a report: mortem analyze "
                        + scenes.getFirst().dump());
    }

    private void writeJson(Path folder, List<Scene> scenes) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject()
                    .text("schema", "mortem.demo/1")
                    .text("folder", folder.toString())
                    .beginArray("scenes");
            scenes.forEach(scene -> json.beginObject()
                    .text("title", scene.title())
                    .text("rule", scene.report().headline().rule())
                    .text("headline", scene.report().headline().summary())
                    .text("dump", scene.dump().toString())
                    .text("html", scene.html().toString())
                    .endObject());
            json.endArray().endObject();
        }
        console.out().println();
    }
}
