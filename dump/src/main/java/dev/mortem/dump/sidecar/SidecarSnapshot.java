package dev.mortem.dump.sidecar;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.DumpDetails;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.dump.sidecar.DumpSidecar.ThreadNote;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A dump's snapshot with what its sidecar adds. The dump is believed first: a sidecar fills what the
 * dump leaves open, such as thread names, user and host, and the CPU times and states, which a core
 * keeps less exactly. A sidecar of another dump adds nothing.
 *
 * <p>Closing this closes the snapshot below.
 */
public final class SidecarSnapshot implements ProcessSnapshot {
    /** Formats keep whole seconds, and not all of the same moment. */
    private static final Duration CLOCKS_DIFFER_MAX = Duration.ofMinutes(1);

    private final ProcessSnapshot dump;
    private final Optional<DumpSidecar> sidecar;
    private final List<Diagnostic> diagnostics;
    private final ProcessFacts facts;
    private final List<ThreadSnapshot> threads;

    private SidecarSnapshot(
            ProcessSnapshot dump, Optional<DumpSidecar> sidecar, List<Diagnostic> found) {
        this.dump = dump;
        this.sidecar = sidecar;
        this.diagnostics =
                Stream.concat(dump.diagnostics().stream(), found.stream()).toList();
        this.facts = sidecar.map(known -> merged(dump.process(), known)).orElse(dump.process());
        Map<Long, ThreadNote> notes = sidecar.map(DumpSidecar::threads).orElse(List.of()).stream()
                .collect(Collectors.toMap(
                        ThreadNote::id, Function.identity(), (first, second) -> first));
        this.threads = dump.threads().stream()
                .map(thread -> Optional.ofNullable(notes.get(thread.id()))
                        .map(note -> merged(thread, note))
                        .orElse(thread))
                .toList();
    }

    /**
     * The dump with the sidecar that stands beside it, if one does and it is this dump's: not of another
     * pid, of another time, or of a smaller file. A dump that is smaller than its sidecar says was cut.
     *
     * @param sizeBytes of the dump's file
     */
    public static SidecarSnapshot of(ProcessSnapshot dump, Path file, long sizeBytes) {
        DiagnosticLog found = new DiagnosticLog();
        Optional<DumpSidecar> beside = DumpSidecar.readBeside(file, found);
        Optional<DumpSidecar> own = beside.filter(sidecar -> {
            Optional<String> another = another(dump.process(), sizeBytes, sidecar);
            another.ifPresent(why -> found.report(
                    DumpSidecar.beside(file).toString(),
                    why,
                    "what it says of threads, descriptors and children is not in the report"));
            return another.isEmpty();
        });
        return new SidecarSnapshot(dump, own, found.entries());
    }

    /** The sidecar; empty where there is none of this dump. */
    public Optional<DumpSidecar> sidecar() {
        return sidecar;
    }

    private static Optional<String> another(
            ProcessFacts dump, long sizeBytes, DumpSidecar sidecar) {
        if (dump.pid().isPresent()
                && sidecar.pid().isPresent()
                && !dump.pid().equals(sidecar.pid())) {
            return Optional.of("it is of process %d, the dump of process %d"
                    .formatted(sidecar.pid().getAsLong(), dump.pid().getAsLong()));
        }
        if (sizeBytes > sidecar.sizeBytes()) {
            return Optional.of("it is of a dump of %,d bytes, this one has %,d"
                    .formatted(sidecar.sizeBytes(), sizeBytes));
        }
        boolean otherTime = dump.takenAt().isPresent()
                && sidecar.takenAt().isPresent()
                && Duration.between(dump.takenAt().get(), sidecar.takenAt().get())
                                .abs()
                                .compareTo(CLOCKS_DIFFER_MAX)
                        > 0;
        return otherTime
                ? Optional.of("it is of a dump of " + sidecar.takenAt().get() + ", this one is of "
                        + dump.takenAt().get())
                : Optional.empty();
    }

    private static ProcessFacts merged(ProcessFacts dump, DumpSidecar sidecar) {
        ProcessFacts.Builder builder = dump.toBuilder();
        if (dump.commandLine().isEmpty()) {
            sidecar.commandLine().ifPresent(line -> builder.commandLine(List.of(line)));
        }
        if (dump.pid().isEmpty()) {
            sidecar.pid().ifPresent(builder::pid);
        }
        if (dump.user().isEmpty()) {
            sidecar.user().ifPresent(builder::user);
        }
        if (dump.host().isEmpty()) {
            sidecar.host().ifPresent(builder::host);
        }
        if (dump.startedAt().isEmpty()) {
            sidecar.startedAt().ifPresent(builder::startedAt);
        }
        if (dump.takenAt().isEmpty()) {
            sidecar.takenAt().ifPresent(builder::takenAt);
        }
        return builder.build();
    }

    private static ThreadSnapshot merged(ThreadSnapshot thread, ThreadNote note) {
        return new ThreadSnapshot(
                thread.id(),
                thread.name().or(note::name),
                note.state().or(thread::state),
                thread.registers(),
                thread.notes(),
                note.user().or(thread::userTime),
                note.kernel().or(thread::kernelTime),
                thread.waitChannel().or(note::waitChannel),
                thread.windows());
    }

    @Override
    public Machine machine() {
        return dump.machine();
    }

    @Override
    public ProcessFacts process() {
        return facts;
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return threads;
    }

    @Override
    public List<LoadedModule> modules() {
        return dump.modules();
    }

    @Override
    public List<MemoryRegion> regions() {
        return dump.regions();
    }

    @Override
    public MemoryReader memory() {
        return dump.memory();
    }

    @Override
    public CrashReason reason() {
        return dump.reason();
    }

    @Override
    public List<RawNote> notes() {
        return dump.notes();
    }

    @Override
    public Optional<KernelObjects> kernelObjects() {
        return dump.kernelObjects().or(() -> sidecar.flatMap(DumpSidecar::kernelObjects));
    }

    @Override
    public DumpDetails details() {
        return dump.details();
    }

    @Override
    public Optional<WindowsFacts> windows() {
        return dump.windows();
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    @Override
    public List<AddressRange> populated(MemoryRegion region) {
        return dump.populated(region);
    }

    @Override
    public void close() {
        dump.close();
    }
}
