package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;

/**
 * Elf32_Shdr, 40 bytes, and Elf64_Shdr, 64 bytes: one section (gABI chapter 4, Sections).
 *
 * @param index of the section in its file; 0 is the reserved first one
 * @param name from the section name table; empty where that cannot be read
 * @param type sh_type: {@link #SHT_PROGBITS} …
 * @param svma sh_addr: the address as linked; 0 for a section that is not loaded
 * @param sizeBytes sh_size in the file, before inflating; unsigned
 * @param link sh_link: of a symbol table, its string table's index
 */
public record SectionHeader(
        int index,
        String name,
        long type,
        long flags,
        long svma,
        long fileOffset,
        long sizeBytes,
        long link,
        long info,
        long entrySizeBytes,
        long alignment) {
    public static final long SHT_NULL = 0;
    public static final long SHT_PROGBITS = 1;
    public static final long SHT_SYMTAB = 2;
    public static final long SHT_STRTAB = 3;
    public static final long SHT_NOTE = 7;
    public static final long SHT_NOBITS = 8;
    public static final long SHT_DYNSYM = 11;
    public static final long SHT_SYMTAB_SHNDX = 18;

    public static final long SHF_WRITE = 0x1;
    public static final long SHF_ALLOC = 0x2;
    public static final long SHF_EXECINSTR = 0x4;
    public static final long SHF_COMPRESSED = 0x800;

    /** Not a section: a symbol with this index is defined elsewhere. */
    public static final int SHN_UNDEF = 0;

    /** The symbol's value is no address and does not move with the module. */
    public static final int SHN_ABS = 0xfff1;

    /** The true index does not fit and stands elsewhere. */
    public static final int SHN_XINDEX = 0xffff;

    /** The entry as it stands; its name is found by {@link ElfFile}, at {@link #nameOffset}. */
    static SectionHeader read(ByteSource entry, ElfClass elfClass, int index, String name)
            throws MalformedException {
        return new SectionHeader(
                index,
                name,
                entry.u4("sh_type", 4),
                elfClass.word(entry, "sh_flags", 8, 8),
                elfClass.word(entry, "sh_addr", 12, 16),
                elfClass.word(entry, "sh_offset", 16, 24),
                elfClass.word(entry, "sh_size", 20, 32),
                entry.u4("sh_link", elfClass.pick(24, 40)),
                entry.u4("sh_info", elfClass.pick(28, 44)),
                elfClass.word(entry, "sh_entsize", 36, 56),
                elfClass.word(entry, "sh_addralign", 32, 48));
    }

    /** Puts this entry, without a name, at the buffer's position. */
    public void write(ByteBuffer target, ElfClass elfClass) {
        target.putInt(0).putInt((int) type);
        elfClass.putWord(target, flags);
        elfClass.putWord(target, svma);
        elfClass.putWord(target, fileOffset);
        elfClass.putWord(target, sizeBytes);
        target.putInt((int) link).putInt((int) info);
        elfClass.putWord(target, alignment);
        elfClass.putWord(target, entrySizeBytes);
    }

    static long nameOffset(ByteSource entry) throws MalformedException {
        return entry.u4("sh_name", 0);
    }

    /** Size of an entry in a file of this class. */
    public static int sizeBytes(ElfClass elfClass) {
        return elfClass.pick(40, 64);
    }

    public boolean isLoaded() {
        return (flags & SHF_ALLOC) != 0;
    }
}
