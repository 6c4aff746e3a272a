package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A part of the process's memory and where its bytes lie in the file (minidumpapiset.h): of
 * MemoryListStream (MINIDUMP_MEMORY_DESCRIPTOR, 16 bytes: StartOfMemoryRange 8, DataSize 4, Rva 4) or of
 * Memory64ListStream (a count of 8 bytes, BaseRva 8, then MINIDUMP_MEMORY_DESCRIPTOR64, 16 bytes:
 * StartOfMemoryRange 8, DataSize 8; the bytes of all ranges follow one another from BaseRva on).
 *
 * @param range as stated, whether the file has all its bytes or not
 * @param fileOffset of the first byte; it may lie behind the file's end
 */
public record MemoryRange(AddressRange range, long fileOffset) {
    private static final int DESCRIPTOR_BYTES = 16;

    /** Those of both lists, in the file's order; what follows no rule is reported and left out. */
    public static List<MemoryRange> readAll(MinidumpFile file) {
        List<MemoryRange> ranges = new ArrayList<>();
        try {
            readList(file, ranges);
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the memory behind is taken as absent");
        }
        try {
            readList64(file, ranges);
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the memory behind is taken as absent");
        }
        return ranges;
    }

    private static void readList(MinidumpFile file, List<MemoryRange> ranges)
            throws MalformedException {
        ByteSource entries = file.counted(
                StreamType.MEMORY_LIST,
                "MemoryRanges",
                DESCRIPTOR_BYTES,
                file.limits().max(MinidumpLimits.MEMORY_RANGES));
        for (long at = 0; at < entries.sizeBytes(); at += DESCRIPTOR_BYTES) {
            ranges.add(new MemoryRange(
                    AddressRange.ofSize(
                            entries.u8("StartOfMemoryRange", at), entries.u4("DataSize", at + 8)),
                    entries.u4("Rva", at + 12)));
        }
    }

    private static void readList64(MinidumpFile file, List<MemoryRange> ranges)
            throws MalformedException {
        Optional<ByteSource> stream = file.stream(StreamType.MEMORY_64_LIST);
        if (stream.isEmpty()) {
            return;
        }
        long count = stream.get().u8("NumberOfMemoryRanges", 0);
        long offset = stream.get().u8("BaseRva", 8);
        ByteSource entries = file.entries(
                stream.get(),
                "Memory64Ranges",
                16,
                count,
                DESCRIPTOR_BYTES,
                file.limits().max(MinidumpLimits.MEMORY_RANGES));
        for (long at = 0; at < entries.sizeBytes(); at += DESCRIPTOR_BYTES) {
            long sizeBytes = entries.u8("DataSize", at + 8);
            ranges.add(new MemoryRange(
                    AddressRange.ofSize(entries.u8("StartOfMemoryRange", at), sizeBytes), offset));
            long next = offset + sizeBytes;
            if (Long.compareUnsigned(next, offset) < 0) {
                throw entries.malformed(
                        "DataSize",
                        at + 8,
                        Long.toUnsignedString(sizeBytes) + " bytes",
                        "what fits in a file");
            }
            offset = next;
        }
    }

    /** Puts MemoryListStream: each range with its place, below 4 GiB. */
    public static void writeList(List<MemoryRange> ranges, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        for (MemoryRange range : ranges) {
            entries.add(target -> target.putLong(range.range.start())
                    .putInt((int) range.range.sizeBytes())
                    .putInt((int) range.fileOffset));
        }
        head.counted(StreamType.MEMORY_LIST, DESCRIPTOR_BYTES, entries);
    }

    /** Puts Memory64ListStream: the ranges must follow one another from {@code baseRva} on. */
    public static void writeList64(List<MemoryRange> ranges, long baseRva, MinidumpHead head) {
        ByteBuffer list = MinidumpHead.structure(16 + DESCRIPTOR_BYTES * ranges.size());
        list.putLong(ranges.size()).putLong(baseRva);
        ranges.forEach(range -> list.putLong(range.range.start()).putLong(range.range.sizeBytes()));
        head.stream(StreamType.MEMORY_64_LIST, list);
    }
}
