package dev.mortem.stack.locate;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.List;

/** How much of a module a dump has. */
final class ModuleMemory {
    /** Pages of a module's memory that are looked at, spread over it. */
    private static final int PROBES_MAX = 64;

    private ModuleMemory() {}

    /** Whether the dump has the module's pages, as a full one has: its file would add nothing. */
    static boolean isWhole(LoadedModule module, MemoryReader memory) {
        List<AddressRange> ranges = module.mappings().isEmpty()
                ? List.of(module.range())
                : module.mappings().stream().map(LoadedModule.Mapping::range).toList();
        int probesEach = Math.max(1, PROBES_MAX / ranges.size());
        for (AddressRange range : ranges.stream().limit(PROBES_MAX).toList()) {
            long step = Math.max(1, Long.divideUnsigned(range.sizeBytes(), probesEach));
            byte[] one = new byte[1];
            for (int probe = 0; probe < probesEach; probe++) {
                long address = range.start() + probe * step;
                if (range.contains(address) && memory.read(address, one, 0, 1) < 1) {
                    return false;
                }
            }
        }
        return true;
    }
}
