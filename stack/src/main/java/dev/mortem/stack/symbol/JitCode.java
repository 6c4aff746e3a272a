package dev.mortem.stack.symbol;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.perfmap.PerfMap;
import dev.mortem.stack.locate.JitMap;
import dev.mortem.stack.locate.ModuleImages;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Names of code that the program made at run time, by the map that it wrote for profilers. They are
 * believed only of memory that may be executed. Immutable, safe for any thread.
 */
final class JitCode {
    private final ModuleImages images;
    private final AddressMap<MemoryRegion> executable;

    JitCode(ProcessSnapshot snapshot, ModuleImages images) {
        this.images = images;
        this.executable = AddressMap.of(
                snapshot.regions().stream().filter(MemoryRegion::isExecutable).toList(),
                MemoryRegion::range);
    }

    /**
     * The name of the function at an address that is in no module.
     *
     * @param pc what the offset is counted to
     */
    Optional<Frame.FunctionName> at(long address, long pc) {
        if (executable.at(address).isEmpty()) {
            return Optional.empty();
        }
        Optional<JitMap> map = images.jitMap();
        if (map.isEmpty()) {
            return Optional.empty();
        }
        Optional<PerfMap.Function> found = map.get().functions().at(address);
        return found.map(function -> new Frame.FunctionName(
                function.name(),
                function.name(),
                OptionalLong.of(pc - function.address()),
                Optional.of(map.get().name())));
    }
}
