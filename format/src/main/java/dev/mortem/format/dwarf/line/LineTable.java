package dev.mortem.format.dwarf.line;

import dev.mortem.base.address.AddressOrder;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.line.LineHeader.FileEntry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The rows of one line number program, kept compactly (20 bytes a row) and found by svma. Immutable.
 *
 * <p>Which row answers: the last whose address is at or below the one asked for, in the sequence that
 * covers it, as elfutils and LLVM have it. Where several have that address GDB takes the last that is a
 * statement; in optimised code that is a line of a function whose code is not there.
 */
public final class LineTable {
    /** All rows of one unit. */
    public static final Limit ROWS_MAX = new Limit(
            "rows of a line table",
            8_000_000,
            "rows",
            "the largest real units have some 300,000; every byte of a hostile program may be a row");

    /** A sound table has no overlap; the bound keeps a hostile one from making lookups linear. */
    private static final int OVERLAP_STEPS_MAX = 16;

    private record Sequence(long low, long high, int firstRow, int endRow) {}

    private final LineHeader header;
    private final List<FileEntry> added;
    private final Optional<String> compDir;
    private final long[] addresses;
    private final int[] lines;
    private final int[] files;
    private final int[] columns;
    private final List<Sequence> sequences;

    private LineTable(
            LineHeader header, List<FileEntry> added, Optional<String> compDir, Collector rows) {
        this.header = header;
        this.added = added;
        this.compDir = compDir;
        this.addresses = Arrays.copyOf(rows.addresses, rows.count);
        this.lines = Arrays.copyOf(rows.lines, rows.count);
        this.files = Arrays.copyOf(rows.files, rows.count);
        this.columns = Arrays.copyOf(rows.columns, rows.count);
        rows.sequences.sort(
                Comparator.comparingLong(sequence -> sequence.low + Long.MIN_VALUE)); // unsigned
        this.sequences = List.copyOf(rows.sequences);
    }

