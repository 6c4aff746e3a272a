package dev.mortem.format.elf;

/**
 * Elf32_Sym or Elf64_Sym, decoded (gABI chapter 4, Symbol Table).
 *
 * @param name from the string table
 * @param svma st_value: an address as linked, except for {@link #STT_TLS} and {@link
 *     SectionHeader#SHN_ABS}. On ARM, bit 0 of a function's says that it is Thumb code
 * @param sizeBytes st_size; 0 where unknown
 * @param type low half of st_info: {@link #STT_FUNC} …
 * @param binding high half of st_info: {@link #STB_GLOBAL} …
 * @param sectionIndex st_shndx, the true one where it is extended
 * @param visibility low bits of st_other: {@link #STV_HIDDEN} …
 */
public record ElfSymbol(
        String name,
        long svma,
        long sizeBytes,
        int type,
        int binding,
        int sectionIndex,
        int visibility) {
    public static final int STT_NOTYPE = 0;
    public static final int STT_OBJECT = 1;
    public static final int STT_FUNC = 2;
    public static final int STT_SECTION = 3;
    public static final int STT_FILE = 4;
    public static final int STT_TLS = 6;
    public static final int STT_GNU_IFUNC = 10;

    public static final int STB_LOCAL = 0;
    public static final int STB_GLOBAL = 1;
    public static final int STB_WEAK = 2;

    public static final int STV_DEFAULT = 0;
    public static final int STV_INTERNAL = 1;
    public static final int STV_HIDDEN = 2;
    public static final int STV_PROTECTED = 3;

    /** Whether the symbol stands in this module, not in one that it needs. */
    public boolean isDefined() {
        return sectionIndex != SectionHeader.SHN_UNDEF;
    }

    /** Whether it names code. */
    public boolean isFunction() {
        return type == STT_FUNC || type == STT_GNU_IFUNC;
    }
}
