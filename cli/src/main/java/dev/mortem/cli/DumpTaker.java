package dev.mortem.cli;

import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.core.CoreWriter;
import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.SystemLog;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Takes one dump of one process: space, pause, copy, sidecar, a line in the system's log. */
final class DumpTaker {
    private final Console console;
    private final Clock clock;
    private final Request request;

    DumpTaker(Console console, Clock clock, Request request) {
        this.console = console;
        this.clock = clock;
        this.request = request;
    }

    /**
     * What is wanted of each dump.
     *
     * @param output a folder, or the file's own path
     * @param keepFreeBytes space that stays free; empty for the default
     */
    record Request(
            Path output,
            boolean compress,
            boolean hash,
            Optional<Long> keepFreeBytes,
            SnapshotOptions snapshot) {}

    /** A dump that was taken. */
    record Taken(Path path, DumpSidecar sidecar) {}

    Taken take(ProcessEntry target) throws CommandFailure {
        try (PendingSnapshot pending =
                ProcessControl.ofThisMachine().prepare(target.pid(), request.snapshot())) {
            PauseEstimate estimate = pending.estimate();
            List<String> warnings = new ArrayList<>(
                    new DumpFolder(folder(), request.keepFreeBytes()).check(estimate.copyBytes()));
            warnings.addAll(estimate.warnings());
            warnings.forEach(warning -> console.note("Warning: " + warning));
            console.note("%s (PID %d): %s expected, standing for about %s: %s"
                    .formatted(
                            Shown.oneLine(target.name()),
                            target.pid(),
                            Quantities.size(estimate.copyBytes()),
                            Quantities.time(estimate.pause()),
                            estimate.why()));
            try (LiveSnapshot snapshot = pending.take()) {
                return take(target, snapshot, "OnDemand", warnings);
            }
        } catch (TargetException failure) {
            throw TargetFailures.asCommandFailure(failure);
        }
    }

    /** Writes a snapshot that was taken already; resumes it. */
    Taken take(ProcessEntry target, LiveSnapshot snapshot, String reason, List<String> warnings)
            throws CommandFailure {
        Instant takenAt = snapshot.process().takenAt().orElseGet(clock::instant);
        Path path = path(target, takenAt, reason);
        try {
            WrittenDump written = write(snapshot, path);
            snapshot.resume();
            refuseHalf(snapshot, path);
            DumpSidecar sidecar = sidecar(target, snapshot, written, reason, warnings);
            StringWriter text = new StringWriter();
            sidecar.writeTo(text);
            PrivateFile.write(DumpSidecar.beside(path), text + "\n");
            tell(target, snapshot, written);
            return new Taken(path, sidecar);
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.STORAGE, "the dump was not written: " + failure.getMessage(), failure);
        }
    }

    private WrittenDump write(LiveSnapshot snapshot, Path path) throws IOException {
        WriteOptions options = new WriteOptions(request.compress(), false);
        try (Progress progress = Progress.of(console, "Copying")) {
            return new CoreWriter().write(snapshot, path, options, progress::to);
        }
    }

    /** A file under its final name is whole: one whose process ran on while it was copied is not. */
    private static void refuseHalf(LiveSnapshot snapshot, Path path)
            throws CommandFailure, IOException {
        Optional<String> overran = snapshot.overran();
        if (overran.isPresent()) {
            Files.deleteIfExists(path);
            throw new CommandFailure(
                    ExitCode.NO_DUMP, overran.get() + "; the incomplete dump was removed");
        }
    }

    private DumpSidecar sidecar(
            ProcessEntry target,
            LiveSnapshot snapshot,
            WrittenDump written,
            String reason,
            List<String> warnings)
            throws IOException {
        ProcessFacts facts = snapshot.process();
        List<String> allWarnings = new ArrayList<>(warnings);
        allWarnings.addAll(snapshot.warnings());
        return new DumpSidecar(
                written.path().toAbsolutePath().normalize().toString(),
                written.sizeBytes(),
                request.hash() ? Optional.of(Sha256.of(written.path())) : Optional.empty(),
                facts.pid().isPresent() ? facts.pid() : OptionalLong.of(target.pid()),
                facts.image().or(() -> Optional.of(target.name())),
                CommandLines.masked(facts.commandLine()),
                facts.host(),
                facts.user(),
                facts.startedAt(),
                facts.takenAt(),
                Optional.of(ZoneId.systemDefault()
                        .getRules()
                        .getOffset(clock.instant())
                        .toString()),
                "full",
                "core",
                reason,
                Optional.empty(),
                Map.of(),
                snapshot.method(),
                Optional.of(snapshot.methodWhy()),
                Optional.of(snapshot.pause()),
                Optional.of(written.duration()),
                written.gaps().stream()
                        .map(gap -> new DumpSidecar.AbsentRange(
                                gap.address(), gap.sizeBytes(), gap.why()))
                        .toList(),
                allWarnings,
                snapshot.threads().stream().map(DumpTaker::note).toList(),
                Version.tool());
    }

    private static DumpSidecar.ThreadNote note(ThreadSnapshot thread) {
        return new DumpSidecar.ThreadNote(
                thread.id(),
                thread.name(),
                thread.state(),
                thread.userTime(),
                thread.kernelTime(),
                thread.waitChannel());
    }

    private void tell(ProcessEntry target, LiveSnapshot snapshot, WrittenDump written) {
        Duration pause = snapshot.pause();
        console.note("Wrote %s in %s; the process stood for %s (%s)."
                .formatted(
                        Quantities.size(written.sizeBytes()),
                        Quantities.time(written.duration()),
                        Quantities.time(pause),
                        snapshot.methodWhy()));
        SystemLog.ofThisMachine()
                .write("%s dumped %s (PID %d, user %s) to %s, pause %d ms"
                        .formatted(
                                System.getProperty("user.name", "?"),
                                Shown.oneLine(target.name()),
                                target.pid(),
                                target.user().orElse("?"),
                                Shown.oneLine(written.path().toString()),
                                pause.toMillis()));
    }

    private Path folder() {
        return Files.isDirectory(request.output())
                ? request.output()
                : Optional.ofNullable(request.output().toAbsolutePath().getParent())
                        .orElse(request.output());
    }

    private Path path(ProcessEntry target, Instant takenAt, String reason) {
        if (!Files.isDirectory(request.output())) {
            return request.output();
        }
        String extension = request.compress() ? "core.zst" : "core";
        return request.output()
                .resolve(DumpNames.of(
                        target.name(), target.unit(), target.pid(), takenAt, reason, extension));
    }
}
