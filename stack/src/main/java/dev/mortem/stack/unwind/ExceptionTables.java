package dev.mortem.stack.unwind;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.ehabi.ExceptionIndex;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfMachine;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.stack.locate.ModuleImage;

import java.util.Optional;

/** Finds a module's {@code .ARM.exidx} and {@code .ARM.extab}: in its file, or in the process's memory. */
final class ExceptionTables {
    /** A table of 255 words with the two in front of them. */
    private static final int TABLE_BYTES_MAX = 4 * 257;

    private ExceptionTables() {}

    static Optional<ExceptionIndex> ofFile(ElfFile file) {
        return segment(file)
                .map(segment -> new ExceptionIndex(
                        file.presentContent(segment), segment.svma(), svma -> content(file, svma)));
    }

    private static Optional<ByteSource> content(ElfFile file, long svma) {
        return load(file, svma)
                .map(segment -> file.presentContent(segment)
                        .atMost(".ARM.extab", svma - segment.svma(), TABLE_BYTES_MAX));
    }

    /** For modules of which no file is at hand. */
    static Optional<ExceptionIndex> ofMemory(
            ElfFile headers, ModuleImage image, MemoryReader memory, Limits limits) {
        if (image.bias().isEmpty()) {
            return Optional.empty();
        }
        long bias = image.bias().getAsLong();
        String name = image.module().name();
        int sizeMax = limits.maxInt(MemoryFrames.SECTION_SIZE_MAX);
        return segment(headers)
                .map(segment -> new ExceptionIndex(
                        memory.view(
                                name + " .ARM.exidx",
                                AddressRange.ofSize(
                                        segment.svma() + bias, segment.memorySizeBytes()),
                                sizeMax),
                        segment.svma(),
                        svma -> load(headers, svma)
                                .map(found -> memory.view(
                                        name + " .ARM.extab",
                                        AddressRange.ofSize(svma + bias, TABLE_BYTES_MAX),
                                        TABLE_BYTES_MAX))));
    }

    private static Optional<ProgramHeader> segment(ElfFile headers) {
        return headers.header().machine() == ElfMachine.EM_ARM
                ? headers.segment(ProgramHeader.PT_ARM_EXIDX)
                : Optional.empty();
    }

    private static Optional<ProgramHeader> load(ElfFile headers, long svma) {
        return headers.programHeaders().stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD
                        && segment.svmaRange().contains(svma))
                .findFirst();
    }
}
