package dev.mortem.cli;

import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.report.ReportFormat;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code mortem analyze}: reports on dumps. */
@Command(
        name = "analyze",
        description =
                "Explains dumps: what happened, to which thread, in whose code, and what to do.",
        footer = {
            "",
            "With -o, a text or HTML report has its JSON beside it; MHT has it inside. Symbols"
                    + " come from the modules' own files",
            "where they are the same (by build id), from /usr/lib/debug, and from --symbols. No"
                    + " server is",
            "asked but those that --symbols names."
        })
final class AnalyzeCommand implements Callable<Integer> {
    /** As the command line names them. */
    enum Format {
        TEXT,
        HTML,
        MHT,
        JSON
    }

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE|DIR",
            description = "Dumps, or folders of dumps.")
    List<Path> inputs = List.of();

    @Option(
            names = "--latest",
            arity = "0..1",
            fallbackValue = "",
            paramLabel = "NAME",
            description =
                    "The newest dump that was taken here, of that image or pid where one is named.")
    Optional<String> latest = Optional.empty();

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES} (default: text).")
    Optional<Format> format = Optional.empty();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            description = "Where reports go (default: standard output).")
    Optional<Path> output = Optional.empty();

    @Mixin
    SymbolOptions symbols = new SymbolOptions();

    @Option(
            names = "--source",
            paramLabel = "DIR",
            description =
                    "A folder with sources, for the lines around the faulting thread's frames;"
                            + " may be repeated.")
    List<Path> sourceFolders = new ArrayList<>();

    @Option(
            names = "--blame",
            paramLabel = "FILE",
            description =
                    "Your own table of code that is never or always to blame; may be repeated.")
    List<Path> blameTables = new ArrayList<>();

    @Option(
            names = "--include-environment",
            description = "Show the process's environment, secrets masked.")
    boolean includeEnvironment;

    @Option(
            names = "--full-names",
            description = "Show functions with all their template arguments"
                    + " (default: std::vector<int> and the like; JSON has both).")
    boolean fullNames;

    private final Console console;
    private final Clock clock;

    AnalyzeCommand(Console console, Clock clock) {
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws CommandFailure {
        ReportFormat wanted = reportFormat();
        List<Path> dumps = dumps();
        Optional<Path> folder = output.filter(Files::isDirectory);
        if (dumps.size() > 1 && output.isPresent() && folder.isEmpty()) {
            throw wrong("-o must be an existing folder for several dumps, and " + output.get()
                    + " is none");
        }
        SymbolPlaces places = symbolPlaces();
        try (SymbolServers servers =
                symbols.open(places, System.getenv(), console, clock, common.verbose)) {
            return analyze(wanted, dumps, places, servers);
        }
    }

    private int analyze(
            ReportFormat wanted, List<Path> dumps, SymbolPlaces places, SymbolServers servers)
            throws CommandFailure {
        DumpAnalysis analysis = new DumpAnalysis(
                console,
                clock,
                new DumpAnalysis.Request(
                        places.paths(),
                        servers.source(),
                        servers.stores(),
                        sourceFolders,
                        blameTables,
                        includeEnvironment));
        ReportOutput reports =
                new ReportOutput(console, wanted, common.verbose, dumps.size() > 1, fullNames);
        List<String> failures = new ArrayList<>();
        ExitCode lastFailure = ExitCode.DONE;
        for (Path dump : dumps) {
            try {
                Report report = analysis.of(dump);
                reports.write(report, output.map(place -> reports.file(place, dump)));
            } catch (CommandFailure failure) {
                failures.add(failure.getMessage());
                lastFailure = failure.exitCode();
            }
        }
        if (failures.isEmpty()) {
            return ExitCode.DONE.number();
        }
        throw new CommandFailure(
                failures.size() == dumps.size() && dumps.size() == 1
                        ? lastFailure
                        : ExitCode.SOME_FAILED,
                String.join("\n", failures));
    }

    private ReportFormat reportFormat() {
        if (common.json && format.filter(named -> named != Format.JSON).isPresent()) {
            throw wrong("--json is --format json; it cannot go with another format");
        }
        return switch (format.orElse(common.json ? Format.JSON : Format.TEXT)) {
            case TEXT -> ReportFormat.TEXT;
            case HTML -> ReportFormat.HTML;
            case JSON -> ReportFormat.JSON;
            case MHT -> ReportFormat.MHT;
        };
    }

    private SymbolPlaces symbolPlaces() {
        try {
            return symbols.places(System.getenv());
        } catch (IllegalArgumentException unusable) {
            throw wrong(String.valueOf(unusable.getMessage()));
        }
    }

    /** The files named, and those in the folders named that may be dumps. */
    private List<Path> dumps() throws CommandFailure {
        if (latest.isPresent() != inputs.isEmpty()) {
            throw wrong("name dumps or folders, or --latest for the newest that was taken here");
        }
        List<Path> dumps = new ArrayList<>();
        if (latest.isPresent()) {
            dumps.add(latestDump(latest.get()));
        }
        for (Path input : inputs) {
            if (!Files.exists(input)) {
                throw new CommandFailure(ExitCode.NOT_A_DUMP, input + ": no such file");
            }
            if (Files.isDirectory(input)) {
                dumps.addAll(inFolder(input));
            } else {
                dumps.add(input);
            }
        }
        return dumps;
    }

    private Path latestDump(String name) throws CommandFailure {
        Path newest = DumpsListCommand.known(List.of()).stream()
                .filter(each -> name.isEmpty() || each.isOf(name))
                .map(CaughtDumps.Caught::path)
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.NOT_A_DUMP,
                        "no dump " + (name.isEmpty() ? "" : "of " + name + " ")
                                + "is known here; 'mortem dumps list DIR' looks elsewhere"));
        console.note("The latest: " + Shown.oneLine(newest.toString()));
        return newest;
    }

    private List<Path> inFolder(Path folder) throws CommandFailure {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
            for (Path file : files) {
                if (DumpAnalysis.mayBeDump(file)) {
                    found.add(file);
                } else if (common.verbose) {
                    console.note(Shown.oneLine(file.toString()) + ": no dump, passed over");
                }
            }
        } catch (IOException unreadable) {
            throw new CommandFailure(
                    ExitCode.NOT_A_DUMP,
                    folder + " cannot be read: " + unreadable.getMessage(),
                    unreadable);
        }
        if (found.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_A_DUMP, folder + " holds no dump that can be read");
        }
        found.sort(null);
        return found;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
