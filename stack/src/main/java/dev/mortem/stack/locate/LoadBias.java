package dev.mortem.stack.locate;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.elf.ProgramHeader;

import java.util.List;
import java.util.OptionalLong;

/**
 * How far a module was moved from the addresses it was linked at: address = svma + bias.
 *
 * <p>The kernel and the dynamic linker map a segment with whole pages, so the mapping starts below the
 * segment's first byte by as much in the file as in memory: bias = mapping.start - (p_vaddr - (p_offset -
 * mapping.fileOffset)). That holds whatever the page size.
 */
final class LoadBias {
    /** A module has under 10 mappings; protection changes split some. All pairs are tried. */
    private static final int MAPPINGS_MAX = 64;

    private static final int SEGMENTS_MAX = 64;

    /** The largest page that Linux maps files with (arm64 and ppc64 servers). */
    private static final long PAGE_BYTES_MAX = 64 * 1024;

    /** The smallest page; biases are multiples of it. */
    private static final long PAGE_BYTES_MIN = 4096;

    private LoadBias() {}

    /** The bias under which every file mapping of the module belongs to a segment; empty without one. */
    static OptionalLong of(LoadedModule module, List<ProgramHeader> programHeaders) {
        List<ProgramHeader> segments = programHeaders.stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                .limit(SEGMENTS_MAX)
                .toList();
        if (segments.isEmpty()) {
            return OptionalLong.empty();
        }
        if (module.mappings().isEmpty()) {
            long linkedAt = Addresses.alignDown(segments.getFirst().svma(), PAGE_BYTES_MIN);
            return OptionalLong.of(module.base() - linkedAt);
        }
        List<LoadedModule.Mapping> mappings =
                module.mappings().stream().limit(MAPPINGS_MAX).toList();
        for (LoadedModule.Mapping mapping : mappings) {
            for (ProgramHeader segment : segments) {
                long bias = mapping.range().start()
                        - (segment.svma() - (segment.fileOffset() - mapping.fileOffset()));
                if (bias % PAGE_BYTES_MIN == 0 && fits(bias, mappings, segments)) {
                    return OptionalLong.of(bias);
                }
            }
        }
        return OptionalLong.empty();
    }

    private static boolean fits(
            long bias, List<LoadedModule.Mapping> mappings, List<ProgramHeader> segments) {
        return mappings.stream()
                .allMatch(mapping ->
                        segments.stream().anyMatch(segment -> belongs(mapping, segment, bias)));
    }

    private static boolean belongs(LoadedModule.Mapping mapping, ProgramHeader segment, long bias) {
        long svma = mapping.range().start() - bias;
        boolean sameShift = svma - segment.svma() == mapping.fileOffset() - segment.fileOffset();
        long from = Addresses.alignDown(segment.fileOffset(), PAGE_BYTES_MAX);
        long to = Addresses.alignUp(
                segment.fileOffset() + Math.max(1, segment.fileSizeBytes()), PAGE_BYTES_MAX);
        return sameShift
                && !Addresses.isBelow(mapping.fileOffset(), from)
                && Addresses.isBelow(mapping.fileOffset(), to);
    }
}
