package dev.mortem.cli;

import dev.mortem.base.json.JsonObject;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The stacks of a core as gdb sees them. */
final class GdbStacks {
    private static final String SCRIPT = "cli/src/test/resources/testdata/gdb/stacks.py";

    private GdbStacks() {}

    /**
     * One frame.
     *
     * @param functionStart where gdb says that the function begins; 0 where it knows none
     * @param line 0 where gdb knows none
     * @param tailCall whether gdb infers it from what the functions may call: nothing of it is on the
     *     stack, it left by a jump
     */
    record Frame(
            long pc,
            String name,
            long functionStart,
            long line,
            boolean inlined,
            boolean tailCall,
            boolean signal) {}

    /** A thread's frames and gdb's reason for having no more. */
    record Stack(List<Frame> frames, String end) {}

    /** By thread id. */
    static Map<Long, Stack> of(Tool gdb, Path executable, Path core) throws IOException {
        String script = Corpus.project().resolve(SCRIPT).toString();
        Tool.Output output = gdb.run(List.of(
                "-nx",
                "-batch",
                "-iex",
                "set debuginfod enabled off",
                "-iex",
                "set auto-load off",
                executable.toString(),
                core.toString(),
                "-x",
                script));
        Map<Long, Stack> stacks = new LinkedHashMap<>();
        output.text()
                .lines()
                .filter(line -> line.startsWith("MORTEM "))
                .flatMap(line ->
                        JsonObject.parse(line.substring(7).getBytes(StandardCharsets.UTF_8))
                                .stream())
                .forEach(thread -> stacks.put(
                        thread.number("tid").orElseThrow(),
                        new Stack(
                                thread.objects("frames").stream()
                                        .map(GdbStacks::frame)
                                        .toList(),
                                thread.text("end").orElse(""))));
        if (stacks.isEmpty()) {
            throw new IOException("gdb told no stacks:\n" + output.text());
        }
        return stacks;
    }

    private static Frame frame(JsonObject frame) {
        return new Frame(
                Long.parseUnsignedLong(frame.text("pc").orElseThrow(), 16),
                frame.text("name").orElse(""),
                Long.parseUnsignedLong(frame.text("start").orElse("0"), 16),
                frame.number("line").orElse(0),
                frame.flag("inlined"),
                frame.flag("tailCall"),
                frame.flag("signal"));
    }
}
