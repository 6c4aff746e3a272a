package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.minidump.MinidumpType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot with what a MINIDUMP_TYPE asks for. Its regions are those of the snapshot below, cut where
 * the chosen memory begins and ends: each piece is there as far as it was there, or absent.
 *
 * <p>Immutable, safe for any thread as far as the snapshot below is. Closing it closes that.
 */
public final class ReducedSnapshot extends DelegatingSnapshot {
    /** Numbers that are kept of a stack though they point nowhere: counts, flags, small indices. */
    static final long SMALL_MAX = 0xff;

    private static final String LEFT_OUT = "not of the memory that this kind of dump holds";

    /** Smaller pieces are copied whole: to ask which pages a process touched is dearer. */
    private static final long ASKED_BYTES_MIN = 1 << 20;

    private final AddressMap<MemoryRegion> regionAt;
    private final List<MemoryRegion> regions;
    private final MemoryReader memory;

    private ReducedSnapshot(
            ProcessSnapshot below, ChosenMemory.Choice choice, Optional<WordFilter> filter) {
        super(below);
        this.regionAt = AddressMap.of(below.regions(), MemoryRegion::range);
        this.regions = cut(below.regions(), choice.ranges());
        this.memory = new ReducedMemory(below.memory(), choice, filter);
    }

    /**
     * The snapshot itself where the bits ask for all of it.
     *
     * @param flags MINIDUMP_TYPE
     * @param alignment in bytes, a power of 2, of the pieces of memory: 4096 for a format of pages
     */
    public static ProcessSnapshot of(ProcessSnapshot snapshot, long flags, int alignment) {
        return of(snapshot, flags, alignment, SMALL_MAX);
    }

    static ProcessSnapshot of(ProcessSnapshot snapshot, long flags, int alignment, long smallMax) {
        ProcessSnapshot told = FilteredFacts.of(snapshot, flags);
        if (MinidumpType.has(flags, MinidumpType.WITH_FULL_MEMORY)) {
            return told;
        }
        ChosenMemory.Choice choice = ChosenMemory.of(snapshot, flags, alignment);
        long filters = MinidumpType.FILTER_MEMORY | MinidumpType.FILTER_TRIAGE;
        Optional<WordFilter> filter = (flags & filters) != 0
                ? Optional.of(WordFilter.of(snapshot, choice.stacks(), smallMax))
                : Optional.empty();
        return new ReducedSnapshot(told, choice, filter);
    }

    private static List<MemoryRegion> cut(List<MemoryRegion> whole, List<AddressRange> ranges) {
        List<MemoryRegion> pieces = new ArrayList<>();
        int next = 0;
        for (MemoryRegion region : whole) {
            AddressRange present = region.present();
            long from = region.range().start();
            while (next < ranges.size() && isBelow(ranges.get(next), region.range())) {
                next++;
            }
            for (int index = next; index < ranges.size(); index++) {
                AddressRange here = ranges.get(index).intersection(present);
                if (here.isEmpty()) {
                    break;
                }
                absent(region, AddressRange.between(from, here.start())).ifPresent(pieces::add);
                pieces.add(piece(region, here, here.sizeBytes(), Optional.empty()));
                from = here.end();
            }
            long left = region.range().sizeBytes() - (from - region.range().start());
            absent(region, new AddressRange(from, left)).ifPresent(pieces::add);
        }
        return List.copyOf(pieces);
    }

    private static boolean isBelow(AddressRange range, AddressRange other) {
        return Long.compareUnsigned(AddressRanges.last(range), other.start()) < 0;
    }

    private static Optional<MemoryRegion> absent(MemoryRegion region, AddressRange range) {
        boolean wasThere = region.present().overlaps(range);
        return range.isEmpty()
                ? Optional.empty()
                : Optional.of(piece(
                        region,
                        range,
                        0,
                        Optional.of(LEFT_OUT).filter(why -> wasThere).or(region::absentWhy)));
    }

    private static MemoryRegion piece(
            MemoryRegion region, AddressRange range, long presentBytes, Optional<String> why) {
        long offset = region.path().isPresent()
                ? region.fileOffset() + (range.start() - region.range().start())
                : region.fileOffset();
        return new MemoryRegion(
                range,
                region.permissions(),
                region.shared(),
                offset,
                region.path(),
                presentBytes,
                why);
    }

    @Override
    public List<MemoryRegion> regions() {
        return regions;
    }

    @Override
    public MemoryReader memory() {
        return memory;
    }

    @Override
    public List<AddressRange> populated(MemoryRegion piece) {
        Optional<MemoryRegion> whole = piece.presentBytes() < ASKED_BYTES_MIN
                ? Optional.empty()
                : regionAt.at(piece.range().start());
        return whole.map(region -> below().populated(region).stream()
                        .map(piece.range()::intersection)
                        .filter(range -> !range.isEmpty())
                        .toList())
                .orElse(List.of(piece.range()));
    }
}
