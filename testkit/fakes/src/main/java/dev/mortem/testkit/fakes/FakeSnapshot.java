package dev.mortem.testkit.fakes;

import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.windows.WindowsFacts;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A snapshot of what a test says; nothing in it unless said. Belongs to one thread. */
public final class FakeSnapshot implements ProcessSnapshot {
    private final FakeMemory memory;
    private final List<ThreadSnapshot> threads = new ArrayList<>();
    private final List<LoadedModule> modules = new ArrayList<>();
    private final List<MemoryRegion> regions = new ArrayList<>();
    private final List<RawNote> notes = new ArrayList<>();
    private final List<Diagnostic> diagnostics = new ArrayList<>();
    private ProcessFacts facts = ProcessFacts.builder().build();
    private Optional<KernelObjects> kernelObjects = Optional.empty();
    private Optional<WindowsFacts> windows = Optional.empty();
    private CrashReason reason = new CrashReason.Unknown();

    public FakeSnapshot(Machine machine) {
        this.memory = new FakeMemory(machine);
    }

    public FakeSnapshot thread(ThreadSnapshot thread) {
        threads.add(thread);
        return this;
    }

    public FakeSnapshot module(LoadedModule module) {
        modules.add(module);
        modules.sort(Comparator.comparing(LoadedModule::range));
        return this;
    }

    public FakeSnapshot region(MemoryRegion region) {
        regions.add(region);
        regions.sort(Comparator.comparing(MemoryRegion::range));
        return this;
    }

    public FakeSnapshot note(RawNote note) {
        notes.add(note);
        return this;
    }

    public FakeSnapshot diagnostic(Diagnostic diagnostic) {
        diagnostics.add(diagnostic);
        return this;
    }

    public FakeSnapshot facts(ProcessFacts known) {
        facts = known;
        return this;
    }

    public FakeSnapshot reason(CrashReason why) {
        reason = why;
        return this;
    }

    public FakeSnapshot kernelObjects(KernelObjects known) {
        kernelObjects = Optional.of(known);
        return this;
    }

    public FakeSnapshot windows(WindowsFacts known) {
        windows = Optional.of(known);
        return this;
    }

    @Override
    public Machine machine() {
        return memory.machine();
    }

    @Override
    public ProcessFacts process() {
        return facts;
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return List.copyOf(threads);
    }

    @Override
    public List<LoadedModule> modules() {
        return List.copyOf(modules);
    }

    @Override
    public List<MemoryRegion> regions() {
        return List.copyOf(regions);
    }

    /** Also where a test puts bytes. */
    @Override
    public FakeMemory memory() {
        return memory;
    }

    @Override
    public CrashReason reason() {
        return reason;
    }

    @Override
    public List<RawNote> notes() {
        return List.copyOf(notes);
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return List.copyOf(diagnostics);
    }

    @Override
    public Optional<KernelObjects> kernelObjects() {
        return kernelObjects;
    }

    @Override
    public Optional<WindowsFacts> windows() {
        return windows;
    }

    @Override
    public void close() {}
}
