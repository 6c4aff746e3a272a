package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A view of a symbol table (gABI chapter 4, Symbol Table): nothing is decoded before it is asked
 * for. Immutable, safe for any thread while the file below is open.
 *
 * <p>Whoever needs the addresses of many and the names of few asks {@link #svma}, {@link #info} and
 * {@link #name} by index and makes no objects.
 */
public final class SymbolTable implements Iterable<ElfSymbol> {
    private final ElfClass elfClass;
    private final ByteSource entries;
    private final int entrySizeBytes;
    private final int count;
    private final ByteSource names;
    private final Optional<ByteSource> extendedIndexes;
    private final int nameBytesMax;
    private final Diagnostics diagnostics;

    SymbolTable(
            ElfClass elfClass,
            ByteSource entries,
            ByteSource names,
            Optional<ByteSource> extendedIndexes,
            Limits limits,
            Diagnostics diagnostics)
            throws MalformedException {
        this.elfClass = elfClass;
        this.entries = entries;
        this.entrySizeBytes = entrySizeBytes(elfClass);
        long whole = entries.sizeBytes() / entrySizeBytes;
        if (!limits.allows(ElfLimits.SYMBOLS, whole)) {
            throw entries.malformed(
                    "symbols",
                    0,
                    "%,d entries".formatted(whole),
                    "at most %,d".formatted(limits.max(ElfLimits.SYMBOLS)));
        }
        this.count = (int) whole;
        this.names = names;
        this.extendedIndexes = extendedIndexes;
        this.nameBytesMax = limits.maxInt(ElfLimits.SYMBOL_NAME_BYTES);
        this.diagnostics = diagnostics;
    }

    static int entrySizeBytes(ElfClass elfClass) {
        return elfClass.pick(16, 24);
    }

    /** How many entries, the reserved first one included. */
    public int count() {
        return count;
    }

    /** Entry {@code index}, from 0 to count - 1. */
    public ElfSymbol symbol(int index) throws MalformedException {
        int info = info(index);
        return new ElfSymbol(
                name(index),
                svma(index),
                sizeBytes(index),
                info & 0xf,
                info >>> 4,
                sectionIndex(index),
                entries.u1("st_other", at(index, 13, 5)) & 0x3);
    }

    public long svma(int index) throws MalformedException {
        return entries.unsigned("st_value", at(index, 4, 8), elfClass.wordSizeBytes());
    }

    public long sizeBytes(int index) throws MalformedException {
        return entries.unsigned("st_size", at(index, 8, 16), elfClass.wordSizeBytes());
    }

    /** st_info: the binding above the low four bits, the type in them. */
    public int info(int index) throws MalformedException {
        return entries.u1("st_info", at(index, 12, 4));
    }

    public int sectionIndex(int index) throws MalformedException {
        int stated = entries.u2("st_shndx", at(index, 14, 6));
        if (stated != SectionHeader.SHN_XINDEX || extendedIndexes.isEmpty()) {
            return stated;
        }
        return extendedIndexes.get().s4("st_shndx, extended", (long) index * 4);
    }

    public String name(int index) throws MalformedException {
        return names.cString("st_name", entries.u4("st_name", at(index, 0, 0)), nameBytesMax);
    }

    /** All entries in order; one that is broken is reported and passed over. */
    @Override
    public Iterator<ElfSymbol> iterator() {
        return new Iterator<>() {
            private int next;
            private Optional<ElfSymbol> ahead = Optional.empty();

            @Override
            public boolean hasNext() {
                while (ahead.isEmpty() && next < count) {
                    try {
                        ahead = Optional.of(symbol(next));
                    } catch (MalformedException malformed) {
                        diagnostics.report(malformed, "this symbol is lost");
                    }
                    next++;
                }
                return ahead.isPresent();
            }

            @Override
            public ElfSymbol next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("the table has " + count + " symbols");
                }
                ElfSymbol symbol = ahead.orElseThrow();
                ahead = Optional.empty();
                return symbol;
            }
        };
    }

    private long at(int index, int offset32, int offset64) {
        return (long) index * entrySizeBytes + elfClass.pick(offset32, offset64);
    }
}
