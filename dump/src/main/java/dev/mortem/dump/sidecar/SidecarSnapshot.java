package dev.mortem.dump.sidecar;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.sidecar.DumpSidecar.ThreadNote;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A dump's snapshot with what its sidecar adds. The dump is believed first: a sidecar fills what the
 * dump leaves open, such as thread names, user and host, and the CPU times and states, which a core
 * keeps less exactly. A sidecar of another pid adds nothing.
 *
 * <p>Closing this closes the snapshot below.
 */
public final class SidecarSnapshot implements ProcessSnapshot {
    private final ProcessSnapshot dump;
    private final ProcessFacts facts;
    private final List<ThreadSnapshot> threads;

    private SidecarSnapshot(ProcessSnapshot dump, DumpSidecar sidecar) {
        this.dump = dump;
        this.facts = merged(dump.process(), sidecar);
        Map<Long, ThreadNote> notes = sidecar.threads().stream()
                .collect(Collectors.toMap(
                        ThreadNote::id, Function.identity(), (first, second) -> first));
        this.threads = dump.threads().stream()
                .map(thread -> Optional.ofNullable(notes.get(thread.id()))
                        .map(note -> merged(thread, note))
                        .orElse(thread))
                .toList();
    }

    /** The dump with its sidecar, or the dump alone where the sidecar is of another process. */
    public static ProcessSnapshot of(ProcessSnapshot dump, DumpSidecar sidecar) {
        boolean another = dump.process().pid().isPresent()
                && sidecar.pid().isPresent()
                && !dump.process().pid().equals(sidecar.pid());
        return another ? dump : new SidecarSnapshot(dump, sidecar);
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
                thread.waitChannel().or(note::waitChannel));
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
    public List<Diagnostic> diagnostics() {
        return dump.diagnostics();
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
