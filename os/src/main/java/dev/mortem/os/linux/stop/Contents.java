package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.JitMapFile;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was gathered of a process, all but its memory. */
record Contents(
        ProcessFacts facts,
        List<ThreadSnapshot> threads,
        List<LoadedModule> modules,
        List<MemoryRegion> regions,
        Map<Long, List<AddressRange>> populatedByStart,
        List<RawNote> notes,
        CrashReason reason,
        List<Diagnostic> diagnostics,
        List<String> warnings,
        Optional<Path> root,
        Optional<JitMapFile> jitMap) {}
