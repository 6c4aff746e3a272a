package dev.mortem.dump.core;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.LoadedModule.Mapping;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.elf.core.AuxiliaryVector;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The dynamic linker's list of what it loaded, for cores without NT_FILE (System V ABI; link.h of
 * glibc). The executable's DT_DEBUG points at struct r_debug: int r_version, struct link_map
 * *r_map. A link_map is: l_addr, l_name, l_ld, l_next, l_prev, each a pointer.
 */
final class LinkMap {
    private static final long PAGE_BYTES = 4096;

    private final MemoryReader memory;
    private final AddressMap<CoreSegments.Segment> segmentAt;
    private final AuxiliaryVector auxiliaryVector;
    private final Limits limits;
    private final Diagnostics diagnostics;

    LinkMap(
            MemoryReader memory,
            AddressMap<CoreSegments.Segment> segmentAt,
            AuxiliaryVector auxiliaryVector,
            Limits limits,
            Diagnostics diagnostics) {
        this.memory = memory;
        this.segmentAt = segmentAt;
        this.auxiliaryVector = auxiliaryVector;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * The executable and what it loaded; nothing where the executable's headers are not in memory.
     */
    List<LoadedModule> modules(Optional<String> executableName) {
        OptionalLong headers = auxiliaryVector.value(AuxiliaryVector.AT_PHDR);
        if (headers.isEmpty()) {
            return List.of();
        }
        long base = Addresses.alignDown(headers.getAsLong(), PAGE_BYTES);
        Optional<ModuleImage> image = ModuleImage.at(base, memory, limits, diagnostics);
        if (image.isEmpty()) {
            return List.of();
        }
        List<LoadedModule> modules = new ArrayList<>();
        modules.add(module(image.get(), executableName.orElse("executable")));
        image.get().debugAddress().ifPresent(address -> libraries(address, modules));
        return modules;
    }

    private void libraries(long debugAddress, List<LoadedModule> modules) {
        int word = memory.machine().pointerSizeBytes();
        Set<Long> seen = new HashSet<>();
        OptionalLong next = memory.pointer(debugAddress + word);
        while (next.isPresent() && next.getAsLong() != 0) {
            long entry = next.getAsLong();
            if (!seen.add(entry) || seen.size() > limits.max(CoreLimits.MODULES)) {
                diagnostics.report(
                        "link_map at " + Addresses.hex(entry),
                        "the list of loaded libraries goes round or has no end",
                        "libraries behind it are missing");
                return;
            }
            boolean executable = seen.size() == 1;
            if (!executable) {
                library(entry, word).ifPresent(modules::add);
            }
            next = memory.pointer(entry + 3L * word);
        }
    }

    private Optional<LoadedModule> library(long entry, int word) {
        OptionalLong bias = memory.pointer(entry);
        OptionalLong nameAddress = memory.pointer(entry + word);
        OptionalLong dynamic = memory.pointer(entry + 2L * word);
        if (bias.isEmpty() || nameAddress.isEmpty() || dynamic.isEmpty()) {
            return Optional.empty();
        }
        String path = memory.cString(nameAddress.getAsLong(), limits.maxInt(CoreLimits.PATH_BYTES))
                .orElse("");
        Optional<ModuleImage> image = ModuleImage.at(bias.getAsLong(), memory, limits, diagnostics);
        if (image.isPresent()) {
            boolean isVdso =
                    auxiliaryVector.value(AuxiliaryVector.AT_SYSINFO_EHDR).equals(bias);
            return isVdso ? Optional.empty() : Optional.of(module(image.get(), path));
        }
        // the header's page is not in the dump: what is known is where its data lie
        return segmentAt
                .at(dynamic.getAsLong())
                .map(CoreSegments.Segment::range)
                .map(data -> AddressRange.between(
                        Addresses.min(bias.getAsLong(), data.start()), data.end()))
                .map(range -> new LoadedModule(
                        range, path, List.of(new Mapping(range, 0)), Optional.empty(), false));
    }

    private static LoadedModule module(ModuleImage image, String path) {
        return new LoadedModule(image.range(), path, image.mappings(), image.buildId(), false);
    }
}
