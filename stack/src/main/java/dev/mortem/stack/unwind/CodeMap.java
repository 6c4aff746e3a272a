package dev.mortem.stack.unwind;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.ehabi.ExceptionIndex;
import dev.mortem.format.ehabi.UnwindEntry;
import dev.mortem.stack.locate.ModuleImages;

import java.util.Optional;

/**
 * Where the process has code, whose it is, and its bytes: from the dump, or from the module's file where
 * the dump has left them out. Safe for any thread.
 */
final class CodeMap {
    private final MemoryReader memory;
    private final AddressMap<MemoryRegion> regions;
    private final AddressMap<LazyModule> modules;
    private final RuntimeTables runtimeTables;
    private final ModuleImages images;
    private final Limits limits;
    private final Diagnostics diagnostics;

    CodeMap(ProcessSnapshot snapshot, ModuleImages images, Limits limits, Diagnostics diagnostics) {
        this.memory = snapshot.memory();
        this.regions = AddressMap.of(snapshot.regions(), MemoryRegion::range);
        this.modules = AddressMap.of(
                snapshot.modules().stream().map(LazyModule::new).toList(),
                lazy -> lazy.module.range());
        this.runtimeTables = new RuntimeTables(snapshot, limits, diagnostics);
        this.images = images;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    Optional<LoadedModule> moduleAt(long address) {
        return modules.at(address).flatMap(lazy -> lazy.present);
    }

    Optional<ModuleCode> codeAt(long address) {
        return modules.at(address).map(this::open);
    }

    /** What tells how code that was made at run time is unwound. */
    RuntimeTables runtimeTables() {
        return runtimeTables;
    }

    Cpu cpu() {
        return memory.machine().cpu().orElseThrow();
    }

    /** Whether instructions may be at the address, as far as mappings and modules tell. */
    boolean isCode(long address) {
        Optional<MemoryRegion> region = regions.at(address);
        if (region.isPresent() && region.get().isExecutable()) {
            return true;
        }
        // A core may leave out the mappings of code, or say of all that they are only readable.
        return codeAt(address).map(module -> module.isCode(address)).orElse(false);
    }

    /** What the exception table of 32-bit Arm says of the function there; broken entries are reported. */
    Optional<UnwindEntry> exceptionEntry(long address) {
        Optional<ModuleCode> module = codeAt(address);
        Optional<ExceptionIndex> index = module.flatMap(ModuleCode::exceptions);
        if (index.isEmpty()) {
            return Optional.empty();
        }
        try {
            return index.get().find(address - module.get().bias());
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through this function are guessed");
            return Optional.empty();
        }
    }

    /** How far behind the start of the function that {@link #exceptionEntry} gave. */
    long offsetInFunction(long address, UnwindEntry entry) {
        long bias = codeAt(address).map(ModuleCode::bias).orElse(0L);
        return address - bias - entry.start();
    }

    /** Copies code; how many bytes from the address on are at hand. */
    int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        int read = memory.read(address, target, targetOffset, sizeBytes);
        if (read == sizeBytes) {
            return read;
        }
        int fromFile = codeAt(address)
                .map(module -> module.readFile(address, target, targetOffset, sizeBytes))
                .orElse(0);
        return Math.max(read, fromFile);
    }

    private ModuleCode open(LazyModule lazy) {
        synchronized (lazy) {
            if (lazy.code.isEmpty()) {
                lazy.code = Optional.of(
                        new ModuleCode(images.image(lazy.module), memory, limits, diagnostics));
            }
            return lazy.code.get();
        }
    }

    /** A module whose file is opened when a stack first leads into it. */
    private static final class LazyModule {
        private final LoadedModule module;
        private final Optional<LoadedModule> present;
        private Optional<ModuleCode> code = Optional.empty();

        LazyModule(LoadedModule module) {
            this.module = module;
            this.present = Optional.of(module);
        }
    }
}
