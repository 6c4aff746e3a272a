package dev.mortem.stack.unwind;

import dev.mortem.testkit.tool.Tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pcs of all stacks as gdb finds them, by thread id, innermost first. */
final class GdbStacks {
    /**
     * Prints "thread ID" and one line for each frame, past main to the outermost; not for inlined
     * functions and tail calls, which gdb makes up from debug information.
     */
    private static final String SCRIPT = """
            import gdb
            gdb.execute("set backtrace past-main on")
            gdb.execute("set backtrace past-entry on")
            for thread in gdb.selected_inferior().threads():
                thread.switch()
                print("thread", thread.ptid[1] if thread.ptid[1] else thread.ptid[0])
                frame = gdb.newest_frame()
                left = 10000
                while frame is not None and left > 0:
                    left = left - 1
                    if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
                        print("frame 0x%x" % frame.pc())
                    try:
                        frame = frame.older()
                    except gdb.error:
                        frame = None
            """;

    private GdbStacks() {}

    /** Runs gdb with commands that leave it with stopped threads or a core, and asks for their stacks. */
    static Map<Long, List<Long>> of(Tool gdb, Path folder, List<String> arguments)
            throws IOException {
        Path script = folder.resolve("stacks.py");
        Files.writeString(script, SCRIPT);
        List<String> all = new ArrayList<>(List.of("-nx", "-batch"));
        all.addAll(arguments);
        all.addAll(List.of("-x", script.toString()));
        Map<Long, List<Long>> stacks = new LinkedHashMap<>();
        List<Long> frames = new ArrayList<>();
        for (String line : gdb.run(folder, all).text().lines().toList()) {
            if (line.startsWith("thread ")) {
                frames = new ArrayList<>();
                stacks.put(Long.parseLong(line.substring("thread ".length())), frames);
            } else if (line.startsWith("frame 0x")) {
                frames.add(Long.parseUnsignedLong(line.substring("frame 0x".length()), 16));
            }
        }
        return stacks;
    }
}
