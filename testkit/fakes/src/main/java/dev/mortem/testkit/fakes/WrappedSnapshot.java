package dev.mortem.testkit.fakes;

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

import java.util.List;

/** A snapshot that is another one but for what a test says differently. Closes the other one. */
public abstract class WrappedSnapshot implements ProcessSnapshot {
    private final ProcessSnapshot wrapped;

    protected WrappedSnapshot(ProcessSnapshot wrapped) {
        this.wrapped = wrapped;
    }

    @Override
    public Machine machine() {
        return wrapped.machine();
    }

    @Override
    public ProcessFacts process() {
        return wrapped.process();
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return wrapped.threads();
    }

    @Override
    public List<LoadedModule> modules() {
        return wrapped.modules();
    }

    @Override
    public List<MemoryRegion> regions() {
        return wrapped.regions();
    }

    @Override
    public MemoryReader memory() {
        return wrapped.memory();
    }

    @Override
    public CrashReason reason() {
        return wrapped.reason();
    }

    @Override
    public List<RawNote> notes() {
        return wrapped.notes();
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return wrapped.diagnostics();
    }

    @Override
    public void close() {
        wrapped.close();
    }
}
