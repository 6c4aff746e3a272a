package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.msf.MsfFile;
import dev.mortem.format.msf.MsfStream;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The modules of a PDB by the code that came from them. Their indexes are kept while there is room, those
 * that were used last longest. Safe for any thread.
 */
final class PdbModules {
    private final MsfFile file;
    private final List<ModuleInfo> modules;
    private final Optional<SectionContributions> contributions;
    private final StringTable names;
    private final FunctionIds ids;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Map<Integer, Optional<ModuleStream>> opened =
            new LinkedHashMap<>(16, 0.75f, true);
    private long entries;

    PdbModules(
            MsfFile file,
            Optional<DbiStream> dbi,
            StringTable names,
            FunctionIds ids,
            Limits limits,
            Diagnostics diagnostics)
            throws MalformedException {
        this.file = file;
        this.modules = dbi.map(DbiStream::modules).orElse(List.of());
        this.contributions = dbi.isPresent()
                ? Optional.of(SectionContributions.read(dbi.get(), limits, diagnostics))
                : Optional.empty();
        this.names = names;
        this.ids = ids;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    Optional<SectionContributions.Contribution> contribution(long key) throws MalformedException {
        return contributions.isPresent() ? contributions.get().at(key) : Optional.empty();
    }

    /** Whether nothing tells which module a piece of code came from. */
    boolean hasNoContributions() {
        return contributions.map(SectionContributions::isEmpty).orElse(true);
    }

    /** A module's symbols; empty where it has none, or they cannot be read. */
    synchronized Optional<ModuleStream> module(int index) {
        Optional<ModuleStream> known = opened.get(index);
        if (known == null) {
            known = open(index);
            entries += weight(known);
            opened.put(index, known);
            makeRoom();
        }
        return known;
    }

    /** The one that was asked for last stays. */
    private void makeRoom() {
        Iterator<Optional<ModuleStream>> oldest = opened.values().iterator();
        while (entries > limits.max(PdbLimits.CACHED_ENTRIES) && opened.size() > 1) {
            entries -= weight(oldest.next());
            oldest.remove();
        }
    }

    private static long weight(Optional<ModuleStream> module) {
        return 16L + module.map(ModuleStream::entryCount).orElse(0);
    }

    private Optional<ModuleStream> open(int index) {
        if (index >= modules.size() || !modules.get(index).hasSymbols()) {
            return Optional.empty();
        }
        ModuleInfo module = modules.get(index);
        try {
            Optional<MsfStream> stream = file.stream("Module" + index, module.stream());
            return stream.map(bytes -> new ModuleStream(
                    bytes,
                    ModuleIndex.read(bytes, module, limits, diagnostics),
                    names,
                    ids,
                    limits.maxInt(PdbLimits.INLINE_DEPTH)));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions of one of its modules have no names");
            return Optional.empty();
        }
    }

    /** Gives out the code of all modules. */
    void forEachRun(ModuleStream.Runs runs) {
        for (int index = 0; index < modules.size(); index++) {
            Optional<ModuleStream> module = module(index);
            try {
                if (module.isPresent()) {
                    module.get().forEachRun(runs);
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "what its module has behind it is unknown");
            }
        }
    }

    /** Gives out all of all modules. */
    void forEach(ModuleStream.Contents contents) {
        for (int index = 0; index < modules.size(); index++) {
            Optional<ModuleStream> module = module(index);
            try {
                if (module.isPresent()) {
                    module.get().forEach(contents);
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "what its module has behind it is unknown");
            }
        }
    }
}
