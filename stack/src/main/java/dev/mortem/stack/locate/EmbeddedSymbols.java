package dev.mortem.stack.locate;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.MiniDebugInfo;
import dev.mortem.format.go.GoSymbols;
import dev.mortem.stack.locate.OpenFiles.Opened;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Names that a stripped module carries in itself: MiniDebugInfo, and the tables of the Go runtime. Safe
 * for any thread.
 */
final class EmbeddedSymbols {
    /** MiniDebugInfo of all modules together; it stays inflated while the images are open. */
    static final Limit MINI_DEBUG_INFO_BYTES = new Limit(
            "MiniDebugInfo of all modules when inflated",
            256 << 20,
            "bytes",
            "300 libraries of a distribution have some 60 MB; each file may claim as much as one may");

    /** One segment of a Go program whose file is not there, copied. */
    static final Limit GO_SEGMENT_BYTES = new Limit(
            "a segment of a Go program copied out of memory",
            128 << 20,
            "bytes",
            "the tables of the largest cluster agents have 60 MB; a dump may claim any size");

    private final ProcessSnapshot snapshot;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final AtomicLong miniDebugInfoBytes = new AtomicLong();

    EmbeddedSymbols(ProcessSnapshot snapshot, Limits limits, Diagnostics diagnostics) {
        this.snapshot = snapshot;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** Where no symbol table tells more; inflates nothing yet. */
    Optional<MiniDebugInfo> miniDebugInfo(
            Optional<Opened.Elf> file, Optional<Opened.Elf> debugFile) {
        if (any(file, debugFile, SymbolSections::hasFunctions)) {
            return Optional.empty();
        }
        Optional<MiniDebugInfo> found = file.flatMap(elf -> elf.file().miniDebugInfo());
        if (found.isEmpty()) {
            return found;
        }
        long total = miniDebugInfoBytes.addAndGet(found.get().inflatedSizeBytes());
        if (!limits.allows(MINI_DEBUG_INFO_BYTES, total)) {
            diagnostics.report(
                    file.orElseThrow().path() + ": .gnu_debugdata",
                    "%,d bytes inflated with those before".formatted(total),
                    "functions that it names are unknown");
            return Optional.empty();
        }
        return found;
    }

    /** Where there is no DWARF, which tells more. */
    Optional<GoSymbols> goSymbols(
            LoadedModule module,
            Optional<Opened.Elf> file,
            Optional<Opened.Elf> debugFile,
            Optional<ElfFile> memory,
            OptionalLong bias) {
        if (bias.isEmpty() || any(file, debugFile, SymbolSections::hasLines)) {
            return Optional.empty();
        }
        return GoSymbols.of(
                file.map(Opened.Elf::file),
                memory,
                (part, svma, sizeBytes) -> inMemory(module, svma + bias.getAsLong(), sizeBytes),
                bias.getAsLong(),
                limits,
                diagnostics);
    }

    private ByteSource inMemory(LoadedModule module, long address, long sizeBytes) {
        return snapshot.memory()
                .view(
                        module.name() + " in memory",
                        AddressRange.ofSize(address, sizeBytes),
                        limits.maxInt(GO_SEGMENT_BYTES));
    }

    private static boolean any(
            Optional<Opened.Elf> file, Optional<Opened.Elf> debugFile, Predicate<ElfFile> has) {
        return Stream.concat(file.stream(), debugFile.stream())
                .map(Opened.Elf::file)
                .anyMatch(has);
    }
}
