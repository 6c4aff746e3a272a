package dev.mortem.dump.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.dump.memory.FileMemory;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The PT_LOAD segments of a core by ascending address, made free of overlaps: of two that cover an
 * address, the one that starts lower keeps it.
 *
 * @param segments what each covers and has
 * @param statedBytes how many bytes of memory the core says it holds, unsigned
 * @param presentBytes how many of them are in the file
 */
record CoreSegments(List<Segment> segments, long statedBytes, long presentBytes) {
    /**
     * One segment.
     *
     * @param range what it covers in the process
     * @param content the bytes from the range's start on that are in the file: perhaps fewer than
     *     stated
     * @param statedBytes p_filesz: what the file should hold
     */
    record Segment(ProgramHeader header, AddressRange range, ByteSource content, long statedBytes) {
        boolean isCut() {
            return content.sizeBytes() < statedBytes;
        }
    }

    static CoreSegments read(ElfFile core, Diagnostics diagnostics) {
        List<Segment> found = new ArrayList<>();
        for (ProgramHeader header : core.programHeaders()) {
            if (header.type() == ProgramHeader.PT_LOAD) {
                long sizeBytes = Addresses.max(header.memorySizeBytes(), header.fileSizeBytes());
                AddressRange range = AddressRange.ofSize(header.svma(), sizeBytes);
                if (!range.isEmpty()) {
                    ByteSource content = core.bytes()
                            .atMost("memory", header.fileOffset(), header.fileSizeBytes());
                    found.add(new Segment(header, range, content, header.fileSizeBytes()));
                }
            }
        }
        found.sort(Comparator.comparing(Segment::range));
        return withoutOverlaps(core.bytes(), found, diagnostics);
    }

    private static CoreSegments withoutOverlaps(
            ByteSource core, List<Segment> found, Diagnostics diagnostics) {
        List<Segment> kept = new ArrayList<>();
        long lastCovered = 0; // the highest address that is taken, valid once something is kept
        long stated = 0;
        long present = 0;
        for (Segment segment : found) {
            Segment free = segment;
            if (!kept.isEmpty() && !Addresses.isBelow(lastCovered, segment.range.start())) {
                diagnostics.report(
                        core.name() + ": segment " + segment.range,
                        "covers memory that another segment covers already",
                        "the one that starts lower is believed");
                free = behind(segment, lastCovered);
                if (free.range.isEmpty()) {
                    continue;
                }
            }
            kept.add(free);
            lastCovered = free.range.start() + (free.range.sizeBytes() - 1);
            stated += free.statedBytes;
            present += free.content.sizeBytes();
        }
        return new CoreSegments(List.copyOf(kept), stated, present);
    }

    /** What of the segment lies above an address. */
    private static Segment behind(Segment segment, long lastCovered) {
        AddressRange range = segment.range;
        long last = range.start() + (range.sizeBytes() - 1);
        if (!Addresses.isBelow(lastCovered, last)) {
            return new Segment(
                    segment.header, new AddressRange(range.start(), 0), segment.content, 0);
        }
        long cut = lastCovered - range.start() + 1;
        AddressRange rest = new AddressRange(range.start() + cut, range.sizeBytes() - cut);
        ByteSource content = segment.content.atMost("memory", cut, segment.content.sizeBytes());
        long stated = Addresses.isBelow(cut, segment.statedBytes) ? segment.statedBytes - cut : 0;
        return new Segment(segment.header, rest, content, stated);
    }

    /** Where the file has the memory. */
    List<FileMemory.Run> runs(ByteSource core) {
        List<FileMemory.Run> runs = new ArrayList<>();
        for (Segment segment : segments) {
            long sizeBytes = Addresses.min(segment.content.sizeBytes(), segment.range.sizeBytes());
            if (sizeBytes != 0) {
                runs.add(new FileMemory.Run(
                        segment.range.start(),
                        segment.content.fileOffset() - core.fileOffset(),
                        sizeBytes));
            }
        }
        return runs;
    }
}
