package dev.mortem.dump.core;

import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
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

/** A process as a core file shows it. Closing it releases the file. */
public final class CoreSnapshot implements ProcessSnapshot {
    /** What the notes and headers say, gathered by the reader. */
    record Content(
            Machine machine,
            ProcessFacts facts,
            List<ThreadSnapshot> threads,
            List<LoadedModule> modules,
            List<MemoryRegion> regions,
            MemoryReader memory,
            CrashReason reason,
            List<RawNote> notes) {}

    private final Content content;
    private final boolean truncated;
    private final int presentPercent;
    private final DiagnosticLog diagnostics;
    private final Runnable release;

    CoreSnapshot(
            Content content,
            boolean truncated,
            int presentPercent,
            DiagnosticLog diagnostics,
            Runnable release) {
        this.content = content;
        this.truncated = truncated;
        this.presentPercent = presentPercent;
        this.diagnostics = diagnostics;
        this.release = release;
    }

    @Override
    public Machine machine() {
        return content.machine;
    }

    @Override
    public ProcessFacts process() {
        return content.facts;
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return content.threads;
    }

    @Override
    public List<LoadedModule> modules() {
        return content.modules;
    }

    @Override
    public List<MemoryRegion> regions() {
        return content.regions;
    }

    @Override
    public MemoryReader memory() {
        return content.memory;
    }

    @Override
    public CrashReason reason() {
        return content.reason;
    }

    @Override
    public List<RawNote> notes() {
        return content.notes;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics.entries();
    }

    /** Whether the file ends before what its headers promise. */
    public boolean truncated() {
        return truncated;
    }

    /** How much of the promised memory is in the file, from 0 to 100. */
    public int presentPercent() {
        return presentPercent;
    }

    @Override
    public void close() {
        release.run();
    }
}
