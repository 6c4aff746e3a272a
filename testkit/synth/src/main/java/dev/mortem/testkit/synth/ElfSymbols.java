package dev.mortem.testkit.synth;

/**
 * A symbol table (System V ABI, "Symbol Table") and the strings it points into: the content of
 * {@code .symtab} and {@code .strtab}, or of {@code .dynsym} and {@code .dynstr}. The null symbol is
 * there already.
 */
public final class ElfSymbols {
    /** st_info of a global function, STB_GLOBAL and STT_FUNC. */
    public static final int GLOBAL_FUNCTION = 0x12;

    /** st_info of a local function, STB_LOCAL and STT_FUNC. */
    public static final int LOCAL_FUNCTION = 0x02;

    private final ElfTarget target;
    private final Layout entries;
    private final Layout strings;
    private int count = 1;

    public ElfSymbols(ElfTarget target) {
        this.target = target;
        this.entries = target.layout().zeros(target.bits() == 64 ? 24 : 16);
        this.strings = target.layout().u1(0);
    }

    /**
     * @param svma st_value
     * @param sizeBytes st_size
     * @param info st_info
     * @param section st_shndx; 0 is an import
     */
    public ElfSymbols add(String name, Label svma, Label sizeBytes, int info, int section) {
        long nameOffset = strings.sizeBytes();
        strings.cString(name);
        entries.u4(nameOffset);
        if (target.bits() == 64) {
            entries.u1(info).u1(0).u2(section).u8(svma).u8(sizeBytes);
        } else {
            entries.u4(svma).u4(sizeBytes).u1(info).u1(0).u2(section);
        }
        count++;
        return this;
    }

    /** A global function in section {@code section}. */
    public ElfSymbols function(String name, long svma, long sizeBytes, int section) {
        return add(name, Label.of(svma), Label.of(sizeBytes), GLOBAL_FUNCTION, section);
    }

    public Layout entries() {
        return entries;
    }

    public Layout strings() {
        return strings;
    }

    /** With the null symbol. */
    public int count() {
        return count;
    }

    public int entrySizeBytes() {
        return target.bits() == 64 ? 24 : 16;
    }

    /**
     * DT_HASH with one bucket in which all symbols are chained: a sound table, if a slow one; its
     * nchain is the only place that says how many dynamic symbols there are.
     */
    public Layout hashTable() {
        Layout table = target.layout().u4(1).u4(count).u4(count > 1 ? 1 : 0).u4(0);
        for (int index = 1; index < count; index++) {
            table.u4(index + 1 < count ? index + 1 : 0);
        }
        return table;
    }
}
