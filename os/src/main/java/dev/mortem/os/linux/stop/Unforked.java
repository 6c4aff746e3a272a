package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.proc.Mapping;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Memory that a forked copy does not have (madvise(2)): MADV_DONTFORK ranges are absent from it,
 * MADV_WIPEONFORK ranges are empty in it. What they hold is read while the target stands. Immutable once
 * read; safe for any thread.
 */
final class Unforked {
    static final Limit KEPT = new Limit(
            "memory read during the pause because a copy has none of it",
            32L << 20,
            "bytes",
            "5 ms of pause and half of the memory that writing a dump may take; larger ranges are"
                    + " buffers of network cards or guests");

    private static final int RANGES_MAX = 65_536;

    private final List<Mapping> mappings;
    private final NavigableMap<Long, AddressRange> dropped = new TreeMap<>(Long::compareUnsigned);
    private final Map<Long, List<AddressRange>> populated = new TreeMap<>();
    private final NavigableMap<Long, byte[]> contents = new TreeMap<>(Long::compareUnsigned);

    private Unforked(List<Mapping> mappings) {
        this.mappings = mappings;
    }

    static Unforked none() {
        return new Unforked(List.of());
    }

    /**
     * Mappings that a copy lacks.
     *
     * @param all of them, to be told of
     * @param wanted those that a dump is to have
     */
    record Lacking(List<Mapping> all, List<Mapping> wanted) {
        static final Lacking NOTHING = new Lacking(List.of(), List.of());
    }

    static Lacking among(List<Mapping> mappings, RegionPolicy policy) {
        List<Mapping> all = mappings.stream()
                .filter(mapping ->
                        mapping.flags().contains("dc") || mapping.flags().contains("wf"))
                .toList();
        return new Lacking(
                all,
                all.stream()
                        .filter(mapping -> policy.decide(mapping).presentBytes() > 0)
                        .toList());
    }

    /**
     * Reads them from the target, which stands.
     *
     * @param memory an open /proc/PID/mem, and {@code pagemap} its /proc/PID/pagemap
     */
    static Unforked read(Kernel kernel, long memory, long pagemap, Lacking lacking) {
        Unforked kept = new Unforked(lacking.all());
        long left = KEPT.defaultMax();
        for (Mapping mapping : lacking.wanted()) {
            AddressRange range = mapping.range();
            List<AddressRange> touched = mapping.isFile() || mapping.shared()
                    ? List.of(range)
                    : kernel.scanPagemap(pagemap, range.start(), range.end(), RANGES_MAX)
                            .map(pairs -> pairs.stream()
                                    .map(pair -> AddressRange.between(pair[0], pair[1]))
                                    .toList())
                            .orElse(List.of(range));
            long wanted = touched.stream().mapToLong(AddressRange::sizeBytes).sum();
            if (wanted > left) {
                kept.dropped.put(range.start(), range);
                continue;
            }
            left -= wanted;
            kept.populated.put(range.start(), touched);
            for (AddressRange part : touched) {
                byte[] bytes = new byte[(int) part.sizeBytes()];
                int read = ProcessMemory.read(memory, part.start(), bytes, 0, bytes.length);
                kept.contents.put(
                        part.start(), read == bytes.length ? bytes : Arrays.copyOf(bytes, read));
            }
        }
        return kept;
    }

    /** The copy's mappings and those that it lacks, by ascending address. */
    List<Mapping> added(List<Mapping> copied) {
        Set<Long> there = new HashSet<>();
        copied.forEach(mapping -> there.add(mapping.range().start()));
        List<Mapping> all = new ArrayList<>(copied);
        mappings.stream()
                .filter(mapping -> !there.contains(mapping.range().start()))
                .forEach(all::add);
        all.sort(Comparator.comparing(Mapping::range));
        return all;
    }

    /** The region as it is where it could not be kept. */
    MemoryRegion described(MemoryRegion region) {
        return dropped.containsKey(region.range().start())
                ? new MemoryRegion(
                        region.range(),
                        region.permissions(),
                        region.shared(),
                        region.fileOffset(),
                        region.path(),
                        0,
                        Optional.of("marked not to be forked, and too large to be read while the"
                                + " process stands; --snapshot never takes it"))
                : region;
    }

    /** Adds which parts of them were touched, by the mapping's start. */
    void addPopulated(Map<Long, List<AddressRange>> byStart) {
        byStart.putAll(populated);
    }

    /**
     * How many bytes from {@code address} on the copy has itself, {@code most} at most; 0 for what is
     * kept here, and for what could not be: there the copy has zeros that never were in the target.
     */
    int absentBytes(long address, int most) {
        Map.Entry<Long, byte[]> before = contents.floorEntry(address);
        Map.Entry<Long, AddressRange> lost = dropped.floorEntry(address);
        if ((before != null && address - before.getKey() < before.getValue().length)
                || (lost != null && lost.getValue().contains(address))) {
            return 0;
        }
        Long nextKept = contents.higherKey(address);
        Long nextLost = dropped.higherKey(address);
        long untilKept = nextKept == null ? most : nextKept - address;
        long untilLost = nextLost == null ? most : nextLost - address;
        return (int) Math.min(most, Math.min(untilKept, untilLost));
    }

    /** Copies what is kept from {@code address} on; how many bytes, 0 where nothing is. */
    int copy(long address, MemorySegment target) {
        Map.Entry<Long, byte[]> entry = contents.floorEntry(address);
        if (entry == null || address - entry.getKey() >= entry.getValue().length) {
            return 0;
        }
        int offset = (int) (address - entry.getKey());
        int size = (int) Math.min(target.byteSize(), entry.getValue().length - offset);
        MemorySegment.copy(MemorySegment.ofArray(entry.getValue()), offset, target, 0, size);
        return size;
    }
}
