package dev.mortem.stack.symbol;

import dev.mortem.base.address.AddressOrder;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfSymbol;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.elf.SymbolTable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * The functions of one module by svma, in primitive arrays (20 bytes each); names stay in the file until
 * one is asked for. Immutable, safe for any thread while the file is open.
 *
 * <p>Of several symbols at one address the first in this order is kept: with a size before without; a
 * function before a plain label; visible to other modules before local; fewer leading underscores, so
 * that glibc's weak "fork" comes before its global "__fork" and its local "__GI___fork"; global before
 * weak; no version; the earlier in the table, where the tables are asked in order .symtab, .dynsym,
 * stubs. GDB sorts equal addresses by where their names are in memory, which comes to the same for most
 * functions of glibc; aliases such as lseek and lseek64 it chooses between at random.
 *
 * <p>A symbol with a size covers it. One without covers up to the next symbol in its section. Where
 * symbols overlap, the one that starts last and contains the address answers; a label without size
 * inside a sized function does not hide it (GDB: lookup_minimal_symbol_by_pc_section).
 */
final class FunctionTable {
    static final Limit FUNCTIONS_MAX = new Limit(
            "functions of a module",
            4_000_000,
            "symbols",
            "a browser with all its symbols has one million; 40 bytes each while they are sorted");

    /** Overlaps nest a few deep: parts of functions and entries of assembler routines. */
    private static final int OVERLAP_STEPS_MAX = 16;

    private static final int WEAK = 1;
    private static final int LOCAL = 2;
    private static final int SOURCE_SHIFT = 29;
    private static final int INDEX_MASK = (1 << SOURCE_SHIFT) - 1;

    /** A name by the index of its symbol. */
    @FunctionalInterface
    interface Names {
        String name(int index) throws MalformedException;
    }

    /** A function by svma; {@code sizeBytes} is 0 where the symbol has none. */
    record Entry(String raw, long svma, long sizeBytes) {}

    private final long[] starts;
    private final int[] sizes;
    private final int[] ids;
    private final List<Names> sources;
    private final CodeRanges code;
    private final Diagnostics diagnostics;

    private FunctionTable(
            long[] starts,
            int[] sizes,
            int[] ids,
            List<Names> sources,
            CodeRanges code,
            Diagnostics diagnostics) {
        this.starts = starts;
        this.sizes = sizes;
        this.ids = ids;
        this.sources = sources;
        this.code = code;
        this.diagnostics = diagnostics;
    }

    int count() {
        return starts.length;
    }

    /** The function that covers the svma; empty where none does or it lies outside all code. */
    Optional<Entry> at(long svma) {
        Optional<AddressRange> section = code.at(svma);
        if (section.isEmpty()) {
            return Optional.empty();
        }
        int index = lastAtOrBelow(svma);
        int unsized = -1;
        boolean sizedSeen = false;
        for (int steps = 0; index >= 0 && steps < OVERLAP_STEPS_MAX; index--, steps++) {
            if (sizes[index] == 0) {
                boolean sameSection = section.get().contains(starts[index]);
                if (!sizedSeen && unsized < 0 && sameSection) {
                    unsized = index;
                }
            } else {
                sizedSeen = true;
                if (Long.compareUnsigned(svma - starts[index], Integer.toUnsignedLong(sizes[index]))
                        < 0) {
                    return entry(index);
                }
            }
        }
        return unsized < 0 ? Optional.empty() : entry(unsized);
    }

    private Optional<Entry> entry(int index) {
        try {
            String raw = sources.get(ids[index] >>> SOURCE_SHIFT).name(ids[index] & INDEX_MASK);
            return Optional.of(new Entry(
                    SymbolName.withoutVersion(raw),
                    starts[index],
                    Integer.toUnsignedLong(sizes[index])));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a function has no name");
            return Optional.empty();
        }
    }

    private int lastAtOrBelow(long svma) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(starts[middle], svma) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** Collects symbols and makes the table. Belongs to one thread. */
    static final class Builder {
        private final CodeRanges code;
        private final int max;
        private final boolean arm;
        private final boolean hasMappingSymbols;
        private final Diagnostics diagnostics;
        private final List<Names> sources = new ArrayList<>();
        private long[] starts = new long[256];
        private int[] sizes = new int[256];
        private int[] ids = new int[256];
        private byte[] ranks = new byte[256];
        private int count;

        /**
         * @param arm whether bit 0 of a function's svma says that it is Thumb code
         * @param hasMappingSymbols whether the CPU is one of Arm's
         */
        Builder(
                CodeRanges code,
                boolean arm,
                boolean hasMappingSymbols,
                Limits limits,
                Diagnostics diagnostics) {
            this.code = code;
            this.arm = arm;
            this.hasMappingSymbols = hasMappingSymbols;
            this.max = limits.maxInt(FUNCTIONS_MAX);
            this.diagnostics = diagnostics;
        }

