package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What Symbolicator found in a minidump, as its tests' snapshots have it. They are YAML of one shape, of
 * which lines are enough: {@code key: value}, deeper by two for each level, "- " in front of an item.
 *
 * @param crashReason "EXC_BAD_ACCESS / KERN_INVALID_ADDRESS / 0x45"
 * @param modules by ascending base
 */
record SymbolicatorSnapshot(String crashReason, List<Stack> threads, List<Module> modules) {
    record Stack(long threadId, boolean crashed, List<Frame> frames) {}

    /**
     * One frame.
     *
     * @param address of frames behind the first: the return address, or one less where the frame has
     *     symbols
     * @param function empty where it has no symbols
     */
    record Frame(long address, String function, String trust) {}

    /**
     * One module.
     *
     * @param debugId as Breakpad writes it: upper case, the age at the end, without dashes
     */
    record Module(String path, long base, long sizeBytes, String debugId) {}

    static SymbolicatorSnapshot read(Path file) throws IOException {
        String reason = "";
        List<Stack> threads = new ArrayList<>();
        List<Map<String, String>> modules = new ArrayList<>();
        String section = "";
        Map<String, String> item = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                continue;
            }
            int indent = line.length() - line.stripLeading().length();
            boolean starts = line.startsWith("- ", indent);
            String key = line.substring(indent + (starts ? 2 : 0), colon);
            String value = unquoted(line.substring(colon + 1).strip());
            if (indent == 0) {
                section = key;
                reason = key.equals("crash_reason") ? value : reason;
            } else if (section.equals("modules") && (indent == 2 || indent == 4)) {
                if (starts) {
                    modules.add(new TreeMap<>());
                }
                modules.getLast().put(key, value);
            } else if (section.equals("stacktraces") && indent == 2) {
                threads.add(new Stack(Long.parseLong(value), false, new ArrayList<>()));
            } else if (section.equals("stacktraces") && key.equals("is_requesting")) {
                Stack stack = threads.removeLast();
                threads.add(
                        new Stack(stack.threadId(), Boolean.parseBoolean(value), stack.frames()));
            } else if (section.equals("stacktraces") && indent >= 6) {
                item = starts ? new TreeMap<>() : item;
                item.put(key, value);
                if (key.equals("trust")) {
                    threads.getLast()
                            .frames()
                            .add(new Frame(
                                    Long.decode(item.getOrDefault("instruction_addr", "")),
                                    item.getOrDefault("function", ""),
                                    value));
                }
            }
        }
        return new SymbolicatorSnapshot(
                reason,
                threads,
                modules.stream()
                        .map(SymbolicatorSnapshot::module)
                        .sorted((one, other) -> Long.compareUnsigned(one.base(), other.base()))
                        .toList());
    }

    private static Module module(Map<String, String> facts) {
        return new Module(
                facts.getOrDefault("code_file", ""),
                Long.decode(facts.getOrDefault("image_addr", "")),
                Long.parseLong(facts.getOrDefault("image_size", "")),
                debugId(facts.getOrDefault("debug_id", "")));
    }

    /** "3249d99d-0c40-4931-8610-f4e4fb0b6936-1"; without the last part the age is 0. */
    private static String debugId(String written) {
        String[] parts = written.split("-");
        return (String.join("", parts) + (parts.length > 5 ? "" : "0")).toUpperCase(Locale.ROOT);
    }

    private static String unquoted(String value) {
        return value.startsWith("\"") && value.endsWith("\"") && value.length() > 1
                ? value.substring(1, value.length() - 1).replace("\\\\", "\\")
                : value;
    }
}
