package dev.mortem.cli;

import dev.mortem.analyze.mask.CommandLineMask;
import dev.mortem.base.kernel.ChildProcess;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.dump.write.DumpWriter;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.SnapshotMode;
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
    private final ProcessControl control;
    private final Request request;
    private final DumpFolder folder;
    private Onlooker onlooker = new Onlooker() {};

    DumpTaker(Console console, Clock clock, ProcessControl control, Request request) {
        this(console, clock, control, request, DumpFolder.Space.ofThisMachine());
    }

    /** @param space of the disk that is written to */
    DumpTaker(
            Console console,
            Clock clock,
            ProcessControl control,
            Request request,
            DumpFolder.Space space) {
        this.console = console;
        this.clock = clock;
        this.control = control;
        this.request = request;
        this.folder = new DumpFolder(folder(request.output()), request.keepFreeBytes(), space);
    }

    /**
     * What is wanted of each dump.
     *
     * @param output a folder, or the file's own path
     * @param keepFreeBytes space that stays free; empty for the default
     */
    record Request(
            Path output,
            DumpShape shape,
            WriteOptions write,
            boolean hash,
            Optional<Long> keepFreeBytes,
            SnapshotOptions snapshot) {}

    /** Is told what goes on while a dump is written, and may give it up. */
    interface Onlooker {
        /** How much will be written; less where there are holes. */
        default void expects(long sizeBytes) {}

        /** @throws GivenUpException to have no dump, and what there is of it removed */
        default void goesOn() throws GivenUpException {}
    }

    /** Somebody does not want the dump any more; the message says why. */
    static final class GivenUpException extends IOException {
        private static final long serialVersionUID = 1L;

        GivenUpException(String message) {
            super(message);
        }
    }

    void tell(Onlooker other) {
        onlooker = other;
    }

    /** A dump that was taken. */
    record Taken(Path path, DumpSidecar sidecar) {}

    /**
     * Why a dump is taken.
     *
     * @param reason for its name: "OnDemand", "Cpu"
     * @param trigger the values that fired, by name
     */
    record Cause(String reason, Map<String, String> trigger) {
        static final Cause ON_DEMAND = new Cause("OnDemand", Map.of());
    }

    /** The memory went away while it was written. */
    private static final class LostException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Refuses a place that takes no dump, before one is wanted; warns of one that is not good. */
    void checkPlace() throws CommandFailure {
        folder.check(0).warnings().forEach(this::warn);
    }

    Taken take(ProcessEntry target) throws CommandFailure {
        try {
            return take(target, Cause.ON_DEMAND);
        } catch (TargetException failure) {
            throw TargetFailures.asCommandFailure(failure);
        }
    }

    /** @throws TargetException when there is no snapshot of it */
    Taken take(ProcessEntry target, Cause cause) throws CommandFailure, TargetException {
        try (PendingSnapshot pending = control.prepare(target.pid(), request.snapshot())) {
            PauseEstimate estimate = pending.estimate();
            // how much a smaller kind takes shows only when the process stands
            DumpFolder.Room room =
                    folder.check(request.shape().isFull() ? estimate.copyBytes() : 0);
            List<String> warnings = new ArrayList<>(room.warnings());
            warnings.addAll(estimate.warnings());
            warnings.forEach(this::warn);
            announce(target, estimate, room);
            try (LiveSnapshot snapshot = pending.take()) {
                return take(target, snapshot, cause, warnings);
            }
        }
    }

    private void announce(ProcessEntry target, PauseEstimate estimate, DumpFolder.Room room) {
        console.note("%s (PID %d): %s%s expected; %s."
                .formatted(
                        Shown.oneLine(target.name()),
                        target.pid(),
                        request.shape().isFull() ? "" : "at most ",
                        Quantities.size(estimate.copyBytes()),
                        room.free()));
        if (isAllowed(estimate)) {
            console.note("It will stand for about %s (%s: %s)."
                    .formatted(
                            Quantities.time(estimate.pause()), estimate.method(), estimate.why()));
        }
    }

    /** Otherwise it will not stand, and the refusal says more. */
    private boolean isAllowed(PauseEstimate estimate) {
        return estimate.pause().compareTo(request.snapshot().maxPause()) <= 0
                && (request.snapshot().mode() != SnapshotMode.REQUIRE
                        || estimate.method().equals(PauseEstimate.SNAPSHOT));
    }

    /** Writes a snapshot that was taken already; resumes it. */
    Taken take(ProcessEntry target, LiveSnapshot snapshot, Cause cause, List<String> warnings)
            throws CommandFailure {
        Instant takenAt = snapshot.process().takenAt().orElseGet(clock::instant);
        Path path = path(target, takenAt, cause.reason());
        try {
            WrittenDump written = write(target, snapshot, path);
            snapshot.resume();
            if (snapshot.overran().isPresent()) {
                // a file under its final name is whole, and this one is not
                Files.deleteIfExists(path);
                throw new LostException();
            }
            List<String> allWarnings = new ArrayList<>(warnings);
            stoodTooLong(snapshot).ifPresent(words -> {
                warn(words);
                allWarnings.add(words);
            });
            allWarnings.addAll(snapshot.warnings());
            Optional<String> jitMap = request.shape().redact()
                    ? Optional.empty()
                    : JitMapCopy.of(snapshot, path, allWarnings);
            DumpSidecar sidecar = sidecar(target, snapshot, written, cause, allWarnings, jitMap);
            StringWriter text = new StringWriter();
            sidecar.writeTo(text);
            PrivateFile.write(DumpSidecar.beside(path), text + "\n");
            tell(target, snapshot, written);
            return new Taken(path, sidecar);
        } catch (GivenUpException unwanted) {
            throw CommandFailure.because(ExitCode.NO_DUMP, unwanted);
        } catch (LostException lost) {
            throw new CommandFailure(ExitCode.NO_DUMP, whyLost(snapshot), lost);
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.STORAGE, "the dump was not written: " + failure.getMessage(), failure);
        }
    }

    private WrittenDump write(ProcessEntry target, LiveSnapshot snapshot, Path path)
            throws IOException, CommandFailure {
        DumpShape shape = request.shape();
        ProcessSnapshot content = shape.of(snapshot);
        DumpWriter writer = shape.writer(
                shape.flags(),
                shape.format() == DumpFormat.MINIDUMP
                        ? MachineFiles.of(target.pid(), snapshot.root())
                        : Map.of());
        long expectedBytes = writer.expectedSizeBytes(content);
        if (!shape.isFull()) {
            folder.check(expectedBytes);
        }
        onlooker.expects(expectedBytes);
        SpaceWatch watch = folder.watch();
        try (Progress progress = Progress.of(console, "Copying")) {
            return writer.write(content, path, request.write(), (doneBytes, totalBytes) -> {
                if (snapshot.overran().isPresent()) {
                    throw new LostException(); // all that follows would be zeros
                }
                onlooker.goesOn();
                watch.progress(doneBytes, totalBytes);
                progress.to(doneBytes, totalBytes);
            });
        }
    }

    /** The one with a way out that is known: a copy was lost, and can be done without. */
    private static String whyLost(LiveSnapshot snapshot) {
        String wayOut = snapshot.method().equals(PauseEstimate.SNAPSHOT)
                ? ". Make room, or take no copy with --snapshot never: the process then stands while"
                        + " its memory is read"
                : "";
        return snapshot.overran().orElse("the memory went away")
                + "; the incomplete dump was removed"
                + wayOut;
    }

    /** One that was about to end anyway is held for as long as it takes. */
    private Optional<String> stoodTooLong(LiveSnapshot snapshot) {
        Duration allowed = request.snapshot().maxPause();
        boolean bounded = snapshot.reason() instanceof CrashReason.OnDemand;
        return bounded && snapshot.pause().compareTo(allowed) > 0
                ? Optional.of("the process stood for %,d ms, longer than the %,d ms allowed"
                        .formatted(snapshot.pause().toMillis(), allowed.toMillis()))
                : Optional.empty();
    }

    private void warn(String words) {
        console.note("Warning: " + words);
    }

    private DumpSidecar sidecar(
            ProcessEntry target,
            LiveSnapshot snapshot,
            WrittenDump written,
            Cause cause,
            List<String> warnings,
            Optional<String> jitMap)
            throws IOException {
        ProcessFacts facts = snapshot.process();
        return new DumpSidecar(
                written.path().toAbsolutePath().normalize().toString(),
                written.sizeBytes(),
                request.hash() ? Optional.of(Sha256.of(written.path())) : Optional.empty(),
                facts.pid().isPresent() ? facts.pid() : OptionalLong.of(target.pid()),
                facts.image().or(() -> Optional.of(target.name())),
                request.shape().withoutArguments()
                        ? Optional.empty()
                        : CommandLines.masked(facts.commandLine()),
                facts.host(),
                facts.user(),
                facts.startedAt(),
                facts.takenAt(),
                Optional.of(ZoneId.systemDefault()
                        .getRules()
                        .getOffset(clock.instant())
                        .toString()),
                request.shape().kind().label(),
                request.shape().format().label(),
                cause.reason(),
                Optional.empty(),
                cause.trigger(),
                snapshot.method(),
                Optional.of(snapshot.methodWhy()),
                Optional.of(snapshot.pause()),
                Optional.of(written.duration()),
                LeftOut.of(snapshot, written.gaps()),
                warnings,
                snapshot.threads().stream().map(DumpTaker::note).toList(),
                jitMap,
                request.shape().withoutArguments()
                        ? Optional.empty()
                        : snapshot.kernelObjects().map(DumpTaker::masked),
                Version.tool());
    }

    private static KernelObjects masked(KernelObjects objects) {
        return new KernelObjects(
                objects.takenAt(),
                objects.descriptorCount(),
                objects.descriptorsMax(),
                objects.descriptors(),
                objects.locks(),
                objects.children().stream()
                        .map(child -> new ChildProcess(
                                child.pid(),
                                child.name(),
                                child.state(),
                                CommandLineMask.mask(child.commandLine()),
                                child.waitChannel()))
                        .toList(),
                objects.absences());
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
        console.note("Wrote %s in %s; the process stood for %s (%s: %s)."
                .formatted(
                        sizeInWords(written),
                        Quantities.time(written.duration()),
                        Quantities.time(pause),
                        snapshot.method(),
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

    /** Holes of a whole tenth and more are told: what a list of files shows is not what it takes. */
    private static String sizeInWords(WrittenDump written) {
        long allocated = written.allocatedBytes();
        boolean hasHoles = allocated < written.sizeBytes() / 10 * 9;
        return hasHoles
                ? "%s, as a file of %s with holes,"
                        .formatted(Quantities.size(allocated), Quantities.size(written.sizeBytes()))
                : Quantities.size(written.sizeBytes());
    }

    private static Path folder(Path output) {
        return Files.isDirectory(output)
                ? output
                : Optional.ofNullable(output.toAbsolutePath().getParent()).orElse(output);
    }

    private Path path(ProcessEntry target, Instant takenAt, String reason) {
        if (!Files.isDirectory(request.output())) {
            return request.output();
        }
        String extension = request.shape().format().extension(request.write().compress());
        return request.output()
                .resolve(DumpNames.of(
                        target.name(), target.unit(), target.pid(), takenAt, reason, extension));
    }
}
