package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.dump.memory.FileMemory;
import dev.mortem.format.minidump.MemoryInfo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
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
            if (next.range.isEmpty()) {
                continue;
            }
            // all below the end of the last one is taken, by it or by those before
            if (kept.isEmpty()
                    || Addresses.isBelow(last(kept.getLast().range), next.range.start())) {
                kept.add(next);
            } else if (Addresses.isBelow(last(kept.getLast().range), last(next.range))) {
                rest(next, kept.getLast().range.end() - next.range.start()).ifPresent(kept::add);
            }
        }
        return kept;
    }

    /** Walks both upwards and takes off, again and again, what lies below the next border. */
    private static List<MemoryRegion> split(List<Known> mappings, List<FileMemory.Run> present) {
        Deque<Known> known = new ArrayDeque<>(mappings);
        Deque<AddressRange> runs = new ArrayDeque<>();
        for (FileMemory.Run run : present) {
            runs.add(AddressRange.ofSize(run.start(), run.sizeBytes()));
        }
        List<MemoryRegion> regions = new ArrayList<>();
        while (!known.isEmpty() && !runs.isEmpty()) {
            Known here = known.pop();
            AddressRange run = runs.pop();
            int order = Long.compareUnsigned(here.range.start(), run.start());
            if (order < 0) {
                long below =
                        Addresses.min(here.range.sizeBytes(), run.start() - here.range.start());
                regions.add(absent(start(here, below)));
                rest(here, below).ifPresent(known::push);
                runs.push(run);
            } else if (order > 0) {
                long below = Addresses.min(run.sizeBytes(), here.range.start() - run.start());
                regions.add(unknown(new AddressRange(run.start(), below)));
                rest(run, below).ifPresent(runs::push);
                known.push(here);
            } else {
                long both = Addresses.min(here.range.sizeBytes(), run.sizeBytes());
                regions.add(there(start(here, both)));
                rest(here, both).ifPresent(known::push);
                rest(run, both).ifPresent(runs::push);
            }
        }
        known.forEach(here -> regions.add(absent(here)));
        runs.forEach(run -> regions.add(unknown(run)));
        return List.copyOf(regions);
    }

    private static Known start(Known whole, long sizeBytes) {
        return cut(whole, new AddressRange(whole.range.start(), sizeBytes));
    }

    private static Optional<Known> rest(Known whole, long skippedBytes) {
        return rest(whole.range, skippedBytes).map(range -> cut(whole, range));
    }

    private static Optional<AddressRange> rest(AddressRange range, long skippedBytes) {
        return range.sizeBytes() == skippedBytes
                ? Optional.empty()
                : Optional.of(new AddressRange(
                        range.start() + skippedBytes, range.sizeBytes() - skippedBytes));
    }

    private static Known cut(Known whole, AddressRange part) {
        long offset = whole.path.isPresent()
                ? whole.fileOffset + (part.start() - whole.range.start())
                : 0;
        return new Known(part, whole.permissions, whole.shared, offset, whole.path);
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
