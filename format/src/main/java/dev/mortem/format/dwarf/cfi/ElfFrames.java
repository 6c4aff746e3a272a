package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.SectionHeader;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds the call frame information of an ELF file, by its section headers or, in a file that has none,
 * by PT_GNU_EH_FRAME.
 */
public final class ElfFrames {
    private final Diagnostics diagnostics;
    private final List<FrameSection> sections = new ArrayList<>();
    private Optional<EhFrameHeader> header = Optional.empty();

    private ElfFrames(Diagnostics diagnostics) {
        this.diagnostics = diagnostics;
    }

    /**
     * The table of a module: its own sections, and {@code .debug_frame} of its separate debug file.
     * Sections that cannot be read are reported and left out.
     */
    public static FrameTable of(
            ElfFile module, Optional<ElfFile> debugFile, Limits limits, Diagnostics diagnostics) {
        ElfFrames frames = new ElfFrames(diagnostics);
        frames.addEhFrame(module);
        frames.addDebugFrame(module);
        debugFile.ifPresent(frames::addDebugFrame);
        return FrameTable.of(frames.header, frames.sections, limits, diagnostics);
    }

    private void addEhFrame(ElfFile module) {
        Optional<SectionHeader> section = module.section(".eh_frame");
        addHeader(module);
        if (section.isPresent()) {
            add(module, section.get(), FrameSection.Kind.EH_FRAME);
            return;
        }
        OptionalLong address =
                header.map(EhFrameHeader::ehFrameAddress).orElse(OptionalLong.empty());
        if (address.isPresent()) {
            addWithoutSection(module, address.getAsLong());
        }
    }

    private void addHeader(ElfFile module) {
        Optional<ProgramHeader> segment = module.segment(ProgramHeader.PT_GNU_EH_FRAME);
        if (segment.isEmpty()) {
            return;
        }
        try {
            header = Optional.of(EhFrameHeader.read(
                    module.content(segment.get()),
                    FrameBases.of(segment.get().svma(), addressSizeBytes(module))));
        } catch (MalformedException malformed) {
            diagnostics.report(
                    malformed, "the frame information was read from its start to its end");
        }
    }

    private void addDebugFrame(ElfFile module) {
        module.debugSection(".debug_frame")
                .ifPresent(section -> add(module, section, FrameSection.Kind.DEBUG_FRAME));
    }

    private void add(ElfFile module, SectionHeader section, FrameSection.Kind kind) {
        if (section.type() == SectionHeader.SHT_NOBITS) {
            return; // a debug file keeps the header of what it left behind
        }
        try {
            FrameBases bases = new FrameBases(
                    section.svma(),
                    svma(module, ".text"),
                    svma(module, ".got"),
                    addressSizeBytes(module),
                    svma -> OptionalLong.empty());
            sections.add(new FrameSection(kind, module.content(section), bases));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through this module are guessed");
        }
    }

    /** {@code .eh_frame} of a file whose section headers were stripped: up to its segment's end. */
    private void addWithoutSection(ElfFile module, long address) {
        for (ProgramHeader segment : module.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD && segment.svmaRange().contains(address)) {
                ByteSource present = module.presentContent(segment);
                long offset = address - segment.svma();
                ByteSource bytes = present.atMost(".eh_frame", offset, present.sizeBytes());
                FrameBases bases = FrameBases.of(address, addressSizeBytes(module));
                sections.add(new FrameSection(FrameSection.Kind.EH_FRAME, bytes, bases));
                return;
            }
        }
    }

    private static OptionalLong svma(ElfFile module, String section) {
        return module.section(section)
                .map(found -> OptionalLong.of(found.svma()))
                .orElse(OptionalLong.empty());
    }

    private static int addressSizeBytes(ElfFile module) {
        return module.header().elfClass().wordSizeBytes();
    }
}
