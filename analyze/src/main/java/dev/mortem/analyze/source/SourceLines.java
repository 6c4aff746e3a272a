package dev.mortem.analyze.source;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.limit.Limits;
import dev.mortem.stack.fetch.Lookup;
import dev.mortem.stack.fetch.SymbolSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The lines around a place in a source. Safe for any thread. */
public final class SourceLines {
    /** Before and behind the line: what fits beside its neighbours on a page. */
    private static final int AROUND = 7;

    private static final int NAMED_FILES_MAX = 4;

    private final SourceFolders folders;
    private final SymbolSource servers;
    private final Optional<Instant> startedAt;
    private final Limits limits;

    /**
     * @param folders of the user's, which come first
     * @param servers asked for sources that are not there
     * @param startedAt when the process started: a file that changed later is not what was compiled
     */
    public SourceLines(
            List<Path> folders, SymbolSource servers, Optional<Instant> startedAt, Limits limits) {
        this.folders = new SourceFolders(folders, limits);
        this.servers = servers;
        this.startedAt = startedAt;
        this.limits = limits;
    }

    /**
     * What is shown of the place; empty where no file fits it. A note alone where one may be there that
     * was not looked at.
     *
     * @param compilerPath as the compiler recorded it
     * @param line from 1
     * @param buildId of the module, for the server
     */
    public Optional<Report.Source> around(String compilerPath, int line, Optional<String> buildId) {
        return switch (folders.find(compilerPath)) {
            case SourceFolders.Match.One(Path file) -> Optional.of(read(file, line, true));
            case SourceFolders.Match.Several(List<Path> files) ->
                Optional.of(none(files.size() + " files below --source fit equally well, so none is"
                        + " shown: "
                        + String.join(
                                ", ",
                                files.stream()
                                        .limit(NAMED_FILES_MAX)
                                        .map(Path::toString)
                                        .toList())));
            case SourceFolders.Match.None _ ->
                fetched(compilerPath, line, buildId)
                        .or(() -> folders.stopped().map(SourceLines::none));
        };
    }

    private Optional<Report.Source> fetched(
            String compilerPath, int line, Optional<String> buildId) {
        if (servers.asksNobody() || buildId.isEmpty()) {
            return Optional.empty();
        }
        return servers.source(buildId.get(), compilerPath) instanceof Lookup.Found found
                ? Optional.of(read(found.file(), line, false))
                : Optional.empty();
    }

    private Report.Source read(Path file, int line, boolean mayHaveChanged) {
        int first = Math.max(1, line - AROUND);
        try {
            List<String> lines = SourceText.lines(file, first, Math.addExact(line, AROUND), limits);
            if (lines.size() <= line - first) {
                return none(file + " has no line " + line + ": it is another version");
            }
            boolean changed = mayHaveChanged
                    && startedAt.isPresent()
                    && Files.getLastModifiedTime(file).toInstant().isAfter(startedAt.get());
            return new Report.Source(
                    Optional.of(file.toString()),
                    first,
                    lines,
                    changed
                            ? Optional.of("the file was changed after the process had started:"
                                    + " these may not be the lines that run")
                            // of all that was not looked at, something may fit better
                            : mayHaveChanged ? folders.stopped() : Optional.empty());
        } catch (IOException | ArithmeticException unreadable) {
            return none(file + " cannot be shown: " + unreadable.getMessage());
        }
    }

    private static Report.Source none(String why) {
        return new Report.Source(Optional.empty(), 1, List.of(), Optional.of(why));
    }
}
