package dev.mortem.format.go;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SvmaReader;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Functions, lines and inlined calls of one Go program or library, by svma. Safe for any thread while
 * the bytes below are open.
 */
public final class GoSymbols {
    /** Each level may be broken so that it is its own parent. */
    public static final Limit INLINE_DEPTH_MAX = new Limit(
            "inlined calls within each other",
            256,
            "calls",
            "the compiler's budget ends chains at some 20");

    /** A function that is no inlined one. */
    public record GoFunction(String name, long svma, long sizeBytes) {}

    private final PclnTable table;
    private final long base;
    private final OptionalLong functionData;
    private final SvmaReader reader;
    private final Limits limits;
    private final Diagnostics diagnostics;

    /**
     * @param base what an entry of the table is added to
     * @param functionData svma of {@code go:func.*}; without it no inlined call is known
     * @param reader of what is not in the table
     */
    GoSymbols(
            PclnTable table,
            long base,
            OptionalLong functionData,
            SvmaReader reader,
            Limits limits,
            Diagnostics diagnostics) {
        this.table = table;
        this.base = base;
        this.functionData = functionData;
        this.reader = reader;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * The tables of a module; empty where it is no Go program, or they are neither in its file nor in
     * memory, or broken, which is reported.
     *
     * @param file the module's file
     * @param image its headers in memory
     * @param memory the process's memory
     * @param bias address minus svma
     */
    public static Optional<GoSymbols> of(
            Optional<ElfFile> file,
            Optional<ElfFile> image,
            SvmaReader memory,
            long bias,
            Limits limits,
            Diagnostics diagnostics) {
        return file.or(() -> image)
                .flatMap(headers ->
                        new GoFinder(headers, file, memory, bias, limits, diagnostics).find());
    }

    /** How many functions there are, inlined ones not counted. */
    public int count() {
        return table.count();
    }

    /** The function of that index, from 0 to {@link #count} - 1, by ascending svma. */
    public GoFunction function(int index) throws MalformedException {
        long entry = table.entry(index);
        return new GoFunction(
                table.function(index).name(), base + entry, table.entry(index + 1) - entry);
    }

    /** The function that covers the svma, not one inlined into it. */
    public Optional<GoFunction> functionAt(long svma) {
        try {
            int index = table.indexAt(svma - base);
            return index < 0 ? Optional.empty() : Optional.of(function(index));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a function has no name");
            return Optional.empty();
        }
    }

    /**
     * The functions at the svma of an instruction, innermost first; the last is the one that holds the
     * others. Empty where no function covers it. What is broken is reported; the outermost function is
     * then given alone, with the instruction's line.
     */
    public List<GoFrame> framesAt(long svma) {
        try {
            int index = table.indexAt(svma - base);
            if (index < 0) {
                return List.of();
            }
            PclnTable.Function function = table.function(index);
            long pc = svma - base - function.entry();
            try {
                return frames(function, pc, table.entry(index + 1) - function.entry());
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "inlined calls are not shown");
                return List.of(frame(function.name(), function, pc, false));
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "a function has no name");
            return List.of();
        }
    }

    private List<GoFrame> frames(PclnTable.Function function, long pc, long sizeBytes)
            throws MalformedException {
        List<GoFrame> frames = new ArrayList<>();
        Optional<Long> tree = functionData.isPresent() ? function.inlineTree() : Optional.empty();
        long at = pc;
        int call = tree.isPresent() ? function.inlineIndex(at) : PcValues.NONE;
        while (call >= 0) {
            InlinedCall inlined = inlinedCall(tree.orElseThrow(), call);
            frames.add(frame(table.name(inlined.nameOffset()), function, at, true));
            boolean inside = inlined.parentPc() >= 0 && inlined.parentPc() < sizeBytes;
            if (!inside || frames.size() > limits.max(INLINE_DEPTH_MAX)) {
                throw new MalformedException(
                        "go:func.*",
                        "inlinedCall.parentPc",
                        functionData.orElse(0) + tree.orElseThrow(),
                        "pc %d at depth %d".formatted(inlined.parentPc(), frames.size()),
                        "one of the function's %,d bytes, not without end".formatted(sizeBytes));
            }
            at = inlined.parentPc();
            call = function.inlineIndex(at);
        }
        frames.add(frame(function.name(), function, at, false));
        return List.copyOf(frames);
    }

    private static GoFrame frame(String name, PclnTable.Function function, long pc, boolean inlined)
            throws MalformedException {
        return new GoFrame(name, function.file(pc), function.line(pc), inlined);
    }

    private InlinedCall inlinedCall(long tree, int index) throws MalformedException {
        int sizeBytes = InlinedCall.sizeBytes(table.version());
        long svma = functionData.orElseThrow() + tree + (long) index * sizeBytes;
        ByteSource entry = reader.read("inlinedCall", svma, sizeBytes);
        return InlinedCall.read(entry, table.version());
    }
}
