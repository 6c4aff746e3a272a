package dev.mortem.cli;

import dev.mortem.analyze.report.RenderOptions;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.report.ReportFormat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Optional;

/** Puts reports where the user wants them. */
final class ReportOutput {
    private final Console console;
    private final ReportFormat format;
    private final boolean verbose;
    private final boolean several;
    private final boolean fullNames;

    ReportOutput(
            Console console,
            ReportFormat format,
            boolean verbose,
            boolean several,
            boolean fullNames) {
        this.console = console;
        this.format = format;
        this.verbose = verbose;
        this.several = several;
        this.fullNames = fullNames;
    }

    /** The file for a dump's report: in the folder, or the very file that was named. */
    Path file(Path place, Path dump) {
        return Files.isDirectory(place)
                ? place.resolve(dump.getFileName() + "." + format.extension())
                : place;
    }

    /** Writes to standard output, or to the file with JSON beside it. */
    void write(Report report, Optional<Path> file) throws CommandFailure {
        try {
            if (file.isEmpty()) {
                format.render(report, console.out(), options(console.useColour()));
                console.out().flush();
                return;
            }
        } catch (IOException failure) {
            throw notWritten(failure);
        }
        writeFiles(report, file.get());
        console.out().println(file.get());
    }

    /** Writes the file, and the JSON beside it where it is not inside. */
    void writeFiles(Report report, Path file) throws CommandFailure {
        try {
            PrivateFile.write(file, rendered(report, format));
            if (format != ReportFormat.JSON && format != ReportFormat.MHT) {
                PrivateFile.write(jsonBeside(file), rendered(report, ReportFormat.JSON));
            }
        } catch (IOException failure) {
            throw notWritten(failure);
        }
    }

    private static CommandFailure notWritten(IOException failure) {
        return new CommandFailure(
                ExitCode.STORAGE, "the report was not written: " + failure.getMessage(), failure);
    }

    private String rendered(Report report, ReportFormat wanted) throws IOException {
        StringWriter text = new StringWriter();
        wanted.render(report, text, options(false));
        return text.toString();
    }

    private RenderOptions options(boolean colour) {
        return RenderOptions.plain(ZoneId.systemDefault())
                .withVerbose(verbose)
                .withColour(colour)
                .withUnicode(console.unicode())
                .withOneLine(several)
                .withFullNames(fullNames);
    }

    /** Not with another ending: the dump's sidecar is called {@code <dump>.json}. */
    private static Path jsonBeside(Path file) {
        return file.resolveSibling(file.getFileName() + ".json");
    }
}
