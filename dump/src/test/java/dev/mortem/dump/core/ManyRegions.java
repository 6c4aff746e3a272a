package dev.mortem.dump.core;

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
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A snapshot as another one is, with as many one-page regions as a test wants, none of them
 * present.
 */
final class ManyRegions implements ProcessSnapshot {
    private final ProcessSnapshot base;
    private final List<MemoryRegion> regions;

    ManyRegions(ProcessSnapshot base, int count) {
        this.base = base;
        this.regions = LongStream.range(0, count)
                .mapToObj(index -> CoreWriterTest.region(
                        0x10_0000 + index * 0x2000, 0x1000, "rw-", Optional.empty(), 0))
                .toList();
    }

    @Override
    public Machine machine() {
        return base.machine();
    }

    @Override
    public ProcessFacts process() {
        return base.process();
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return base.threads();
    }

    @Override
    public List<LoadedModule> modules() {
        return base.modules();
    }

    @Override
    public List<MemoryRegion> regions() {
        return regions;
    }

    @Override
    public MemoryReader memory() {
        return base.memory();
    }

    @Override
    public CrashReason reason() {
        return base.reason();
    }

    @Override
    public List<RawNote> notes() {
        return base.notes();
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return base.diagnostics();
    }

    @Override
    public void close() {
        base.close();
    }
}
