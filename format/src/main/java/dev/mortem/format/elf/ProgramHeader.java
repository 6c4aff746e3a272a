package dev.mortem.format.elf;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;

/**
 * Elf32_Phdr, 32 bytes, and Elf64_Phdr, 56 bytes: one segment (gABI chapter 5, Program Header).
 *
 * @param type p_type: {@link #PT_LOAD} …
 * @param flags p_flags: {@link #PF_R}, {@link #PF_W}, {@link #PF_X}
 * @param svma p_vaddr: the address as linked; in a core, the address in the process
 * @param fileSizeBytes p_filesz, unsigned
 * @param memorySizeBytes p_memsz, unsigned; what exceeds the file size is zeros in a module, and
 *     absent in a core
 */
public record ProgramHeader(
        long type,
        long flags,
        long fileOffset,
        long svma,
        long fileSizeBytes,
        long memorySizeBytes,
        long alignment) {
    public static final long PT_NULL = 0;
    public static final long PT_LOAD = 1;
    public static final long PT_DYNAMIC = 2;
    public static final long PT_INTERP = 3;
    public static final long PT_NOTE = 4;
    public static final long PT_PHDR = 6;
    public static final long PT_TLS = 7;
    public static final long PT_GNU_EH_FRAME = 0x6474_e550L;
    public static final long PT_GNU_STACK = 0x6474_e551L;
    public static final long PT_GNU_RELRO = 0x6474_e552L;
    public static final long PT_GNU_PROPERTY = 0x6474_e553L;
    public static final long PT_ARM_EXIDX = 0x7000_0001L;

    public static final long PF_X = 1;
    public static final long PF_W = 2;
    public static final long PF_R = 4;

    static ProgramHeader read(ByteSource entry, ElfClass elfClass) throws MalformedException {
        return new ProgramHeader(
                entry.u4("p_type", 0),
                entry.u4("p_flags", elfClass.pick(24, 4)),
                elfClass.word(entry, "p_offset", 4, 8),
                elfClass.word(entry, "p_vaddr", 8, 16),
                elfClass.word(entry, "p_filesz", 16, 32),
                elfClass.word(entry, "p_memsz", 20, 40),
                elfClass.word(entry, "p_align", 28, 48));
    }

    /** Puts this entry at the buffer's position; p_paddr is 0, as in a core. */
    public void write(ByteBuffer target, ElfClass elfClass) {
        boolean flagsFirst = elfClass == ElfClass.ELFCLASS64;
        target.putInt((int) type);
        if (flagsFirst) {
            target.putInt((int) flags);
        }
        elfClass.putWord(target, fileOffset);
        elfClass.putWord(target, svma);
        elfClass.putWord(target, 0);
        elfClass.putWord(target, fileSizeBytes);
        elfClass.putWord(target, memorySizeBytes);
        if (!flagsFirst) {
            target.putInt((int) flags);
        }
        elfClass.putWord(target, alignment);
    }

    /** Size of an entry in a file of this class. */
    public static int sizeBytes(ElfClass elfClass) {
        return elfClass.pick(32, 56);
    }

    /** From p_vaddr, p_memsz long; cut where the address space ends. */
    public AddressRange svmaRange() {
        return AddressRange.ofSize(svma, memorySizeBytes);
    }

    public boolean isReadable() {
        return (flags & PF_R) != 0;
    }

    public boolean isWritable() {
        return (flags & PF_W) != 0;
    }

    public boolean isExecutable() {
        return (flags & PF_X) != 0;
    }
}
