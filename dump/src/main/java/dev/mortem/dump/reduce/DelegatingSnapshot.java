package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
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

import java.util.List;
import java.util.Optional;

/** All that another snapshot says, but for what a subclass says instead. */
abstract class DelegatingSnapshot implements ProcessSnapshot {
    private final ProcessSnapshot below;

    DelegatingSnapshot(ProcessSnapshot below) {
        this.below = below;
    }

    final ProcessSnapshot below() {
        return below;
    }

    @Override
    public Machine machine() {
        return below.machine();
    }

    @Override
    public ProcessFacts process() {
        return below.process();
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return below.threads();
    }

    @Override
    public List<LoadedModule> modules() {
        return below.modules();
    }

    @Override
    public List<MemoryRegion> regions() {
        return below.regions();
    }

    @Override
    public MemoryReader memory() {
        return below.memory();
    }

    @Override
    public CrashReason reason() {
        return below.reason();
    }

    @Override
    public List<RawNote> notes() {
        return below.notes();
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return below.diagnostics();
    }

    @Override
    public List<AddressRange> populated(MemoryRegion region) {
        return below.populated(region);
    }

    @Override
    public Optional<KernelObjects> kernelObjects() {
        return below.kernelObjects();
    }

    @Override
    public DumpDetails details() {
        return below.details();
    }

    @Override
    public Optional<WindowsFacts> windows() {
        return below.windows();
    }

    @Override
    public void close() {
        below.close();
    }
}
