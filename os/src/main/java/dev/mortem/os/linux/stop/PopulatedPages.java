package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.limit.Limit;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.proc.Mapping;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which pages of private anonymous memory were ever touched: only those are worth copying, and only
 * those may be read, for reading an untouched page makes the kernel give the process one.
 *
 * <p>Mappings of files, and shared ones, are taken whole: what was not touched there is not zero.
 */
final class PopulatedPages {
    static final Limit RANGES = new Limit(
            "populated ranges",
            4_000_000,
            "ranges",
            "a heap of 16 GiB with every other page touched; beyond, regions are taken whole");

    static final Limit PAGEMAP_REGION = new Limit(
            "region looked through page by page",
            1L << 40,
            "bytes",
            "kernels before 6.7 answer a word a page: 2 GiB of words for 1 TiB, a second of pause");

    private static final int PAGE_BYTES = 4096;
    private static final int WORDS_AT_ONCE = 32 * 1024;

    /** admin-guide/mm/pagemap.rst: bit 63 page present, bit 62 page swapped. */
    private static final long PRESENT_OR_SWAPPED = 3L << 62;

    private final Kernel kernel;
    private final long pagemap;

    /** @param pagemap an open /proc/PID/pagemap */
    PopulatedPages(Kernel kernel, long pagemap) {
        this.kernel = kernel;
        this.pagemap = pagemap;
    }

    /**
     * The populated ranges of the mappings that are worth asking about, by the mapping's start.
     *
     * @return a mapping that is missing is to be taken whole; an empty list means nothing is populated
     */
    Map<Long, List<AddressRange>> find(List<Mapping> mappings) {
        Map<Long, List<AddressRange>> byStart = new HashMap<>();
        List<Mapping> asked = new ArrayList<>();
        for (Mapping mapping : mappings) {
            if (mapping.shared() || mapping.isFile() || isSpecial(mapping)) {
                continue;
            }
            boolean untouched = mapping.residentBytes().orElse(1) == 0
                    && mapping.swappedBytes().orElse(1) == 0;
            if (untouched) {
                byStart.put(mapping.range().start(), List.of());
            } else {
                asked.add(mapping);
            }
        }
        if (!asked.isEmpty() && !scan(asked, byStart)) {
            asked.forEach(mapping -> byPage(mapping.range())
                    .ifPresent(ranges -> byStart.put(mapping.range().start(), ranges)));
        }
        return byStart;
    }

    /** "[vdso]" and its like are pages of the kernel; "[heap]", "[stack]" and "[anon:…]" are not. */
    private static boolean isSpecial(Mapping mapping) {
        return mapping.path().map(path -> path.startsWith("[v")).orElse(false);
    }

    /** One walk over the whole process; both lists ascend, so that they are merged in step. */
    private boolean scan(List<Mapping> asked, Map<Long, List<AddressRange>> byStart) {
        long end = asked.getLast().range().end();
        Optional<List<long[]>> scanned = kernel.scanPagemap(
                pagemap, asked.getFirst().range().start(), end, (int) RANGES.defaultMax());
        if (scanned.isEmpty()) {
            return false;
        }
        List<long[]> ranges = scanned.get();
        int next = 0;
        for (Mapping mapping : asked) {
            List<AddressRange> own = new ArrayList<>();
            while (next < ranges.size()
                    && Long.compareUnsigned(ranges.get(next)[1], mapping.range().start()) <= 0) {
                next++;
            }
            for (int index = next; index < ranges.size(); index++) {
                long[] range = ranges.get(index);
                if (!Addresses.isBelow(range[0], mapping.range().end())) {
                    break;
                }
                own.add(AddressRange.between(range[0], range[1]).intersection(mapping.range()));
            }
            byStart.put(mapping.range().start(), List.copyOf(own));
        }
        return true;
    }

    /** The same from the pagemap file's words; empty where that would take too long. */
    private Optional<List<AddressRange>> byPage(AddressRange range) {
        if (Long.compareUnsigned(range.sizeBytes(), PAGEMAP_REGION.defaultMax()) > 0) {
            return Optional.empty();
        }
        List<AddressRange> ranges = new ArrayList<>();
        byte[] words = new byte[WORDS_AT_ONCE * Long.BYTES];
        long pages = range.sizeBytes() / PAGE_BYTES;
        long runStart = -1;
        for (long page = 0; page < pages; page += WORDS_AT_ONCE) {
            int count = (int) Math.min(WORDS_AT_ONCE, pages - page);
            long offset = (range.start() / PAGE_BYTES + page) * Long.BYTES;
            int wanted = count * Long.BYTES;
            if (ProcessMemory.read(pagemap, offset, words, 0, wanted) != wanted) {
                return Optional.empty();
            }
            ByteBuffer buffer = ByteBuffer.wrap(words).order(ByteOrder.nativeOrder());
            for (int index = 0; index < count; index++) {
                boolean populated = (buffer.getLong(index * Long.BYTES) & PRESENT_OR_SWAPPED) != 0;
                long at = range.start() + (page + index) * PAGE_BYTES;
                if (populated && runStart < 0) {
                    runStart = at;
                } else if (!populated && runStart >= 0) {
                    ranges.add(AddressRange.between(runStart, at));
                    runStart = -1;
                }
            }
        }
        if (runStart >= 0) {
            ranges.add(AddressRange.between(runStart, range.end()));
        }
        return Optional.of(ranges);
    }
}
