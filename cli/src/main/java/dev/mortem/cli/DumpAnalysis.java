package dev.mortem.cli;

import dev.mortem.analyze.AnalysisOptions;
import dev.mortem.analyze.Analyzer;
import dev.mortem.analyze.mask.CommandLineMask;
import dev.mortem.analyze.report.Report;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.DumpDetails;
import dev.mortem.base.snapshot.DumpOrigin;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.UnreadableDumpException;
import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.dump.sidecar.SidecarSnapshot;
import dev.mortem.stack.fetch.StoreSource;
import dev.mortem.stack.fetch.SymbolSource;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** From a dump file to its report. */
final class DumpAnalysis {
    private final Console console;
    private final Clock clock;
    private final Request request;

    DumpAnalysis(Console console, Clock clock, Request request) {
        this.console = console;
        this.clock = clock;
        this.request = request;
    }

    /** What the user wants of each analysis. */
    record Request(
            List<Path> symbolPaths,
            SymbolSource servers,
            StoreSource stores,
            List<Path> sourceFolders,
            List<Path> blameTables,
            boolean includeEnvironment) {
        static Request plain() {
            return new Request(
                    List.of(), SymbolSource.NONE, StoreSource.NONE, List.of(), List.of(), false);
        }
    }

    /** Whether a file found in a folder is worth opening as a dump. */
    static boolean mayBeDump(Path file) {
        return DumpFiles.mayBeDump(file);
    }

    Report of(Path file) throws CommandFailure {
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults());
                Progress progress = Progress.of(console, "Analysing")) {
            SidecarSnapshot snapshot = SidecarSnapshot.of(dump.snapshot(), file, dump.sizeBytes());
            return Analyzer.analyze(
                    snapshot,
                    facts(file, dump, snapshot, snapshot.sidecar()),
                    options(search(file, snapshot.sidecar()), progress));
        } catch (UnreadableDumpException notADump) {
            throw CommandFailure.because(ExitCode.NOT_A_DUMP, notADump);
        } catch (MalformedException wrongTable) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, wrongTable);
        } catch (IOException unreadable) {
            throw CommandFailure.unreadable(file, unreadable);
        }
    }

    /** Asks the sources for what is missing of any module, whether it stands in a stack or not. */
    void fetchAll(Path file) throws CommandFailure {
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults());
                ModuleImages images = ModuleImages.of(
                        dump.snapshot(),
                        search(file, Optional.empty()),
                        Limits.defaults(),
                        new DiagnosticLog())) {
            images.fetch(dump.snapshot().modules());
        } catch (UnreadableDumpException notADump) {
            throw CommandFailure.because(ExitCode.NOT_A_DUMP, notADump);
        } catch (IOException unreadable) {
            throw CommandFailure.unreadable(file, unreadable);
        }
    }

    private static Report.DumpFacts facts(
            Path file, OpenDump dump, ProcessSnapshot snapshot, Optional<DumpSidecar> sidecar) {
        return new Report.DumpFacts(
                Optional.of(file.toString()),
                OptionalLong.of(dump.sizeBytes()),
                dump.format(),
                snapshot.process().takenAt(),
                sidecar.map(DumpSidecar::kind).or(snapshot.details()::kind),
                dump.truncated(),
                comment(dump, snapshot),
                sidecar.map(known -> DumpSidecar.beside(file).toString()));
    }

    private static Optional<String> comment(OpenDump dump, ProcessSnapshot snapshot) {
        DumpDetails details = snapshot.details();
        List<String> parts = new ArrayList<>(
                details.origin().isPresent()
                        ? details.origin().map(DumpAnalysis::origin).stream().toList()
                        : details.comments());
        dump.container().ifPresent(name -> parts.add("compressed as " + name));
        return parts.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", parts));
    }

    private static String origin(DumpOrigin origin) {
        String command = CommandLineMask.line(List.of(origin.commandLine().split(" ", -1)));
        return "written by " + origin.tool() + " (" + command + ")"
                + origin.reason().map(why -> ": " + why).orElse("");
    }

    /** With the JIT map that was kept with the dump, where the sidecar is this dump's and says so. */
    private ModuleSearch search(Path file, Optional<DumpSidecar> sidecar) {
        ModuleSearch search = ModuleSearch.ofThisMachine()
                .withDump(file)
                .withSymbolPaths(request.symbolPaths())
                .withServers(request.servers())
                .withStores(request.stores());
        boolean kept = sidecar.flatMap(DumpSidecar::jitMap).isPresent();
        return kept ? search.withJitMap(DumpSidecar.jitMapBeside(file)) : search;
    }

    private AnalysisOptions options(ModuleSearch search, Progress progress) {
        return AnalysisOptions.defaults(Version.tool(), clock)
                .withSearch(search)
                .withSourceFolders(request.sourceFolders())
                .withBlameFiles(request.blameTables())
                .withEnvironment(request.includeEnvironment())
                .withProgress(progress::to);
    }
}
