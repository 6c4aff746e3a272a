package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.dump.memory.FileMemory;
import dev.mortem.format.minidump.MemoryInfo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The process's mappings: as MemoryInfoList or LinuxMaps has them, else what the dump holds and where
 * modules are. Cut at every border between what is in the file and what is not, so that each region is
 * either there or absent.
 */
final class MinidumpRegions {
    private static final String LEFT_OUT = "left out of the minidump";

    /** What a source says of a run of addresses. */
    private record Known(
            AddressRange range,
            String permissions,
            boolean shared,
            long fileOffset,
            Optional<String> path) {}

    private MinidumpRegions() {}

    static List<MemoryRegion> of(
            List<MemoryInfo> infos,
            List<MappedFile> maps,
            List<LoadedModule> modules,
            List<FileMemory.Run> present) {
        List<Known> known = !infos.isEmpty()
                ? ofInfos(infos, modules)
                : !maps.isEmpty() ? ofMaps(maps) : ofModules(modules);
        known.sort(Comparator.comparing(Known::range));
        return split(withoutOverlaps(known), present);
    }

    private static List<Known> ofInfos(List<MemoryInfo> infos, List<LoadedModule> modules) {
        AddressMap<LoadedModule> moduleAt = AddressMap.of(modules, LoadedModule::range);
        List<Known> known = new ArrayList<>();
        for (MemoryInfo info : infos) {
            if (!info.isFree() && !info.range().isEmpty()) {
                Optional<LoadedModule> module = info.type() == MemoryInfo.IMAGE
                        ? moduleAt.at(info.range().start())
                        : Optional.empty();
                known.add(new Known(
                        info.range(),
                        info.permissions(),
                        info.type() == MemoryInfo.MAPPED,
                        module.map(found -> info.range().start() - found.base()).orElse(0L),
                        module.map(LoadedModule::path)));
            }
        }
        return known;
    }

    private static List<Known> ofMaps(List<MappedFile> maps) {
        List<Known> known = new ArrayList<>();
        for (MappedFile map : maps) {
            known.add(new Known(
                    map.range(),
                    map.permissions(),
                    map.shared(),
                    map.fileOffset(),
                    Optional.of(map.path()).filter(path -> !path.isEmpty())));
        }
        return known;
    }

    /** An image has code somewhere; which of its pages nobody tells. */
    private static List<Known> ofModules(List<LoadedModule> modules) {
        List<Known> known = new ArrayList<>();
        for (LoadedModule module : modules) {
            known.add(new Known(module.range(), "r-x", false, 0, Optional.of(module.path())));
        }
        return known;
    }

    /** Of two that cover an address, the one that starts lower keeps it. */
    private static List<Known> withoutOverlaps(List<Known> sorted) {
        List<Known> kept = new ArrayList<>();
        for (Known next : sorted) {
            Optional<Known> free = Optional.of(next).filter(entry -> !entry.range.isEmpty());
            if (free.isPresent() && !kept.isEmpty() && kept.getLast().range.overlaps(next.range)) {
                long end = kept.getLast().range.end();
                free = end == 0
                        ? Optional.empty()
                        : Optional.of(cut(next, AddressRange.between(end, lastEnd(next.range))))
                                .filter(entry -> !entry.range.isEmpty());
            }
            free.ifPresent(kept::add);
        }
        return kept;
    }

    private static long lastEnd(AddressRange range) {
        return range.end() == 0 ? -1L : range.end();
    }

    private static Known cut(Known whole, AddressRange part) {
        long offset = whole.path.isPresent()
                ? whole.fileOffset + (part.start() - whole.range.start())
                : 0;
        return new Known(part, whole.permissions, whole.shared, offset, whole.path);
    }

    private static List<MemoryRegion> split(List<Known> known, List<FileMemory.Run> present) {
        List<MemoryRegion> regions = new ArrayList<>();
        int next = 0;
        for (FileMemory.Run run : present) {
            AddressRange range = AddressRange.ofSize(run.start(), run.sizeBytes());
            long from = range.start();
            // what lies below this run is absent
            while (next < known.size()
                    && Addresses.isBelow(last(known.get(next).range), range.start())) {
                regions.add(absent(known.get(next++)));
            }
            while (next < known.size() && known.get(next).range.overlaps(range)) {
                Known here = known.get(next);
                if (Addresses.isBelow(here.range.start(), from)) {
                    regions.add(absent(cut(here, AddressRange.between(here.range.start(), from))));
                } else if (Addresses.isBelow(from, here.range.start())) {
                    regions.add(unknown(AddressRange.between(from, here.range.start())));
                }
                AddressRange both = here.range.intersection(range);
                regions.add(there(cut(here, both)));
                from = both.end();
                if (Addresses.isBelow(last(range), last(here.range))) {
                    known.set(next, cut(here, AddressRange.between(from, lastEnd(here.range))));
                    break;
                }
                next++;
            }
            if (from != 0 && !Addresses.isBelow(last(range), from)) {
                regions.add(unknown(AddressRange.between(from, lastEnd(range))));
            }
        }
        while (next < known.size()) {
            regions.add(absent(known.get(next++)));
        }
        return List.copyOf(regions);
    }

    private static long last(AddressRange range) {
        return range.start() + (range.sizeBytes() - 1);
    }

    private static MemoryRegion there(Known known) {
        return region(known, known.range.sizeBytes(), Optional.empty());
    }

    private static MemoryRegion absent(Known known) {
        return region(known, 0, Optional.of(LEFT_OUT));
    }

    private static MemoryRegion region(Known known, long presentBytes, Optional<String> why) {
        return new MemoryRegion(
                known.range,
                known.permissions,
                known.shared,
                known.fileOffset,
                known.path,
                presentBytes,
                why);
    }

    /** Of memory that no list speaks of: its writer could read it, and nothing more is known. */
    private static MemoryRegion unknown(AddressRange range) {
        return new MemoryRegion(
                range, "r--", false, 0, Optional.empty(), range.sizeBytes(), Optional.empty());
    }
}
