package dev.mortem.format.perfmap;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A JIT symbol map: lines of {@code START SIZE NAME}, the numbers in hex, the name up to the end of the
 * line (jit-interface.txt). Immutable; safe for any thread; keeps nothing of the file.
 *
 * <p>Programs append to it and never take a line back. Code memory is used again, so of overlapping
 * lines the later one is true, and the earlier function is gone as a whole.
 */
public final class PerfMap {
    public static final Limit FILE_BYTES = new Limit(
            "a JIT symbol map",
            128 << 20,
            "bytes",
            "a Node server of some days has written 50 MB; the program may write without end");

    public static final Limit LINES_MAX = new Limit(
            "lines of a JIT symbol map",
            1_000_000,
            "lines",
            "50 MB are some 600,000; each takes about 200 bytes while the map is read");

    public static final Limit NAME_BYTES = new Limit(
            "a name in a JIT symbol map",
            1024,
            "bytes",
            "a function and the path of its script; anonymous functions carry no source text");

    /** Hex digits of an address, and "0x", which some writers put before it. */
    private static final int NUMBER_CHARS_MAX = 18;

    /** Code that a program made. */
    public record Function(long address, long sizeBytes, String name) {
        private boolean contains(long other) {
            return Long.compareUnsigned(other - address, sizeBytes) < 0;
        }

        private long last() {
            return address + sizeBytes - 1;
        }
    }

    private final List<Function> functions;

    private PerfMap(List<Function> functions) {
        this.functions = functions;
    }

    /**
     * Reads a map as far as it goes. Lines that are none, and a last line that was not finished, are
     * passed over and reported.
     */
    public static PerfMap read(ByteSource file, Limits limits, Diagnostics diagnostics) {
        Reader reader = new Reader(file, limits);
        try {
            reader.readAll();
        } catch (MalformedException cutWhileRead) {
            diagnostics.report(cutWhileRead, "functions behind it have no names");
        }
        reader.report(diagnostics);
        return reader.map();
    }

    /** The function whose code covers the address. */
    public Optional<Function> at(long address) {
        int low = 0;
        int high = functions.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(functions.get(middle).address, address) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && functions.get(high).contains(address)
                ? Optional.of(functions.get(high))
                : Optional.empty();
    }

    /** What is there, by ascending address; no two overlap. */
    public List<Function> functions() {
        return functions;
    }

    /** Reads lines one after the other. Belongs to one thread. */
    private static final class Reader {
        private final ByteSource file;
        private final Limits limits;
        /** By address with its highest bit turned: signed numbers in the order of unsigned ones. */
        private final TreeMap<Long, Function> byAddress = new TreeMap<>();

        private int lines;
        private int strange;
        private boolean cut;

        Reader(ByteSource file, Limits limits) {
            this.file = file;
            this.limits = limits;
        }

        void readAll() throws MalformedException {
            long sizeBytes = Math.min(file.sizeBytes(), limits.max(FILE_BYTES));
            cut = sizeBytes < file.sizeBytes();
            int nameBytes = limits.maxInt(NAME_BYTES);
            byte[] line = new byte[2 * (NUMBER_CHARS_MAX + 1) + nameBytes];
            byte[] chunk = new byte[1 << 16];
            int length = 0;
            boolean tooLong = false;
            for (long offset = 0; offset < sizeBytes; offset += chunk.length) {
                int size = (int) Math.min(chunk.length, sizeBytes - offset);
                file.copyTo("lines", offset, chunk, 0, size);
                for (int at = 0; at < size; at++) {
                    if (chunk[at] == '\n') {
                        if (lines == limits.max(LINES_MAX)) {
                            cut = true;
                            return;
                        }
                        lines++;
                        add(line, length, tooLong);
                        length = 0;
                        tooLong = false;
                    } else if (length < line.length) {
                        line[length++] = chunk[at];
                    } else {
                        tooLong = true;
                    }
                }
            }
            strange +=
                    length > 0 ? 1 : 0; // the program was about to write it, or the copy ends there
        }

        private void add(byte[] bytes, int length, boolean tooLong) {
            String line = new String(bytes, 0, length, StandardCharsets.UTF_8);
            int first = line.indexOf(' ');
            int second = first < 0 ? -1 : line.indexOf(' ', first + 1);
            if (second < 0) {
                strange++;
                return;
            }
            OptionalLong address = hex(line.substring(0, first));
            OptionalLong sizeBytes = hex(line.substring(first + 1, second));
            String name = line.substring(second + 1).strip();
            if (address.isEmpty() || sizeBytes.isEmpty() || name.isEmpty()) {
                strange++;
                return;
            }
            Function function = new Function(
                    address.getAsLong(), sizeBytes.getAsLong(), tooLong ? name + "…" : name);
            boolean wraps = Long.compareUnsigned(function.last(), function.address) < 0;
            if (function.sizeBytes == 0) {
                return; // V8 writes such lines of functions that it has no code of
            }
            if (wraps) {
                strange++;
                return;
            }
            replace(function);
        }

        /** Puts it in place of all that it overlaps. */
        private void replace(Function function) {
            long first = function.address ^ Long.MIN_VALUE;
            Map.Entry<Long, Function> before = byAddress.floorEntry(first);
            if (before != null && before.getValue().contains(function.address)) {
                byAddress.remove(before.getKey());
            }
            byAddress
                    .subMap(first, true, function.last() ^ Long.MIN_VALUE, true)
                    .clear();
            byAddress.put(first, function);
        }

        private static OptionalLong hex(String text) {
            String digits = text.startsWith("0x") ? text.substring(2) : text;
            try {
                return digits.isEmpty() || digits.charAt(0) == '+'
                        ? OptionalLong.empty()
                        : OptionalLong.of(Long.parseUnsignedLong(digits, 16));
            } catch (NumberFormatException notHex) {
                return OptionalLong.empty();
            }
        }

        void report(Diagnostics diagnostics) {
            if (strange > 0) {
                diagnostics.report(
                        file.name(),
                        "%,d lines are not START SIZE NAME, or not whole".formatted(strange),
                        "they are passed over");
            }
            if (cut) {
                diagnostics.report(
                        file.name(),
                        "%,d bytes".formatted(file.sizeBytes()),
                        "functions behind line %,d have no names".formatted(lines));
            }
        }

        PerfMap map() {
            return new PerfMap(List.copyOf(byAddress.values()));
        }
    }
}
