package dev.mortem.cli;

import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.sidecar.DumpSidecar.AbsentRange;
import dev.mortem.dump.write.Gap;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Memory that a reader of a dump would expect and that the dump does not have: a sidecar's gaps. */
final class LeftOut {
    private LeftOut() {}

    /** By ascending address: what the snapshot left out, and what could not be read. */
    static List<AbsentRange> of(ProcessSnapshot snapshot, List<Gap> unreadable) {
        Stream<AbsentRange> leftOut =
                snapshot.regions().stream().filter(LeftOut::isGap).map(LeftOut::absent);
        Stream<AbsentRange> notRead = unreadable.stream()
                .map(gap -> new AbsentRange(gap.address(), gap.sizeBytes(), gap.why()));
        return Stream.concat(leftOut, notRead)
                .sorted(Comparator.comparing(AbsentRange::address, Long::compareUnsigned))
                .toList();
    }

    /**
     * Not what no core of the kernel's has either: files as they are on the disk, which coredump_filter
     * leaves out, and the kernel's own pages. They would hide what is worth reading.
     */
    private static boolean isGap(MemoryRegion region) {
        return region.presentBytes() != region.range().sizeBytes()
                && region.absentWhy().filter(LeftOut::isUnusual).isPresent();
    }

    private static boolean isUnusual(String why) {
        return !why.contains("coredump_filter") && !why.startsWith("the kernel's own data");
    }

    private static AbsentRange absent(MemoryRegion region) {
        return new AbsentRange(
                region.range().start() + region.presentBytes(),
                region.range().sizeBytes() - region.presentBytes(),
                region.absentWhy().orElseThrow());
    }
}
