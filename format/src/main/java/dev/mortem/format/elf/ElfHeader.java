package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Elf32_Ehdr, 52 bytes, and Elf64_Ehdr, 64 bytes (gABI chapter 4, ELF Header). The counts are as
 * they stand in the header: {@link ElfFile} resolves extended numbering.
 *
 * @param type e_type: {@link #ET_EXEC}, {@link #ET_DYN}, {@link #ET_CORE} …
 * @param machine e_machine, see {@link ElfMachine}
 * @param osAbi e_ident[EI_OSABI]: 0 for System V and Linux, 3 for GNU extensions, 9 for FreeBSD
 * @param flags e_flags: the machine's own, its ABI on MIPS and ARM
 */
public record ElfHeader(
        ElfClass elfClass,
        ByteOrder order,
        int osAbi,
        int type,
        int machine,
        long entry,
        long programHeadersOffset,
        long sectionHeadersOffset,
        long flags,
        int programHeaderSizeBytes,
        int programHeaderCount,
        int sectionHeaderSizeBytes,
        int sectionHeaderCount,
        int sectionNamesIndex) {
    public static final int ET_REL = 1;
    public static final int ET_EXEC = 2;
    public static final int ET_DYN = 3;
    public static final int ET_CORE = 4;
    public static final int EV_CURRENT = 1;

    /** e_phnum where the true count does not fit; it then stands in sh_info of section header 0. */
    public static final int PN_XNUM = 0xffff;

    private static final long MAGIC = 0x7f45_4c46L; // 0x7f "ELF", read big-endian

    /** Whether the bytes start as every ELF file does. */
    public static boolean isElf(ByteSource file) {
        try {
            return file.withOrder(ByteOrder.BIG_ENDIAN).u4("EI_MAG", 0) == MAGIC;
        } catch (MalformedException tooShort) {
            return false;
        }
    }

    /** Whether the bytes start as an ELF core does: its type says ET_CORE, in its own byte order. */
    public static boolean isCore(ByteSource file) {
        try {
            boolean bigEndian = file.u1("e_ident.EI_DATA", 5) == 2;
            ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            return isElf(file) && file.withOrder(order).u2("e_type", 16) == ET_CORE;
        } catch (MalformedException tooShort) {
            return false;
        }
    }

    static ElfHeader read(ByteSource file) throws MalformedException {
        long magic = file.withOrder(ByteOrder.BIG_ENDIAN).u4("e_ident.EI_MAG", 0);
        if (magic != MAGIC) {
            throw file.malformed(
                    "e_ident.EI_MAG", 0, "0x%08x".formatted(magic), "0x7f454c46: \"\\x7fELF\"");
        }
        ElfClass elfClass = elfClass(file);
        ByteOrder order = order(file);
        ByteSource header = file.withOrder(order).slice("ElfHeader", 0, sizeBytes(elfClass));
        int tail = elfClass.pick(36, 48); // behind the three words the classes are alike again
        return new ElfHeader(
                elfClass,
                order,
                header.u1("e_ident.EI_OSABI", 7),
                header.u2("e_type", 16),
                header.u2("e_machine", 18),
                elfClass.word(header, "e_entry", 24, 24),
                elfClass.word(header, "e_phoff", 28, 32),
                elfClass.word(header, "e_shoff", 32, 40),
                header.u4("e_flags", tail),
                header.u2("e_phentsize", tail + 6),
                header.u2("e_phnum", tail + 8),
                header.u2("e_shentsize", tail + 10),
                header.u2("e_shnum", tail + 12),
                header.u2("e_shstrndx", tail + 14));
    }

    /** Puts this header at the buffer's position; the buffer has this header's order. */
    public void write(ByteBuffer target) {
        int start = target.position();
        target.put(new byte[] {0x7f, 'E', 'L', 'F'});
        target.put((byte) elfClass.pick(1, 2));
        target.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2));
        target.put((byte) EV_CURRENT).put((byte) osAbi);
        target.position(start + 16);
        target.putShort((short) type).putShort((short) machine).putInt(EV_CURRENT);
        elfClass.putWord(target, entry);
        elfClass.putWord(target, programHeadersOffset);
        elfClass.putWord(target, sectionHeadersOffset);
        target.putInt((int) flags).putShort((short) sizeBytes(elfClass));
        target.putShort((short) programHeaderSizeBytes).putShort((short) programHeaderCount);
        target.putShort((short) sectionHeaderSizeBytes).putShort((short) sectionHeaderCount);
        target.putShort((short) sectionNamesIndex);
    }

    /** Size of the header in a file of this class. */
    public static int sizeBytes(ElfClass elfClass) {
        return elfClass.pick(52, 64);
    }

    public boolean is64() {
        return elfClass == ElfClass.ELFCLASS64;
    }

    private static ElfClass elfClass(ByteSource file) throws MalformedException {
        int value = file.u1("e_ident.EI_CLASS", 4);
        return switch (value) {
            case 1 -> ElfClass.ELFCLASS32;
            case 2 -> ElfClass.ELFCLASS64;
            default ->
                throw file.malformed(
                        "e_ident.EI_CLASS",
                        4,
                        String.valueOf(value),
                        "1 (ELFCLASS32) or 2 (ELFCLASS64)");
        };
    }

    private static ByteOrder order(ByteSource file) throws MalformedException {
        int value = file.u1("e_ident.EI_DATA", 5);
        return switch (value) {
            case 1 -> ByteOrder.LITTLE_ENDIAN;
            case 2 -> ByteOrder.BIG_ENDIAN;
            default ->
                throw file.malformed(
                        "e_ident.EI_DATA",
                        5,
                        String.valueOf(value),
                        "1 (ELFDATA2LSB) or 2 (ELFDATA2MSB)");
        };
    }
}
