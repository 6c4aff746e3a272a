package dev.mortem.dump.core;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.copy.DumpContent;
import dev.mortem.dump.copy.MemoryPlan;
import dev.mortem.format.elf.ElfClass;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.elf.ElfMachine;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.elf.core.CoreAbi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where everything goes in a core that is to be written: ELF header, program headers, section
 * header 0 where the segments are too many for e_phnum, notes, then the memory in whole pages.
 *
 * @param head all bytes before the memory
 * @param memoryOffset where the memory starts in the file
 * @param sizeBytes of the whole file
 * @param plans the memory to copy, by ascending address and file offset
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CoreLayout(byte[] head, long memoryOffset, long sizeBytes, List<MemoryPlan> plans) {
    private static final int PAGE_BYTES = 4096;

    static CoreLayout of(ProcessSnapshot snapshot) throws IOException {
        CoreAbi abi = CoreAbi.of(snapshot.machine())
                .orElseThrow(
                        () -> new IOException("no ELF core can be written for the machine \"%s\""
                                .formatted(snapshot.machine().name())));
        byte[] notes = CoreNoteList.bytes(snapshot, abi);
        List<MemoryRegion> regions = snapshot.regions();
        ElfClass elfClass = abi.elfClass();
        boolean extended = regions.size() + 1 >= ElfHeader.PN_XNUM;
        long notesOffset = ElfHeader.sizeBytes(elfClass)
                + (long) (regions.size() + 1) * ProgramHeader.sizeBytes(elfClass)
                + (extended ? SectionHeader.sizeBytes(elfClass) : 0);
        long memoryOffset = Addresses.alignUp(notesOffset + notes.length, PAGE_BYTES);

        List<MemoryPlan> plans = new ArrayList<>();
        long offset = memoryOffset;
        for (MemoryRegion region : regions) {
            MemoryPlan plan = MemoryPlan.of(snapshot, region, offset);
            plans.add(plan);
            offset += Addresses.alignUp(plan.fileSizeBytes(), PAGE_BYTES);
        }
        if (elfClass == ElfClass.ELFCLASS32 && offset > 0xffff_ffffL) {
            throw new IOException(
                    "the memory takes %,d bytes; an ELF core of a 32-bit process holds 4 GiB"
                            .formatted(offset));
        }
        Head head = new Head(snapshot, abi, extended, notesOffset, notes, plans);
        return new CoreLayout(
                head.bytes(Math.toIntExact(memoryOffset)),
                memoryOffset,
                offset,
                List.copyOf(plans));
    }

    DumpContent content() {
        return new DumpContent(head, sizeBytes, plans);
    }

    /** What stands before the memory. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Head(
            ProcessSnapshot snapshot,
            CoreAbi abi,
            boolean extended,
            long notesOffset,
            byte[] notes,
            List<MemoryPlan> plans) {
        byte[] bytes(int sizeBytes) {
            byte[] bytes = new byte[sizeBytes];
            ByteBuffer target = ByteBuffer.wrap(bytes).order(abi.order());
            ElfClass elfClass = abi.elfClass();
            int segments = plans.size() + 1;
            header(segments).write(target);
            notesHeader().write(target, elfClass);
            for (MemoryPlan plan : plans) {
                programHeader(plan).write(target, elfClass);
            }
            if (extended) {
                new SectionHeader(0, "", SectionHeader.SHT_NULL, 0, 0, 0, 1, 0, segments, 0, 0)
                        .write(target, elfClass);
            }
            target.put(notes);
            return bytes;
        }

        private ElfHeader header(int segments) {
            ElfClass elfClass = abi.elfClass();
            int tableOffset = ElfHeader.sizeBytes(elfClass);
            int programHeaderSize = ProgramHeader.sizeBytes(elfClass);
            return new ElfHeader(
                    elfClass,
                    abi.order(),
                    0,
                    ElfHeader.ET_CORE,
                    abi.machine(),
                    0,
                    tableOffset,
                    extended ? tableOffset + (long) segments * programHeaderSize : 0,
                    ElfMachine.flags(snapshot.machine()),
                    programHeaderSize,
                    extended ? ElfHeader.PN_XNUM : segments,
                    extended ? SectionHeader.sizeBytes(elfClass) : 0,
                    extended ? 1 : 0,
                    0);
        }

        private ProgramHeader notesHeader() {
            return new ProgramHeader(ProgramHeader.PT_NOTE, 0, notesOffset, 0, notes.length, 0, 4);
        }

        private static ProgramHeader programHeader(MemoryPlan plan) {
            MemoryRegion region = plan.region();
            long flags = (region.isReadable() ? ProgramHeader.PF_R : 0)
                    | (region.isWritable() ? ProgramHeader.PF_W : 0)
                    | (region.isExecutable() ? ProgramHeader.PF_X : 0);
            return new ProgramHeader(
                    ProgramHeader.PT_LOAD,
                    flags,
                    plan.fileOffset(),
                    region.range().start(),
                    plan.fileSizeBytes(),
                    region.range().sizeBytes(),
                    PAGE_BYTES);
        }
    }
}
