package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.ModuleEntry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The modules of a minidump's list, as they can be used: each somewhere, none twice. */
final class MinidumpModules {
    private MinidumpModules() {}

    static List<LoadedModule> of(
            MinidumpFile file, List<ModuleEntry> listed, List<MappedFile> maps) {
        List<ModuleEntry> entries = new ArrayList<>();
        Set<AddressRange> taken = new HashSet<>();
        for (ModuleEntry entry : listed) {
            if (entry.range().isEmpty()) {
                skipped(file, entry, "it has no size");
            } else if (!taken.add(entry.range())) {
                skipped(file, entry, "another module has the same range");
            } else {
                entries.add(entry);
            }
        }
        Map<AddressRange, List<LoadedModule.Mapping>> mappings = mappings(entries, maps);
        List<LoadedModule> modules = new ArrayList<>();
        for (ModuleEntry entry : entries) {
            modules.add(module(entry, mappings.getOrDefault(entry.range(), List.of())));
        }
        modules.sort(Comparator.comparing(LoadedModule::range));
        reportOverlaps(file, modules);
        return List.copyOf(modules);
    }

    private static void skipped(MinidumpFile file, ModuleEntry entry, String why) {
        Diagnostics diagnostics = file.diagnostics();
        diagnostics.report(
                file.bytes().name() + ": module "
                        + entry.name()
                                .orElse("at " + Addresses.hex(entry.range().start())),
                why,
                "it is left out");
    }

    private static void reportOverlaps(MinidumpFile file, List<LoadedModule> modules) {
        for (int index = 1; index < modules.size(); index++) {
            LoadedModule below = modules.get(index - 1);
            LoadedModule module = modules.get(index);
            if (below.range().overlaps(module.range())) {
                file.diagnostics()
                        .report(
                                file.bytes().name() + ": modules",
                                "%s at %s overlaps %s at %s"
                                        .formatted(
                                                module.name(),
                                                Addresses.hex(module.base()),
                                                below.name(),
                                                Addresses.hex(below.base())),
                                "an address in both is told to be in the one that starts later");
            }
        }
    }

    /** By a module's range: each mapping of its file that starts in it. */
    private static Map<AddressRange, List<LoadedModule.Mapping>> mappings(
            List<ModuleEntry> entries, List<MappedFile> maps) {
        AddressMap<ModuleEntry> entryAt = AddressMap.of(entries, ModuleEntry::range);
        Map<AddressRange, List<LoadedModule.Mapping>> mappings = new HashMap<>();
        for (MappedFile map : maps) {
            entryAt.at(map.range().start())
                    .filter(entry -> entry.name().filter(map.path()::equals).isPresent())
                    .ifPresent(
                            entry -> mappings.computeIfAbsent(entry.range(), _ -> new ArrayList<>())
                                    .add(new LoadedModule.Mapping(map.range(), map.fileOffset())));
        }
        return mappings;
    }

    private static LoadedModule module(ModuleEntry entry, List<LoadedModule.Mapping> mappings) {
        String path =
                entry.name().orElse("module at " + Addresses.hex(entry.range().start()));
        return new LoadedModule(
                entry.range(),
                path,
                mappings.isEmpty() ? List.of(new LoadedModule.Mapping(entry.range(), 0)) : mappings,
                entry.codeView().flatMap(MinidumpModules::buildId),
                false,
                Optional.of(identity(entry)));
    }

    /** Breakpad lists mapped files that are no programs, fonts and the like, with an id of zeros. */
    private static Optional<String> buildId(CodeViewRecord record) {
        return record instanceof CodeViewRecord.ElfBuildId elf
                        && record.debugId().isPresent()
                ? Optional.of(elf.buildId())
                : Optional.empty();
    }

    private static ImageIdentity identity(ModuleEntry entry) {
        Optional<DebugId> debugId = entry.codeView().flatMap(CodeViewRecord::debugId);
        return new ImageIdentity(
                Optional.of(new CodeId(
                                (int) entry.timeDateStamp(), (int) entry.range().sizeBytes()))
                        .filter(id -> id.timeDateStamp() != 0),
                debugId,
                entry.codeView().flatMap(CodeViewRecord::path),
                entry.fileVersion(),
                entry.productVersion(),
                Optional.of(entry.checkSum()).filter(sum -> sum != 0));
    }
}
