package dev.mortem.format.elf;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The dynamic section (gABI chapter 5, Dynamic Section) of a module in memory: enough to read
 * .dynsym of a module whose file is nowhere.
 *
 * <p>The dynamic linker may have changed d_ptr values: glibc adds the load bias to them on most
 * CPUs, musl and the vdso's are as linked. A value inside the module's own segments is an svma; any
 * other is an address.
 */
public final class ElfDynamic {
    public static final long DT_NULL = 0;
    public static final long DT_HASH = 4;
    public static final long DT_STRTAB = 5;
    public static final long DT_SYMTAB = 6;
    public static final long DT_STRSZ = 10;
    public static final long DT_SYMENT = 11;
    public static final long DT_SONAME = 14;
    public static final long DT_DEBUG = 21;
    public static final long DT_GNU_HASH = 0x6fff_fef5L;

    private static final int HASH_CHUNK_BYTES = 4096;

    private final ElfClass elfClass;
    private final AddressRange svmaRange;
    private final long bias;
    private final Map<Long, Long> values;
    private final SvmaReader memory;
    private final Limits limits;
    private final Diagnostics diagnostics;

    private ElfDynamic(
            ElfClass elfClass,
            AddressRange svmaRange,
            long bias,
            Map<Long, Long> values,
            SvmaReader memory,
            Limits limits,
            Diagnostics diagnostics) {
        this.elfClass = elfClass;
        this.svmaRange = svmaRange;
        this.bias = bias;
        this.values = values;
        this.memory = memory;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads PT_DYNAMIC of an image.
     *
     * @param image headers, as {@link ElfFile#readImage} gives them
     * @param bias address minus svma of this module
     * @return empty when the image has no PT_DYNAMIC, as a static executable
     * @throws MalformedException when it is not in memory or has no end
     */
    public static Optional<ElfDynamic> read(
            ElfFile image, long bias, SvmaReader memory, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        Optional<ProgramHeader> segment = image.segment(ProgramHeader.PT_DYNAMIC);
        if (segment.isEmpty()) {
            return Optional.empty();
        }
        ElfClass elfClass = image.header().elfClass();
        int entrySizeBytes = 2 * elfClass.wordSizeBytes();
        long wanted = Addresses.min(
                segment.get().memorySizeBytes(),
                limits.max(ElfLimits.DYNAMIC_ENTRIES) * entrySizeBytes);
        ByteSource entries = memory.read("PT_DYNAMIC", segment.get().svma(), wanted)
                .withOrder(image.header().order());
        Map<Long, Long> values = new HashMap<>();
        int word = elfClass.wordSizeBytes();
        for (long offset = 0; ; offset += entrySizeBytes) {
            long tag = entries.unsigned("d_tag", offset, word);
            if (tag == DT_NULL) {
                break;
            }
            values.putIfAbsent(tag, entries.unsigned("d_un", offset + word, word));
        }
        SvmaReader ordered = (part, svma, sizeBytes) ->
                memory.read(part, svma, sizeBytes).withOrder(image.header().order());
        return Optional.of(new ElfDynamic(
                elfClass, svmaRange(image), bias, values, ordered, limits, diagnostics));
    }

    /** The first entry's d_val or d_ptr as it stands. */
    public OptionalLong value(long tag) {
        Long value = values.get(tag);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** DT_SONAME: the library's name as others ask for it. */
    public Optional<String> soname() {
        OptionalLong offset = value(DT_SONAME);
        if (offset.isEmpty()) {
            return Optional.empty();
        }
        try {
            ByteSource strings = strings();
            return Optional.of(strings.cString(
                    "DT_SONAME", offset.getAsLong(), limits.maxInt(ElfLimits.SYMBOL_NAME_BYTES)));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the library's own name is unknown");
            return Optional.empty();
        }
    }

    /** .dynsym as far as it is in memory; its length follows from the hash table. */
    public SymbolTable symbols() throws MalformedException {
        int entrySizeBytes = SymbolTable.entrySizeBytes(elfClass);
        long symtab = svmaOf(DT_SYMTAB);
        long count = Math.min(symbolCount(symtab), limits.max(ElfLimits.SYMBOLS));
        ByteSource entries = memory.read("DT_SYMTAB", symtab, count * entrySizeBytes);
        if (entries.sizeBytes() < count * entrySizeBytes) {
            diagnostics.report(
                    entries.malformed(
                            "symbols",
                            0,
                            "%,d bytes present".formatted(entries.sizeBytes()),
                            "%,d symbols expected".formatted(count)),
                    "the symbols behind are missing");
        }
        return new SymbolTable(elfClass, entries, strings(), Optional.empty(), limits, diagnostics);
    }

    private ByteSource strings() throws MalformedException {
        long sizeBytes = Addresses.min(value(DT_STRSZ).orElse(0), Integer.MAX_VALUE);
        return memory.read("DT_STRTAB", svmaOf(DT_STRTAB), sizeBytes);
    }

    private long symbolCount(long symtab) throws MalformedException {
        if (values.containsKey(DT_HASH)) {
            // nbucket, nchain, …: one chain entry for each symbol (gABI chapter 5, Hash Table)
            return memory.read("DT_HASH", svmaOf(DT_HASH), 8).u4("nchain", 4);
        }
        if (values.containsKey(DT_GNU_HASH)) {
            return gnuHashCount(svmaOf(DT_GNU_HASH));
        }
        // No hash table at all: linkers put .dynstr right behind .dynsym.
        long between = svmaOf(DT_STRTAB) - symtab;
        return between > 0 ? between / SymbolTable.entrySizeBytes(elfClass) : 0;
    }

    /**
     * GNU hash: nbuckets, symoffset, bloom_size, bloom_shift, the bloom words, the buckets, the
     * chains. The last chain starts at the largest bucket and ends at the entry whose bit 0 is set.
     */
    private long gnuHashCount(long svma) throws MalformedException {
        ByteSource head = memory.read("DT_GNU_HASH", svma, 16);
        long buckets = head.u4("nbuckets", 0);
        long symbolOffset = head.u4("symoffset", 4);
        long bloomSizeBytes = head.u4("bloom_size", 8) * elfClass.wordSizeBytes();
        if (!limits.allows(ElfLimits.SYMBOLS, buckets)) {
            throw head.malformed(
                    "nbuckets",
                    0,
                    "%,d".formatted(buckets),
                    "at most %,d".formatted(limits.max(ElfLimits.SYMBOLS)));
        }
        long bucketsAt = svma + 16 + bloomSizeBytes;
        ByteSource table = memory.read("buckets", bucketsAt, buckets * 4);
        long last = 0;
        for (long offset = 0; offset + 4 <= table.sizeBytes(); offset += 4) {
            last = Math.max(last, table.u4("bucket", offset));
        }
        if (last < symbolOffset) {
            return symbolOffset; // every bucket is empty: only the symbols that are not hashed
        }
        return lastOfChain(bucketsAt + buckets * 4, symbolOffset, last) + 1;
    }

    private long lastOfChain(long chainsAt, long symbolOffset, long first)
            throws MalformedException {
        long symbol = first;
        while (limits.allows(ElfLimits.SYMBOLS, symbol)) {
            ByteSource chunk =
                    memory.read("chain", chainsAt + (symbol - symbolOffset) * 4, HASH_CHUNK_BYTES);
            long offset = 0;
            do {
                if ((chunk.u4("chain", offset) & 1) != 0) {
                    return symbol;
                }
                symbol++;
                offset += 4;
            } while (offset + 4 <= chunk.sizeBytes());
        }
        return symbol;
    }

    private long svmaOf(long tag) throws MalformedException {
        Long value = values.get(tag);
        if (value == null) {
            throw memory.read("PT_DYNAMIC", svmaRange.start(), 0)
                    .malformed("d_tag " + tag, 0, "none", "one such entry");
        }
        return svmaRange.contains(value) ? value : value - bias;
    }

    private static AddressRange svmaRange(ElfFile image) {
        long start = -1L;
        long end = 0;
        for (ProgramHeader segment : image.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD && !segment.svmaRange().isEmpty()) {
                start = Addresses.min(start, segment.svma());
                end = Addresses.max(end, segment.svmaRange().end());
            }
        }
        return AddressRange.between(start, end);
    }
}