        /**
         * Adds the functions of a symbol table. What breaks off is reported; the symbols before it stay.
         *
         * @param isCodeSection whether the section of that index holds code
         */
        void add(SymbolTable table, IntPredicate isCodeSection) {
            sources.add(table::name);
            int source = sources.size() - 1;
            try {
                for (int index = 1; index < table.count(); index++) {
                    int info = table.info(index);
                    int type = info & 0xf;
                    boolean function =
                            type == ElfSymbol.STT_FUNC || type == ElfSymbol.STT_GNU_IFUNC;
                    if ((function || type == ElfSymbol.STT_NOTYPE)
                            && isCandidate(table, index, function, isCodeSection)) {
                        long svma = table.svma(index);
                        append(
                                arm && function ? svma & -2L : svma,
                                table.sizeBytes(index),
                                index | source << SOURCE_SHIFT,
                                rank(function, info >>> 4, table.sizeBytes(index)));
                    }
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "functions behind it have no names");
            }
        }

        /** Adds the stubs of the procedure linkage table. */
        void add(List<PltStubs.Stub> stubs) {
            sources.add(index -> stubs.get(index).name());
            int source = sources.size() - 1;
            for (int index = 0; index < stubs.size(); index++) {
                PltStubs.Stub stub = stubs.get(index);
                append(
                        stub.svma(),
                        stub.sizeBytes(),
                        index | source << SOURCE_SHIFT,
                        rank(true, ElfSymbol.STB_LOCAL, stub.sizeBytes()));
            }
        }

        FunctionTable build() {
            if (count == max) {
                diagnostics.report(
                        "symbols",
                        "more than %,d functions in a module".formatted(max),
                        "those behind have no names");
            }
            int[] order = AddressOrder.ascending(starts, count);
            int kept = 0;
            for (int at = 0; at < count; ) {
                int best = order[at];
                int next = at + 1;
                while (next < count && starts[order[next]] == starts[best]) {
                    best = better(best, order[next]);
                    next++;
                }
                order[kept++] = best; // behind the reading position, so nothing is lost
                at = next;
            }
            long[] keptStarts = new long[kept];
            int[] keptSizes = new int[kept];
            int[] keptIds = new int[kept];
            for (int index = 0; index < kept; index++) {
                keptStarts[index] = starts[order[index]];
                keptSizes[index] = sizes[order[index]];
                keptIds[index] = ids[order[index]];
            }
            return new FunctionTable(
                    keptStarts, keptSizes, keptIds, List.copyOf(sources), code, diagnostics);
        }

        private boolean isCandidate(
                SymbolTable table, int index, boolean function, IntPredicate isCodeSection)
                throws MalformedException {
            int section = table.sectionIndex(index);
            if (section == SectionHeader.SHN_UNDEF || section == SectionHeader.SHN_ABS) {
                return false;
            }
            if (function) {
                return isCodeSection.test(section);
            }
            if (!isCodeSection.test(section)) {
                return false;
            }
            String name = table.name(index);
            return !SymbolName.isLocalLabel(name)
                    && !(hasMappingSymbols && SymbolName.isMappingSymbol(name));
        }

        /** Lower is better. */
        private static byte rank(boolean function, int binding, long sizeBytes) {
            return (byte) ((sizeBytes == 0 ? 8 : 0)
                    + (function ? 0 : 4)
                    + (binding == ElfSymbol.STB_LOCAL ? LOCAL : 0)
                    + (binding == ElfSymbol.STB_WEAK ? WEAK : 0));
        }

        private int better(int one, int other) {
            int withoutWeak = (ranks[one] & ~WEAK) - (ranks[other] & ~WEAK);
            if (withoutWeak != 0) {
                return withoutWeak < 0 ? one : other;
            }
            try {
                return penalty(other) < penalty(one) ? other : one;
            } catch (MalformedException nameless) {
                return one; // reported when it is asked for
            }
        }

        private int penalty(int index) throws MalformedException {
            String name = sources.get(ids[index] >>> SOURCE_SHIFT).name(ids[index] & INDEX_MASK);
            return 4 * SymbolName.uglyPrefix(name)
                    + 2 * (ranks[index] & WEAK)
                    + (SymbolName.hasVersion(name) ? 1 : 0);
        }

        private void append(long svma, long sizeBytes, int id, byte rank) {
            if (count == max) {
                return;
            }
            if (count == starts.length) {
                int capacity = (int) Math.min(max, 2L * count);
                starts = Arrays.copyOf(starts, capacity);
                sizes = Arrays.copyOf(sizes, capacity);
                ids = Arrays.copyOf(ids, capacity);
                ranks = Arrays.copyOf(ranks, capacity);
            }
            starts[count] = svma;
            boolean fits = Long.compareUnsigned(sizeBytes, 0xffff_ffffL) <= 0;
            sizes[count] = fits ? (int) sizeBytes : -1;
            ids[count] = id;
            ranks[count] = rank;
            count++;
        }
    }
}
