package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.JitMapFile;
import dev.mortem.os.LiveSnapshot;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A process that was stopped; its {@link Owner} lets it, or its frozen copy, go. */
final class TakenProcess implements LiveSnapshot {
    /** Whoever holds the process, or its copy. */
    interface Owner {
        /** Lets it go, and returns when it runs. */
        void release();

        Duration pause();

        /** Why the memory went away before that. */
        Optional<String> overran();
    }

    private final Contents contents;
    private final LiveMemory memory;
    private final Owner owner;
    private final String method;
    private final String why;

    TakenProcess(Contents contents, LiveMemory memory, Owner owner, String method, String why) {
        this.contents = contents;
        this.memory = memory;
        this.owner = owner;
        this.method = method;
        this.why = why;
    }

    @Override
    public Machine machine() {
        return memory.machine();
    }

    @Override
    public ProcessFacts process() {
        return contents.facts();
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return contents.threads();
    }

    @Override
    public List<LoadedModule> modules() {
        return contents.modules();
    }

    @Override
    public List<MemoryRegion> regions() {
        return contents.regions();
    }

    @Override
    public MemoryReader memory() {
        return memory;
    }

    @Override
    public CrashReason reason() {
        return contents.reason();
    }

    @Override
    public List<RawNote> notes() {
        return contents.notes();
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return contents.diagnostics();
    }

    @Override
    public List<AddressRange> populated(MemoryRegion region) {
        return contents.populatedByStart()
                .getOrDefault(region.range().start(), List.of(region.range()));
    }

    @Override
    public Optional<KernelObjects> kernelObjects() {
        return contents.kernelObjects();
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String methodWhy() {
        return why;
    }

    @Override
    public void resume() {
        owner.release();
    }

    @Override
    public Duration pause() {
        return owner.pause();
    }

    @Override
    public Optional<String> overran() {
        return owner.overran();
    }

    @Override
    public List<String> warnings() {
        return contents.warnings();
    }

    @Override
    public Optional<Path> root() {
        return contents.root();
    }

    @Override
    public Optional<JitMapFile> jitMap() {
        return contents.jitMap();
    }

    @Override
    public void close() {
        contents.jitMap().ifPresent(JitMapFile::close);
        owner.release();
    }
}
