package dev.mortem.dump.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
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
 * @param populatedBytes the sum of what is to be copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CoreLayout(
        byte[] head, long memoryOffset, long sizeBytes, List<Plan> plans, long populatedBytes) {
    private static final int PAGE_BYTES = 4096;

    /**
     * Reserved memory that nobody touched yet takes no room even as a hole: file systems end at 8
     * or 16 TiB. A heap of this size that holds nothing is the address sanitizer's shadow or Go's
     * arena.
     */
    private static final long UNTOUCHED_BYTES_MAX = 64L << 30;

    /** One region: its bytes go to the file from {@code fileOffset} on. */
    record Plan(
            MemoryRegion region, long fileOffset, long fileSizeBytes, List<AddressRange> data) {}

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

        List<Plan> plans = new ArrayList<>();
        long offset = memoryOffset;
        long populated = 0;
        for (MemoryRegion region : regions) {
            List<AddressRange> data = data(snapshot, region);
            long fileSize = fileSizeBytes(region, data);
            plans.add(new Plan(region, offset, fileSize, fileSize == 0 ? List.of() : data));
            offset += Addresses.alignUp(fileSize, PAGE_BYTES);
            populated += fileSize == 0 ? 0 : sum(data);
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
                List.copyOf(plans),
                populated);
    }

    /** What of the region is present and may hold anything but zeros. */
    private static List<AddressRange> data(ProcessSnapshot snapshot, MemoryRegion region) {
        AddressRange present = region.present();
        return snapshot.populated(region).stream()
                .map(present::intersection)
                .filter(range -> !range.isEmpty())
                .toList();
    }

    private static long fileSizeBytes(MemoryRegion region, List<AddressRange> data) {
        boolean accessible = region.isReadable() || region.isWritable() || region.isExecutable();
        boolean reserved =
                !accessible || Long.compareUnsigned(region.presentBytes(), UNTOUCHED_BYTES_MAX) > 0;
        return data.isEmpty() && reserved ? 0 : region.presentBytes();
    }

    private static long sum(List<AddressRange> ranges) {
        return ranges.stream().mapToLong(AddressRange::sizeBytes).sum();
    }

    /** What stands before the memory. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Head(
            ProcessSnapshot snapshot,
            CoreAbi abi,
            boolean extended,
            long notesOffset,
            byte[] notes,
            List<Plan> plans) {
        byte[] bytes(int sizeBytes) {
            byte[] bytes = new byte[sizeBytes];
            ByteBuffer target = ByteBuffer.wrap(bytes).order(abi.order());
            ElfClass elfClass = abi.elfClass();
            int segments = plans.size() + 1;
            header(segments).write(target);
            notesHeader().write(target, elfClass);
            for (Plan plan : plans) {
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

        private static ProgramHeader programHeader(Plan plan) {
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
