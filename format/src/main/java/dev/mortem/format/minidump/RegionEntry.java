package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.MemoryRegion;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An entry of Mortem's own stream of regions (docs/minidump.md), 48 bytes behind a header as that of
 * MemoryInfoListStream: what MINIDUMP_MEMORY_INFO has no place for.
 *
 * <pre>
 *  0  start, sizeBytes, presentBytes, fileOffset: 8 bytes each
 * 32  flags: 1 read, 2 write, 4 execute, 8 shared; RVAs of path and reason of absence, 0 for none;
 *     reserved: 4 bytes each
 * </pre>
 */
public final class RegionEntry {
    private static final int SIZE_BYTES = 48;
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int SHARED = 8;

    private RegionEntry() {}

    /** As stated, in the dump's order; none where it has no such stream. */
    public static List<MemoryRegion> readAll(MinidumpFile file) {
        List<MemoryRegion> regions = new ArrayList<>();
        try {
            Optional<MinidumpFile.Sized> list = file.sized(
                    StreamType.MORTEM_REGIONS,
                    "Regions",
                    8,
                    SIZE_BYTES,
                    file.limits().max(MinidumpLimits.MEMORY_RANGES));
            for (int index = 0; list.isPresent() && index < list.get().count(); index++) {
                regions.add(read(list.get().entry(index, "Region"), file));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "what memory was used for is not known");
        }
        return regions;
    }

    private static MemoryRegion read(ByteSource entry, MinidumpFile file)
            throws MalformedException {
        long flags = entry.u4("flags", 32);
        return new MemoryRegion(
                AddressRange.ofSize(entry.u8("start", 0), entry.u8("sizeBytes", 8)),
                ((flags & READ) != 0 ? "r" : "-")
                        + ((flags & WRITE) != 0 ? "w" : "-")
                        + ((flags & EXECUTE) != 0 ? "x" : "-"),
                (flags & SHARED) != 0,
                entry.u8("fileOffset", 24),
                file.text("path", entry.u4("path", 36)),
                entry.u8("presentBytes", 16),
                file.text("absentWhy", entry.u4("absentWhy", 40)));
    }

    /** Puts the list. */
    public static void write(List<MemoryRegion> regions, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        for (MemoryRegion region : regions) {
            int path = region.path().map(head::text).orElse(0);
            int why = region.absentWhy().map(head::text).orElse(0);
            entries.add(target -> write(region, path, why, target));
        }
        head.sized(StreamType.MORTEM_REGIONS, 8, SIZE_BYTES, entries);
    }

    private static void write(MemoryRegion region, int path, int why, ByteBuffer target) {
        target.putLong(region.range().start())
                .putLong(region.range().sizeBytes())
                .putLong(region.presentBytes())
                .putLong(region.fileOffset())
                .putInt((region.isReadable() ? READ : 0)
                        | (region.isWritable() ? WRITE : 0)
                        | (region.isExecutable() ? EXECUTE : 0)
                        | (region.shared() ? SHARED : 0))
                .putInt(path)
                .putInt(why);
    }
}
