package dev.mortem.format.breakpad;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a Breakpad symbol file (Breakpad documentation, "Symbol Files") record by record: a file or an
 * inlined function gets its FILE or INLINE_ORIGIN record in front of the first function that needs it.
 * What is kept in memory are the names of these and one function's records. Belongs to one thread; closing
 * it closes the target.
 */
public final class SymFileWriter implements Closeable {
    /** Files and inlined functions that have numbers. */
    static final Limit NUMBERED_NAMES = new Limit(
            "names in a Breakpad symbol file",
            2_000_000,
            "names",
            "a browser has some 500,000; with their texts some 100 bytes each");

    /** The writers before this one used it where a file is not known. */
    private static final String UNKNOWN_FILE = "??";

    private final Writer out;
    private final int namesMax;
    private final Map<String, Integer> files = new HashMap<>();
    private final Map<String, Integer> origins = new HashMap<>();
    private long count;

    public SymFileWriter(Writer out, Limits limits) {
        this.out = out;
        this.namesMax = limits.maxInt(NUMBERED_NAMES);
    }

    /** FUNC, PUBLIC, STACK CFI INIT and STACK WIN records so far: 0 where nobody gains by the file. */
    public long count() {
        return count;
    }

    /** The first record. */
    public void module(SymModule module) throws IOException {
        record("MODULE " + module.operatingSystem() + " " + module.architecture() + " "
                + module.debugId() + " " + oneLine(module.name()));
    }

    /** @param key {@code CODE_ID}, {@code GENERATOR}, … */
    public void info(String key, String value) throws IOException {
        record("INFO " + key + " " + oneLine(value));
    }

    /**
     * A function with what is known of its code.
     *
     * @param runs in the order of their addresses, all inside of it
     */
    public void function(long rva, long sizeBytes, String name, List<SymRun> runs)
            throws IOException {
        List<String> records = new ArrayList<>();
        addInlines(runs, records);
        addLines(runs, records);
        count++;
        record("FUNC " + hex(rva) + " " + hex(sizeBytes) + " 0 " + oneLine(name));
        for (String each : records) {
            record(each);
        }
    }

    /** A symbol of which only the start is known. */
    public void publicSymbol(long rva, String name) throws IOException {
        count++;
        record("PUBLIC " + hex(rva) + " 0 " + oneLine(name));
    }

    /** How code from there on is unwound: {@code .cfa: $rsp 8 + .ra: .cfa -8 + ^}. */
    public void cfiStart(long rva, long sizeBytes, String rules) throws IOException {
        count++;
        record("STACK CFI INIT " + hex(rva) + " " + hex(sizeBytes) + " " + rules);
    }

    /** What changes there, behind a start. */
    public void cfiChange(long rva, String rules) throws IOException {
        record("STACK CFI " + hex(rva) + " " + rules);
    }

    /** How 32-bit code of Windows is unwound. */
    public void windowsFrame(WinFrameRecord frame) throws IOException {
        count++;
        record(frame.text());
    }

    /** Where each instance of an inlined function has its code; an instance is known by its way in. */
    private void addInlines(List<SymRun> runs, List<String> records) throws IOException {
        Map<List<SymRun.Level>, StringBuilder> instances = new LinkedHashMap<>();
        Map<List<SymRun.Level>, long[]> open = new HashMap<>();
        for (SymRun run : runs) {
            List<SymRun.Level> levels = run.levels();
            for (int inlined = levels.size() - 2; inlined >= 0; inlined--) {
                List<SymRun.Level> way = way(levels, inlined);
                StringBuilder ranges = instances.computeIfAbsent(way, each -> new StringBuilder());
                long[] last = open.get(way);
                if (last != null && last[1] == run.rva()) {
                    last[1] = run.rva() + run.sizeBytes();
                } else {
                    if (last != null) {
                        append(ranges, last);
                    }
                    open.put(way, new long[] {run.rva(), run.rva() + run.sizeBytes()});
                }
            }
        }
        for (Map.Entry<List<SymRun.Level>, StringBuilder> instance : instances.entrySet()) {
            List<SymRun.Level> way = instance.getKey();
            long[] last = open.get(way);
            if (last != null) {
                append(instance.getValue(), last);
            }
            SymRun.Level call = way.get(way.size() - 2);
            records.add("INLINE " + (way.size() - 2) + " " + line(call) + " " + file(call) + " "
                    + origin(way.getLast().name()) + instance.getValue());
        }
    }

    /** From the function whose code it is, with the calls, to the inlined one, whose line is none. */
    private static List<SymRun.Level> way(List<SymRun.Level> levels, int inlined) {
        List<SymRun.Level> way = new ArrayList<>(levels.subList(inlined + 1, levels.size()));
        Collections.reverse(way);
        way.add(new SymRun.Level(levels.get(inlined).name(), Optional.empty(), 0));
        return way;
    }

    private static void append(StringBuilder ranges, long[] range) {
        ranges.append(' ').append(hex(range[0])).append(' ').append(hex(range[1] - range[0]));
    }

    private void addLines(List<SymRun> runs, List<String> records) throws IOException {
        long start = 0;
        long end = 0;
        Optional<SymRun.Level> open = Optional.empty();
        for (SymRun run : runs) {
            SymRun.Level innermost = run.levels().getFirst();
            boolean goesOn = open.isPresent()
                    && run.rva() == end
                    && innermost.line() == open.get().line()
                    && innermost.file().equals(open.get().file());
            if (!goesOn) {
                addLine(start, end, open, records);
                start = run.rva();
                open = innermost.file().isPresent() ? Optional.of(innermost) : Optional.empty();
            }
            end = run.rva() + run.sizeBytes();
        }
        addLine(start, end, open, records);
    }

    private void addLine(long start, long end, Optional<SymRun.Level> level, List<String> records)
            throws IOException {
        if (level.isPresent()) {
            records.add(hex(start) + " " + hex(end - start) + " " + line(level.get()) + " "
                    + file(level.get()));
        }
    }

    private static int line(SymRun.Level level) {
        return level.file().isPresent() ? Math.max(0, level.line()) : 0;
    }

    private int file(SymRun.Level level) throws IOException {
        return number(files, level.file().orElse(UNKNOWN_FILE), "FILE");
    }

    private int origin(String name) throws IOException {
        return number(origins, name, "INLINE_ORIGIN");
    }

    private int number(Map<String, Integer> names, String name, String record) throws IOException {
        Integer known = names.get(name);
        if (known != null) {
            return known;
        }
        if (names.size() >= namesMax) {
            throw new IOException(
                    "more than %,d different names of %s records".formatted(namesMax, record));
        }
        int number = names.size();
        names.put(name, number);
        record(record + " " + number + " " + oneLine(name));
        return number;
    }

    private void record(String text) throws IOException {
        out.write(text);
        out.write('\n');
    }

    private static String hex(long number) {
        return Long.toHexString(number);
    }

    /** A name that spans lines would be taken for records. */
    private static String oneLine(String text) {
        return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
                ? text
                : text.replace('\n', ' ').replace('\r', ' ');
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
