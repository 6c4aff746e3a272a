package dev.mortem.format.dwarf.function;

import dev.mortem.base.address.AddressOrder;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;

import java.util.Arrays;

/**
 * The functions of one unit by svma, those inlined into others included, in primitive arrays: 29 bytes a
 * function and 12 a piece of code. Immutable.
 *
 * <p>Where several cover an address, the one whose entry comes last is it: an entry stands behind the
 * one it is inlined into, and of functions that a linker folded into one, all are equally right.
 */
final class FunctionScopes {
    /** No function. */
    static final int NONE = -1;

    private final long[] pieceStarts;
    private final int[] pieceScopes;
    private final int[] parents;
    private final long[] entryOffsets;
    private final long[] startSvmas;
    private final int[] callFiles;
    private final int[] callLines;
    private final int[] callColumns;

    private FunctionScopes(Builder from, long[] pieceStarts, int[] pieceScopes) {
        this.pieceStarts = pieceStarts;
        this.pieceScopes = pieceScopes;
        this.parents = Arrays.copyOf(from.parents, from.count);
        this.entryOffsets = Arrays.copyOf(from.entryOffsets, from.count);
        this.startSvmas = Arrays.copyOf(from.startSvmas, from.count);
        this.callFiles = Arrays.copyOf(from.callFiles, from.count);
        this.callLines = Arrays.copyOf(from.callLines, from.count);
        this.callColumns = Arrays.copyOf(from.callColumns, from.count);
    }

    /** A number for what it keeps in memory. */
    int size() {
        return parents.length + pieceStarts.length;
    }

    /** How many functions there are, those inlined into others included. */
    int count() {
        return parents.length;
    }

    /** Pieces of code that belong to one function, or to none, by ascending svma. */
    int pieceCount() {
        return pieceStarts.length;
    }

    /** Where a piece starts; it reaches up to the next. */
    long pieceStart(int piece) {
        return pieceStarts[piece];
    }

    /** The innermost function of a piece, or {@link #NONE}. */
    int pieceScope(int piece) {
        return pieceScopes[piece];
    }

    /** The innermost function at the address, or {@link #NONE}. */
    int at(long svma) {
        int low = 0;
        int high = pieceStarts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(pieceStarts[middle], svma) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? NONE : pieceScopes[high];
    }

    /** The function that it is inlined into, or {@link #NONE} for one of its own. */
    int parent(int scope) {
        return parents[scope];
    }

    /** Offset of its entry in .debug_info. */
    long entryOffset(int scope) {
        return entryOffsets[scope];
    }

    long startSvma(int scope) {
        return startSvmas[scope];
    }

    /** Where it is called, of an inlined one: DW_AT_call_file, an index of the line table's files. */
    int callFile(int scope) {
        return callFiles[scope];
    }

    /** DW_AT_call_line; 0 where it is not known. */
    int callLine(int scope) {
        return callLines[scope];
    }

    int callColumn(int scope) {
        return callColumns[scope];
    }

    /** Takes functions in the order of their entries. */
    static final class Builder {
        private int count;
        private int[] parents = new int[64];
        private long[] entryOffsets = new long[64];
        private long[] startSvmas = new long[64];
        private int[] callFiles = new int[64];
        private int[] callLines = new int[64];
        private int[] callColumns = new int[64];
        private int ranges;
        private long[] lows = new long[64];
        private long[] highs = new long[64];
        private int[] rangeScopes = new int[64];

        int count() {
            return count;
        }

        int rangeCount() {
            return ranges;
        }

        /** Returns the new function's number. */
        int add(int parent, long entryOffset, long startSvma, int[] call) {
            if (count == parents.length) {
                int capacity = 2 * count;
                parents = Arrays.copyOf(parents, capacity);
                entryOffsets = Arrays.copyOf(entryOffsets, capacity);
                startSvmas = Arrays.copyOf(startSvmas, capacity);
                callFiles = Arrays.copyOf(callFiles, capacity);
                callLines = Arrays.copyOf(callLines, capacity);
                callColumns = Arrays.copyOf(callColumns, capacity);
            }
            parents[count] = parent;
            entryOffsets[count] = entryOffset;
            startSvmas[count] = startSvma;
            callFiles[count] = call[0];
            callLines[count] = call[1];
            callColumns[count] = call[2];
            return count++;
        }

        void addRange(int scope, AddressRange range) {
            if (ranges == lows.length) {
                lows = Arrays.copyOf(lows, 2 * ranges);
                highs = Arrays.copyOf(highs, 2 * ranges);
                rangeScopes = Arrays.copyOf(rangeScopes, 2 * ranges);
            }
            lows[ranges] = range.start();
            highs[ranges] = range.end();
            rangeScopes[ranges++] = scope;
        }

        FunctionScopes build() throws MalformedException {
            Pieces pieces = new Pieces(2 * ranges);
            ScopeHeap open = new ScopeHeap(ranges);
            int[] byLow = AddressOrder.ascending(lows, ranges);
            int[] byHigh = AddressOrder.ascending(highs, ranges);
            int nextLow = 0;
            int nextHigh = 0;
            while (nextHigh < ranges) {
                long point = highs[byHigh[nextHigh]];
                if (nextLow < ranges && Long.compareUnsigned(lows[byLow[nextLow]], point) < 0) {
                    point = lows[byLow[nextLow]];
                }
                while (nextLow < ranges && lows[byLow[nextLow]] == point) {
                    open.push(byLow[nextLow++]);
                }
                while (nextHigh < ranges && highs[byHigh[nextHigh]] == point) {
                    nextHigh++;
                }
                while (!open.isEmpty() && Long.compareUnsigned(highs[open.top()], point) <= 0) {
                    open.pop();
                }
                pieces.add(point, open.isEmpty() ? NONE : rangeScopes[open.top()]);
            }
            return new FunctionScopes(this, pieces.starts(), pieces.scopes());
        }

        /** The open ranges, that of the last function on top. */
        private final class ScopeHeap {
            private final int[] heap;
            private int size;

            ScopeHeap(int capacity) {
                heap = new int[capacity];
            }

            boolean isEmpty() {
                return size == 0;
            }

            int top() {
                return heap[0];
            }

            void push(int range) {
                int at = size++;
                while (at > 0 && rangeScopes[heap[(at - 1) / 2]] < rangeScopes[range]) {
                    heap[at] = heap[(at - 1) / 2];
                    at = (at - 1) / 2;
                }
                heap[at] = range;
            }

            void pop() {
                int last = heap[--size];
                int at = 0;
                while (2 * at + 1 < size) {
                    int child = 2 * at + 1;
                    if (child + 1 < size
                            && rangeScopes[heap[child + 1]] > rangeScopes[heap[child]]) {
                        child++;
                    }
                    if (rangeScopes[heap[child]] <= rangeScopes[last]) {
                        break;
                    }
                    heap[at] = heap[child];
                    at = child;
                }
                heap[at] = last;
            }
        }
    }

    /** Code from one address to the next piece's. */
    private static final class Pieces {
        private final long[] starts;
        private final int[] scopes;
        private int count;

        Pieces(int capacity) {
            starts = new long[capacity];
            scopes = new int[capacity];
        }

        void add(long start, int scope) {
            int before = count == 0 ? NONE : scopes[count - 1];
            if (scope != before) {
                starts[count] = start;
                scopes[count++] = scope;
            }
        }

        long[] starts() {
            return Arrays.copyOf(starts, count);
        }

        int[] scopes() {
            return Arrays.copyOf(scopes, count);
        }
    }
}
