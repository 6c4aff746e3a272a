package dev.mortem.analyze;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Sums the process's memory up by what it is for. */
final class MemoryKinds {
    private static final class Sum {
        private long sizeBytes;
        private long presentBytes;
        private int regions;
    }

    private MemoryKinds() {}

    static Report.Memory of(ProcessSnapshot snapshot) {
        Set<String> images =
                snapshot.modules().stream().map(LoadedModule::path).collect(Collectors.toSet());
        NavigableSet<Long> stackPointers = new TreeSet<>(Long::compareUnsigned);
        for (ThreadSnapshot thread : snapshot.threads()) {
            thread.registers().ifPresent(known -> known.sp().ifPresent(stackPointers::add));
        }
        Map<String, Sum> sums = new LinkedHashMap<>();
        long committed = 0;
        long own = 0;
        long mapped = 0;
        long image = 0;
        for (MemoryRegion region : snapshot.regions()) {
            long size = region.range().sizeBytes();
            String kind = kind(region, images, stackPointers);
            Sum sum = sums.computeIfAbsent(kind, key -> new Sum());
            sum.sizeBytes += size;
            sum.presentBytes += region.presentBytes();
            sum.regions++;
            if (!kind.equals("reserved")) {
                committed += size;
                image += kind.equals("image") ? size : 0;
                mapped += kind.equals("mapped file") ? size : 0;
                own += isOwn(kind, region) ? size : 0;
            }
        }
        List<Report.MemoryKind> byKind = new ArrayList<>();
        sums.forEach((kind, sum) -> byKind.add(
                new Report.MemoryKind(kind, sum.sizeBytes, sum.presentBytes, sum.regions)));
        byKind.sort((one, other) -> Long.compareUnsigned(other.sizeBytes(), one.sizeBytes()));
        return new Report.Memory(
                committed, own, mapped, image, largestFree(snapshot), List.copyOf(byKind));
    }

    private static boolean isOwn(String kind, MemoryRegion region) {
        boolean file = kind.equals("image") || kind.equals("mapped file");
        return !region.shared() && (!file || region.isWritable()) && !kind.equals("kernel");
    }

    private static String kind(
            MemoryRegion region, Set<String> images, NavigableSet<Long> stackPointers) {
        String path = region.path().orElse("");
        if (path.startsWith("[v") || path.equals("linux-vdso.so.1")) {
            return "kernel";
        }
        if (images.contains(path)) {
            return "image";
        }
        if (region.permissions().startsWith("---")) {
            return "reserved";
        }
        Long stackPointer = stackPointers.ceiling(region.range().start());
        if (path.startsWith("[stack")
                || (stackPointer != null && region.range().contains(stackPointer))) {
            return "stack";
        }
        if (path.equals("[heap]")) {
            return "heap";
        }
        if (region.shared()) {
            return path.isEmpty() || path.startsWith("/dev/shm/") || path.startsWith("/SYSV")
                    ? "shared"
                    : "mapped file";
        }
        return path.isEmpty() || path.startsWith("[") ? "anonymous" : "mapped file";
    }

    /** Of interest only where address space is scarce. */
    private static OptionalLong largestFree(ProcessSnapshot snapshot) {
        if (snapshot.machine().pointerSizeBytes() != 4 || snapshot.regions().isEmpty()) {
            return OptionalLong.empty();
        }
        long largest = 0;
        long end = 0x10000; // below lies the null page
        for (MemoryRegion region : snapshot.regions()) {
            largest = Math.max(largest, region.range().start() - end);
            end = Math.max(end, region.range().end());
        }
        return OptionalLong.of(largest);
    }
}
