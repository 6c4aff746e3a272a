package dev.mortem.testkit.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Breakpad symbol file of an ELF program with debug information, from what {@code nm} and {@code
 * readelf} print of it. For programs whose first segment is linked at 0.
 */
public final class SymWriter {
    private static final Pattern LINE =
            Pattern.compile("(?m)^(\\S+)\\s+([0-9]+|-)\\s+0x([0-9a-f]+)\\b");
    private static final Pattern SYMBOL =
            Pattern.compile("(?m)^([0-9a-f]{16}) ([0-9a-f]{16}) [tT] (\\S+)$");
    private static final Pattern BUILD_ID = Pattern.compile("Build ID: ([0-9a-f]+)");

    private record Row(String file, String line) {}

    private SymWriter() {}

    /** The debug id of a build id: 16 bytes of it, of which the first 4, 2 and 2 are turned round. */
    public static String debugId(String buildId) {
        StringBuilder id = new StringBuilder();
        for (int from : new int[] {6, 4, 2, 0, 10, 8, 14, 12}) {
            id.append(buildId, from, from + 2);
        }
        return id.append(buildId, 16, 32).append('0').toString().toUpperCase(Locale.ROOT);
    }

    /** The build id as readelf prints it. */
    public static String buildId(Path program) throws IOException {
        Matcher found = BUILD_ID.matcher(print("readelf", "-n", program));
        if (!found.find()) {
            throw new IOException(program + " has no build id");
        }
        return found.group(1);
    }

    /** The file's text, with the name that the program has. */
    public static String write(Path program) throws IOException {
        TreeMap<Long, Row> rows = new TreeMap<>();
        Map<String, Integer> files = new LinkedHashMap<>();
        Matcher line = LINE.matcher(print("readelf", "--debug-dump=decodedline", program));
        while (line.find()) {
            Row row = new Row(line.group(1), line.group(2));
            rows.put(Long.parseLong(line.group(3), 16), row);
            files.putIfAbsent(row.file, files.size());
        }
        StringBuilder text = new StringBuilder("MODULE Linux x86_64 %s %s\n"
                .formatted(debugId(buildId(program)), program.getFileName()));
        files.forEach((name, number) -> text.append("FILE %d %s\n".formatted(number, name)));
        List<String> functions = new ArrayList<>();
        Matcher symbol = SYMBOL.matcher(print("nm", "-S", program));
        while (symbol.find()) {
            long start = Long.parseLong(symbol.group(1), 16);
            long size = Long.parseLong(symbol.group(2), 16);
            StringBuilder function =
                    new StringBuilder("FUNC %x %x 0 %s\n".formatted(start, size, symbol.group(3)));
            for (Map.Entry<Long, Row> row : rows.subMap(start, start + size).entrySet()) {
                long next = Optional.ofNullable(rows.higherKey(row.getKey())).orElse(start + size);
                if (!row.getValue().line.equals("-")) {
                    function.append("%x %x %s %d\n"
                            .formatted(
                                    row.getKey(),
                                    Math.min(next, start + size) - row.getKey(),
                                    row.getValue().line,
                                    files.get(row.getValue().file)));
                }
            }
            functions.add(function.toString());
        }
        functions.forEach(text::append);
        return text.toString();
    }

    private static String print(String tool, String option, Path program) throws IOException {
        return Tool.find(tool)
                .orElseThrow(() -> new IOException("needs " + tool))
                .text(List.of(option, program.toString()));
    }
}
