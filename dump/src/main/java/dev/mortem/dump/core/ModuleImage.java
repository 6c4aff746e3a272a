package dev.mortem.dump.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule.Mapping;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.elf.ElfDynamic;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.elf.ElfNote;
import dev.mortem.format.elf.ProgramHeader;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The ELF headers of a module as they lie in the process's memory.
 *
 * @param bias address minus svma
 */
record ModuleImage(
        ElfFile headers, long bias, MemoryReader memory, Limits limits, Diagnostics diagnostics) {
    private static final long PAGE_BYTES = 4096;
    private static final String OWNER_LINUX = "Linux";
    private static final int NOTE_BYTES_MAX = 1 << 16; // a module's notes take some hundred bytes

    /**
     * The headers at {@code base}, where the file's start is mapped; empty where there are none.
     */
    static Optional<ModuleImage> at(
            long base, MemoryReader memory, Limits limits, Diagnostics diagnostics) {
        int sizeBytes = limits.maxInt(CoreLimits.MODULE_HEADER_BYTES);
        String name = "module at " + Addresses.hex(base);
        ByteSource view = memory.view(name, AddressRange.ofSize(base, sizeBytes), sizeBytes);
        if (!ElfHeader.isElf(view)) {
            return Optional.empty();
        }
        try {
            ElfFile headers = ElfFile.readImage(view, limits, diagnostics);
            return Optional.of(new ModuleImage(
                    headers, base - firstSvma(headers), memory, limits, diagnostics));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the build id of the " + name + " is unknown");
            return Optional.empty();
        }
    }

    /** The svma of file offset 0. */
    private static long firstSvma(ElfFile headers) {
        return headers.segment(ProgramHeader.PT_LOAD)
                .map(first -> first.svma() - first.fileOffset())
                .orElse(0L);
    }

    Optional<String> buildId() {
        for (ProgramHeader segment : headers.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_NOTE) {
                Optional<String> found = ElfFile.buildId(notes(segment));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** The kernel's version, as its vdso notes it: owner "Linux", type 0, LINUX_VERSION_CODE. */
    Optional<String> linuxVersion() {
        for (ProgramHeader segment : headers.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_NOTE) {
                for (ElfNote note : notes(segment)) {
                    if (note.is(OWNER_LINUX, 0) && note.content().sizeBytes() == 4) {
                        return version(note.content());
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> version(ByteSource content) {
        try {
            long code = content.u4("LINUX_VERSION_CODE", 0);
            return Optional.of("%d.%d.%d".formatted(code >> 16, code >> 8 & 0xff, code & 0xff));
        } catch (MalformedException cutWhileMapped) {
            return Optional.empty();
        }
    }

    /** From the lowest to the highest address of its segments. */
    AddressRange range() {
        long start = -1L;
        long end = 0;
        for (Mapping mapping : mappings()) {
            start = Addresses.min(start, mapping.range().start());
            end = Addresses.max(end, mapping.range().end());
        }
        return AddressRange.between(start, end);
    }

    /** What the dynamic linker maps for each segment, in whole pages. */
    List<Mapping> mappings() {
        List<Mapping> mappings = new ArrayList<>();
        for (ProgramHeader segment : headers.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD && segment.memorySizeBytes() != 0) {
                mappings.add(new Mapping(
                        pages(segment), Addresses.alignDown(segment.fileOffset(), PAGE_BYTES)));
            }
        }
        return mappings;
    }

    /** The whole pages that a segment is mapped to. */
    AddressRange pages(ProgramHeader segment) {
        long address = segment.svma() + bias;
        long start = Addresses.alignDown(address, PAGE_BYTES);
        long end = Addresses.alignUp(address + segment.memorySizeBytes(), PAGE_BYTES);
        return AddressRange.between(start, end);
    }

    /** Where the dynamic linker keeps its list: DT_DEBUG of an executable that has started. */
    OptionalLong debugAddress() {
        try {
            return ElfDynamic.read(
                            headers,
                            bias,
                            (part, svma, sizeBytes) -> memory.view(
                                    part, AddressRange.ofSize(svma + bias, sizeBytes), (int)
                                            Math.min(sizeBytes, NOTE_BYTES_MAX)),
                            limits,
                            diagnostics)
                    .map(dynamic -> dynamic.value(ElfDynamic.DT_DEBUG))
                    .orElse(OptionalLong.empty());
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the list of loaded libraries is not found");
            return OptionalLong.empty();
        }
    }

    private List<ElfNote> notes(ProgramHeader segment) {
        ByteSource notes = memory.view(
                        "PT_NOTE",
                        AddressRange.ofSize(segment.svma() + bias, segment.memorySizeBytes()),
                        NOTE_BYTES_MAX)
                .withOrder(headers.header().order());
        // a page that is not in the dump is no fault of the module's notes
        return notes.sizeBytes() < segment.memorySizeBytes()
                ? List.of()
                : ElfNote.readAll(notes, segment.alignment(), limits, diagnostics);
    }
}
