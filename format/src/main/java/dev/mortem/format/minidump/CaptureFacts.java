package dev.mortem.format.minidump;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Mortem's own stream of facts (docs/minidump.md): "name=value" in UTF-8 with a NUL behind each; of a name
 * that stands there twice the first counts.
 */
public final class CaptureFacts {
    private CaptureFacts() {}

    /** Value by name, in the dump's order; none where it has no such stream. */
    public static Map<String, String> readAll(MinidumpFile file) {
        Map<String, String> facts = new LinkedHashMap<>();
        String text = LinuxStreams.text(file, StreamType.MORTEM_FACTS).orElse("");
        for (String fact : text.split("\0", -1)) {
            int equals = fact.indexOf('=');
            if (equals > 0) {
                facts.putIfAbsent(fact.substring(0, equals), fact.substring(equals + 1));
            }
        }
        return facts;
    }

    /** Puts the stream. */
    public static void write(Map<String, String> facts, MinidumpHead head) {
        StringBuilder text = new StringBuilder();
        facts.forEach((name, value) ->
                text.append(name).append('=').append(value.replace("\0", "")).append('\0'));
        head.stream(StreamType.MORTEM_FACTS, text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
