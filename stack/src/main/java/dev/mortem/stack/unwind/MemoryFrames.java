package dev.mortem.stack.unwind;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.dwarf.cfi.EhFrameHeader;
import dev.mortem.format.dwarf.cfi.FrameBases;
import dev.mortem.format.dwarf.cfi.FrameSection;
import dev.mortem.format.dwarf.cfi.FrameTable;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.stack.locate.ModuleImage;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The call frame information of a module of which no file is at hand: PT_GNU_EH_FRAME leads to
 * {@code .eh_frame_hdr} in the process's memory, and that to {@code .eh_frame} (LSB Core, 10.6.2).
 */
final class MemoryFrames {
    /** Bytes of one section copied from memory. */
    static final Limit SECTION_SIZE_MAX = new Limit(
            "frame information in memory",
            64L << 20,
            "bytes",
            "the largest libraries of browsers have some 20 MB; a header may claim anything");

    private final ModuleImage image;
    private final MemoryReader memory;
    private final Limits limits;

    private MemoryFrames(ModuleImage image, MemoryReader memory, Limits limits) {
        this.image = image;
        this.memory = memory;
        this.limits = limits;
    }

    /** The table; it finds nothing where the header or the section is not in the dump. */
    static FrameTable of(
            ModuleImage image, MemoryReader memory, Limits limits, Diagnostics diagnostics) {
        Optional<EhFrameHeader> header = Optional.empty();
        List<FrameSection> sections = List.of();
        Optional<ElfFile> headers = image.headers();
        if (headers.isPresent() && image.bias().isPresent()) {
            MemoryFrames frames = new MemoryFrames(image, memory, limits);
            try {
                header = frames.header(headers.get());
                sections = header.flatMap(found -> frames.section(found, headers.get()))
                        .map(List::of)
                        .orElse(List.of());
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "stacks through this module are guessed");
            }
        }
        return FrameTable.of(header, sections, limits, diagnostics);
    }

    private Optional<EhFrameHeader> header(ElfFile headers) throws MalformedException {
        Optional<ProgramHeader> segment = headers.segment(ProgramHeader.PT_GNU_EH_FRAME);
        if (segment.isEmpty()) {
            return Optional.empty();
        }
        ByteSource bytes =
                view(".eh_frame_hdr", segment.get().svma(), segment.get().memorySizeBytes());
        if (bytes.sizeBytes() == 0) {
            return Optional.empty(); // a dump without the module's read-only pages
        }
        return Optional.of(EhFrameHeader.read(
                bytes, FrameBases.of(segment.get().svma(), addressSizeBytes(headers))));
    }

    private Optional<FrameSection> section(EhFrameHeader header, ElfFile headers) {
        OptionalLong svma = header.ehFrameAddress();
        for (ProgramHeader segment : headers.programHeaders()) {
            boolean holdsIt = svma.isPresent()
                    && segment.type() == ProgramHeader.PT_LOAD
                    && segment.svmaRange().contains(svma.getAsLong());
            if (holdsIt) {
                long size = segment.svmaRange().end() - svma.getAsLong();
                FrameBases bases = FrameBases.of(svma.getAsLong(), addressSizeBytes(headers));
                return Optional.of(new FrameSection(
                        FrameSection.Kind.EH_FRAME,
                        view(".eh_frame", svma.getAsLong(), size),
                        bases));
            }
        }
        return Optional.empty();
    }

    private ByteSource view(String section, long svma, long sizeBytes) {
        long address = svma + image.bias().orElseThrow();
        return memory.view(
                image.module().name() + " " + section,
                AddressRange.ofSize(address, sizeBytes),
                limits.maxInt(SECTION_SIZE_MAX));
    }

    private static int addressSizeBytes(ElfFile headers) {
        return headers.header().elfClass().wordSizeBytes();
    }
}
