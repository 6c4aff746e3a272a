package dev.mortem.cli;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** Names of dump files: {@code <image>__<unit>__PID-<pid>__<UTC>__<reason>.core}. */
final class DumpNames {
    /** A file name has 255 bytes; the fixed parts and ".core.zst.json" need about 80 of them. */
    private static final int PART_BYTES_MAX = 60;

    private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern(
                    "yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private DumpNames() {}

    static String of(
            String image,
            Optional<String> unit,
            long pid,
            Instant takenAt,
            String reason,
            String extension) {
        return part(image)
                + unit.map(name -> "__" + part(name)).orElse("")
                + "__PID-" + pid + "__" + UTC.format(takenAt) + "__" + part(reason) + "."
                + extension;
    }

    /** What a process calls itself may hold anything; a file name keeps letters, digits and . _ - + @. */
    private static String part(String text) {
        StringBuilder safe = new StringBuilder();
        int sizeBytes = 0;
        for (int point : text.codePoints().toArray()) {
            boolean kept = Character.isLetterOrDigit(point) || ".-_+@".indexOf(point) >= 0;
            String next = kept ? Character.toString(point) : "_";
            sizeBytes += next.getBytes(StandardCharsets.UTF_8).length;
            if (sizeBytes > PART_BYTES_MAX) {
                break;
            }
            safe.append(next);
        }
        if (safe.isEmpty()) {
            return "unknown";
        }
        return safe.charAt(0) == '.' || safe.charAt(0) == '-'
                ? "_" + safe.substring(1)
                : safe.toString();
    }
}
