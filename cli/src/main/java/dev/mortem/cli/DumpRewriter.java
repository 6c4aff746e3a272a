package dev.mortem.cli;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.UnreadableDumpException;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.dump.sidecar.SidecarSnapshot;
import dev.mortem.dump.write.DumpWriter;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** Writes a dump file once more: in another format, with less in it, or both. */
final class DumpRewriter {
    private final Console console;
    private final Request request;

    DumpRewriter(Console console, Request request) {
        this.console = console;
        this.request = request;
    }

    /**
     * What is wanted.
     *
     * @param output the new file's own path
     * @param shape of the new file, by the format of the old one
     * @param keepFreeBytes space that stays free; empty for the default
     */
    record Request(
            Path input,
            Path output,
            Function<DumpFormat, DumpShape> shape,
            boolean compress,
            Optional<Long> keepFreeBytes) {}

    /** What was done. */
    record Rewritten(DumpFormat from, DumpShape shape, String kind, WrittenDump written) {}

    Rewritten rewrite() throws CommandFailure {
        try (OpenDump dump = DumpFiles.open(request.input(), Limits.defaults())) {
            return rewrite(dump);
        } catch (UnreadableDumpException notADump) {
            throw CommandFailure.because(ExitCode.NOT_A_DUMP, notADump);
        } catch (IOException unreadable) {
            throw CommandFailure.unreadable(request.input(), unreadable);
        }
    }

    private Rewritten rewrite(OpenDump dump) throws CommandFailure {
        DumpFormat from = dump.format().equals("minidump") ? DumpFormat.MINIDUMP : DumpFormat.CORE;
        DumpShape shape = request.shape().apply(from);
        SidecarSnapshot whole =
                SidecarSnapshot.of(dump.snapshot(), request.input(), dump.sizeBytes());
        refuseWhatNoCoreHolds(whole, shape);
        if (dump.truncated()) {
            console.note("Warning: %s is truncated; what is missing there is missing in the new one"
                    .formatted(request.input()));
        }
        Optional<DumpKind> before = smallerKind(whole);
        String kind = shape.isFull()
                ? before.orElse(shape.kind()).label()
                : shape.kind().label();
        try {
            WrittenDump written = write(whole, shape, statedFlags(whole, shape, before));
            Rewritten rewritten = new Rewritten(from, shape, kind, written);
            if (whole.sidecar().isPresent()) {
                writeSidecar(whole.sidecar().get(), rewritten);
            }
            return rewritten;
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.STORAGE, "the dump was not written: " + failure.getMessage(), failure);
        }
    }

    private static void refuseWhatNoCoreHolds(ProcessSnapshot snapshot, DumpShape shape)
            throws CommandFailure {
        String system = snapshot.process().osName().orElse("Linux");
        if (shape.format() == DumpFormat.CORE
                && (system.equals("Windows") || system.equals("macOS") || system.equals("iOS"))) {
            throw new CommandFailure(
                    ExitCode.WRONG_USAGE,
                    "a process of %s has no ELF core; write a minidump (a name with .dmp)"
                            .formatted(system));
        }
    }

    /** What kind a dump is that holds less than all, as far as it or its sidecar tells. */
    private static Optional<DumpKind> smallerKind(SidecarSnapshot dump) {
        Optional<String> told =
                dump.details().kind().or(() -> dump.sidecar().map(DumpSidecar::kind));
        return told.flatMap(label -> List.of(DumpKind.values()).stream()
                .filter(kind -> kind.label().equals(label))
                .findFirst());
    }

    /** A dump that is written whole promises no more than the one that it is made of. */
    private static long statedFlags(
            ProcessSnapshot dump, DumpShape shape, Optional<DumpKind> before) {
        if (!shape.isFull()) {
            return shape.flags();
        }
        OptionalLong own = dump.details().flags();
        return own.isPresent()
                ? own.getAsLong()
                : before.map(DumpKind::flags).orElse(shape.flags());
    }

    private WrittenDump write(ProcessSnapshot whole, DumpShape shape, long statedFlags)
            throws IOException, CommandFailure {
        ProcessSnapshot content = shape.of(whole);
        DumpWriter writer = shape.writer(statedFlags, Map.of());
        Path absolute = request.output().toAbsolutePath();
        DumpFolder folder = new DumpFolder(
                Optional.ofNullable(absolute.getParent()).orElse(absolute),
                request.keepFreeBytes(),
                DumpFolder.Space.ofThisMachine());
        DumpFolder.Room room = folder.check(writer.expectedSizeBytes(content));
        room.warnings().forEach(words -> console.note("Warning: " + words));
        SpaceWatch watch = folder.watch();
        try (Progress progress = Progress.of(console, "Copying")) {
            return writer.write(
                    content,
                    request.output(),
                    new WriteOptions(request.compress(), false),
                    (doneBytes, totalBytes) -> {
                        watch.progress(doneBytes, totalBytes);
                        progress.to(doneBytes, totalBytes);
                    });
        }
    }

    /** What stood beside the old dump stands beside the new one, but for what the new one leaves out. */
    private void writeSidecar(DumpSidecar old, Rewritten rewritten) throws IOException {
        DumpShape shape = rewritten.shape();
        WrittenDump written = rewritten.written();
        Optional<String> jitMap = shape.redact() ? Optional.empty() : copiedJitMap(old);
        DumpSidecar sidecar = new DumpSidecar(
                written.path().toAbsolutePath().normalize().toString(),
                written.sizeBytes(),
                Optional.empty(),
                old.pid(),
                old.image(),
                shape.withoutArguments() ? Optional.empty() : old.commandLine(),
                old.host(),
                old.user(),
                old.startedAt(),
                old.takenAt(),
                old.utcOffset(),
                rewritten.kind(),
                shape.format().label(),
                old.reason(),
                old.rule(),
                shape.withoutArguments() ? Map.of() : old.trigger(), // may have a line of a log
                old.method(),
                old.methodWhy(),
                old.pause(),
                Optional.of(written.duration()),
                old.gaps(),
                old.warnings(),
                old.threads(),
                jitMap,
                shape.withoutArguments() ? Optional.empty() : old.kernelObjects(),
                Version.tool());
        StringWriter text = new StringWriter();
        sidecar.writeTo(text);
        PrivateFile.write(DumpSidecar.beside(request.output()), text + "\n");
    }

    private Optional<String> copiedJitMap(DumpSidecar old) throws IOException {
        Path map = DumpSidecar.jitMapBeside(request.input());
        if (old.jitMap().isEmpty() || !Files.isRegularFile(map, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        Files.copy(
                map,
                DumpSidecar.jitMapBeside(request.output()),
                StandardCopyOption.COPY_ATTRIBUTES,
                LinkOption.NOFOLLOW_LINKS);
        return old.jitMap();
    }
}