    /**
     * Runs the program at {@code offset} of .debug_line. A program that breaks off keeps the sequences
     * that it ended, with a Diagnostic.
     *
     * @param compDir DW_AT_comp_dir of the unit, for relative paths
     * @throws MalformedException when the header is broken
     */
    public static LineTable read(
            DwarfSections sections,
            long offset,
            Optional<String> compDir,
            Limits limits,
            Diagnostics diagnostics)
            throws MalformedException {
        LineHeader header = LineHeader.read(sections, offset, limits);
        Collector rows = new Collector(header, limits.maxInt(ROWS_MAX));
        List<FileEntry> added = List.of();
        try {
            added = new LineProgram(header, rows).run();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "lines behind are missing");
        }
        return new LineTable(header, added, compDir, rows);
    }

    public LineHeader header() {
        return header;
    }

    public int rowCount() {
        return addresses.length;
    }

    /** The file of that number, with its directory: as DW_AT_call_file and DW_AT_decl_file count. */
    public Optional<String> file(int number) {
        return header.path(number, compDir, added);
    }

    /** What the sequences cover, by ascending svma. */
    public List<AddressRange> ranges() {
        return sequences.stream()
                .map(sequence -> AddressRange.between(sequence.low, sequence.high))
                .toList();
    }

    /** Gives out where rows and sequences begin and end between two svmas, in no order, some twice. */
    public void boundaries(long low, long high, LongConsumer taker) {
        int last = lastSequenceAtOrBelow(high - 1);
        for (int index = last; index >= 0 && last - index < OVERLAP_STEPS_MAX; index--) {
            Sequence sequence = sequences.get(index);
            if (Long.compareUnsigned(sequence.high, low) <= 0) {
                continue;
            }
            taker.accept(sequence.low);
            taker.accept(sequence.high);
            int row = lastRowAtOrBelow(sequence, low);
            for (; row < sequence.endRow; row++) {
                if (Long.compareUnsigned(addresses[row], high) >= 0) {
                    break;
                }
                taker.accept(addresses[row]);
            }
        }
    }

    /** The source line of the instruction at {@code svma}; empty where the table has none for it. */
    public Optional<SourceLine> at(long svma) {
        int index = lastSequenceAtOrBelow(svma);
        for (int steps = 0; index >= 0 && steps < OVERLAP_STEPS_MAX; index--, steps++) {
            Sequence sequence = sequences.get(index);
            if (Long.compareUnsigned(svma, sequence.high) < 0) {
                return row(sequence, svma);
            }
        }
        return Optional.empty();
    }

    /** The sequence's first row where none is. */
    private int lastRowAtOrBelow(Sequence sequence, long svma) {
        int low = sequence.firstRow;
        int high = sequence.endRow - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(addresses[middle], svma) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return Math.max(high, sequence.firstRow);
    }

    private Optional<SourceLine> row(Sequence sequence, long svma) {
        int row = lastRowAtOrBelow(sequence, svma);
        if (lines[row] <= 0) {
            return Optional.empty(); // line 0: code that no source line stands for
        }
        int line = lines[row];
        int column = columns[row];
        return header.path(files[row], compDir, added)
                .map(path -> new SourceLine(path, line, column));
    }

    private int lastSequenceAtOrBelow(long svma) {
        int low = 0;
        int high = sequences.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(sequences.get(middle).low, svma) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** Takes the rows of a program and cuts them into sequences. */
    private static final class Collector implements LineProgram.RowSink {
        private final LineHeader header;
        private final int rowsMax;
        private final List<Sequence> sequences = new ArrayList<>();
        private long[] addresses = new long[256];
        private int[] lines = new int[256];
        private int[] files = new int[256];
        private int[] columns = new int[256];
        private int count;
        private int sequenceStart;

        Collector(LineHeader header, int rowsMax) {
            this.header = header;
            this.rowsMax = rowsMax;
        }

        @Override
        public void row(LineRow row) throws MalformedException {
            if (row.endSequence()) {
                endSequence(row.address());
                return;
            }
            if (count == addresses.length) {
                grow();
            }
            addresses[count] = row.address();
            lines[count] = row.line();
            files[count] = row.file();
            columns[count] = row.column();
            count++;
        }

        private void grow() throws MalformedException {
            if (count >= rowsMax) {
                throw header.program()
                        .malformed("rows", 0, "more rows", "at most %,d".formatted(rowsMax));
            }
            int capacity = (int) Math.min(rowsMax, 2L * count);
            addresses = Arrays.copyOf(addresses, capacity);
            lines = Arrays.copyOf(lines, capacity);
            files = Arrays.copyOf(files, capacity);
            columns = Arrays.copyOf(columns, capacity);
        }

        private void endSequence(long end) {
            int first = sequenceStart;
            sequenceStart = count;
            if (first == count) {
                return;
            }
            for (int row = first + 1; row < count; row++) {
                if (Long.compareUnsigned(addresses[row - 1], addresses[row]) > 0) {
                    sort(first);
                    break;
                }
            }
            // Linkers give functions that they dropped the address 0, or one of the last.
            long low = addresses[first];
            boolean dropped = low == 0 || Long.compareUnsigned(low, -16L) >= 0;
            if (!dropped && Long.compareUnsigned(low, end) < 0) {
                sequences.add(new Sequence(low, end, first, count));
            }
        }

        /** Addresses must not decrease (section 6.2.5); what assemblers wrote otherwise is put right. */
        private void sort(int first) {
            int[] order = AddressOrder.ascending(
                    Arrays.copyOfRange(addresses, first, count), count - first);
            long[] oldAddresses = addresses.clone();
            int[] oldLines = lines.clone();
            int[] oldFiles = files.clone();
            int[] oldColumns = columns.clone();
            for (int index = 0; index < order.length; index++) {
                addresses[first + index] = oldAddresses[first + order[index]];
                lines[first + index] = oldLines[first + order[index]];
                files[first + index] = oldFiles[first + order[index]];
                columns[first + index] = oldColumns[first + order[index]];
            }
        }
    }
}
