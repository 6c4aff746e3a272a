package dev.mortem.analyze;

import dev.mortem.base.limit.Limits;
import dev.mortem.stack.locate.ModuleSearch;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * How to analyse.
 *
 * @param tool what the report names as its maker: "mortem 0.1.0"
 * @param search where files of modules are looked for
 * @param sourceFolders where sources are looked for, for the lines around the faulting frames
 * @param includeEnvironment whether the report shows the environment, masked
 * @param blameFiles the user's own blame tables, each winning over those before it
 * @param clock tells when the analysis was made, and how long it took
 * @param progress hears how many threads' stacks are done
 */
public record AnalysisOptions(
        String tool,
        ModuleSearch search,
        List<Path> sourceFolders,
        boolean includeEnvironment,
        List<Path> blameFiles,
        Clock clock,
        Limits limits,
        Progress progress) {
    public AnalysisOptions {
        sourceFolders = List.copyOf(sourceFolders);
        blameFiles = List.copyOf(blameFiles);
    }

    /** Hears of progress, from any thread. */
    @FunctionalInterface
    public interface Progress {
        void done(int threads, int total);
    }

    /** This machine's files, no environment, the built-in blame table. */
    public static AnalysisOptions defaults(String tool, Clock clock) {
        return new AnalysisOptions(
                tool,
                ModuleSearch.ofThisMachine(),
                List.of(),
                false,
                List.of(),
                clock,
                Limits.defaults(),
                (threads, total) -> {});
    }

    public AnalysisOptions withSearch(ModuleSearch other) {
        return new AnalysisOptions(
                tool,
                other,
                sourceFolders,
                includeEnvironment,
                blameFiles,
                clock,
                limits,
                progress);
    }

    public AnalysisOptions withSourceFolders(List<Path> folders) {
        return new AnalysisOptions(
                tool, search, folders, includeEnvironment, blameFiles, clock, limits, progress);
    }

    public AnalysisOptions withEnvironment(boolean include) {
        return new AnalysisOptions(
                tool, search, sourceFolders, include, blameFiles, clock, limits, progress);
    }

    public AnalysisOptions withBlameFiles(List<Path> files) {
        return new AnalysisOptions(
                tool, search, sourceFolders, includeEnvironment, files, clock, limits, progress);
    }

    public AnalysisOptions withLimits(Limits other) {
        return new AnalysisOptions(
                tool,
                search,
                sourceFolders,
                includeEnvironment,
                blameFiles,
                clock,
                other,
                progress);
    }

    public AnalysisOptions withProgress(Progress listener) {
        return new AnalysisOptions(
                tool,
                search,
                sourceFolders,
                includeEnvironment,
                blameFiles,
                clock,
                limits,
                listener);
    }
}
