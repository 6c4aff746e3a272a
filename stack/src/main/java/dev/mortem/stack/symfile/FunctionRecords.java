package dev.mortem.stack.symfile;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.breakpad.SymFileWriter;
import dev.mortem.format.breakpad.SymRun;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts runs of code together to FUNC records. Of several functions at one place, which a linker folded
 * into one, the first is written. Belongs to one thread.
 */
final class FunctionRecords {
    /** Of one FUNC record. */
    static final Limit RUNS_MAX = new Limit(
            "stretches of code of one function",
            4_000_000,
            "stretches",
            "the largest functions that generators make have some 100,000 lines");

    private final SymFileWriter out;
    private final int runsMax;

    /** The size of what is written by where it starts; 0 of a symbol. */
    private final Map<Long, Long> sizes = new HashMap<>();

    private final List<SymRun> runs = new ArrayList<>();
    private long functionRva = -1;

    FunctionRecords(SymFileWriter out, Limits limits) {
        this.out = out;
        this.runsMax = limits.maxInt(RUNS_MAX);
    }

    /**
     * The next stretch. One that follows the last one without a gap and belongs to the same function goes
     * into the same record.
     *
     * @param owner the function's start: tells one function from another of its name
     */
    void add(long owner, SymRun run) throws IOException {
        boolean goesOn = !runs.isEmpty()
                && functionRva == owner
                && runs.getLast().rva() + runs.getLast().sizeBytes() == run.rva()
                && runs.size() < runsMax;
        if (!goesOn) {
            end();
            functionRva = owner;
        }
        runs.add(run);
    }

    /** Writes what was put together last. */
    void end() throws IOException {
        if (!runs.isEmpty() && !sizes.containsKey(runs.getFirst().rva())) {
            long rva = runs.getFirst().rva();
            long size = runs.getLast().rva() + runs.getLast().sizeBytes() - rva;
            out.function(rva, size, runs.getLast().levels().getLast().name(), runs);
            sizes.put(rva, size);
        }
        runs.clear();
    }

    /** A symbol, unless a function begins there. */
    void publicSymbol(long rva, String name) throws IOException {
        if (sizes.putIfAbsent(rva, 0L) == null) {
            out.publicSymbol(rva, name);
        }
    }

    /** The sizes of functions by where they start, and 0 for symbols. */
    Map<Long, Long> sizes() {
        return Collections.unmodifiableMap(sizes);
    }
}
