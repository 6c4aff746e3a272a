package dev.mortem.dump.memory;

import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
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

/** A process as a dump file shows it, whatever its format. Closing it releases the file. */
public final class FileSnapshot implements ProcessSnapshot {
    /** What the file says, gathered by its reader. */
    public record Content(
            Machine machine,
            ProcessFacts facts,
            List<ThreadSnapshot> threads,
            List<LoadedModule> modules,
            List<MemoryRegion> regions,
            MemoryReader memory,
            CrashReason reason,
            List<RawNote> notes,
            DumpDetails details,
            Optional<WindowsFacts> windows) {}

    private final Content content;
    private final boolean truncated;
    private final int presentPercent;
    private final DiagnosticLog diagnostics;
    private final Runnable release;

    /**
     * @param truncated whether the file ends before what it promises
     * @param presentPercent how much of the promised memory is in the file, from 0 to 100
     * @param release called when the snapshot is closed
     */
    public FileSnapshot(
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

    @Override
    public DumpDetails details() {
        return content.details;
    }

    @Override
    public Optional<WindowsFacts> windows() {
        return content.windows;
    }

    /** Whether the file ends before what it promises. */
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
