package dev.mortem.dump.sidecar;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.json.JsonObject;
import dev.mortem.base.json.JsonOutput;
import dev.mortem.base.kernel.KernelObjects;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The document {@code mortem.dump/1} that stands beside a dump as {@code <dump>.json}.
 *
 * @param commandLine with secrets masked already
 * @param utcOffset the host's offset from UTC when the dump was taken: "+02:00"
 * @param sha256 of the dump file, in hex; null in the document unless it was asked for
 * @param trigger the values that fired, by name; empty for a dump on demand
 * @param method "snapshot", "stopTheWorld" or "kernel"
 * @param methodWhy why that way, in words
 * @param pause how long the target stood
 * @param threads what a core does not keep of each thread
 * @param jitMap where the map of code made at run time was copied from, as the process names it; the copy
 *     stands at {@link #jitMapBeside}
 * @param kernelObjects descriptors, file locks and children; command lines with secrets masked already
 */
public record DumpSidecar(
        String path,
        long sizeBytes,
        Optional<String> sha256,
        OptionalLong pid,
        Optional<String> image,
        Optional<String> commandLine,
        Optional<String> host,
        Optional<String> user,
        Optional<Instant> startedAt,
        Optional<Instant> takenAt,
        Optional<String> utcOffset,
        String kind,
        String format,
        String reason,
        Optional<String> rule,
        Map<String, String> trigger,
        String method,
        Optional<String> methodWhy,
        Optional<Duration> pause,
        Optional<Duration> write,
        List<AbsentRange> gaps,
        List<String> warnings,
        List<ThreadNote> threads,
        Optional<String> jitMap,
        Optional<KernelObjects> kernelObjects,
        String tool) {
    public static final String SCHEMA = "mortem.dump/1";

    private static final String NOT_READ = "what a sidecar knows of the dump is not in the report";

    public DumpSidecar {
        trigger = Collections.unmodifiableMap(new LinkedHashMap<>(trigger)); // in its order
        gaps = List.copyOf(gaps);
        warnings = List.copyOf(warnings);
        threads = List.copyOf(threads);
    }

    /** Memory that the dump does not have, and why. */
    public record AbsentRange(long address, long sizeBytes, String why) {}

    /** Scheduler state, CPU time and the kernel's wait channel of one thread when the dump was taken. */
    public record ThreadNote(
            long id,
            Optional<String> name,
            Optional<String> state,
            Optional<Duration> user,
            Optional<Duration> kernel,
            Optional<String> waitChannel) {}

    /** Where the sidecar of a dump stands. */
    public static Path beside(Path dump) {
        return dump.resolveSibling(dump.getFileName() + ".json");
    }

    /** Where the copy of a JIT symbol map stands that was taken with a dump. */
    public static Path jitMapBeside(Path dump) {
        return dump.resolveSibling(dump.getFileName() + ".perf-map");
    }

    /**
     * The sidecar beside the dump; empty where there is none. One that is not of ours, or cannot be
     * read, is none either, and a diagnostic says so.
     */
    public static Optional<DumpSidecar> readBeside(Path dump, Diagnostics diagnostics) {
        Path path = beside(dump);
        try {
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
            int most = (int) JsonObject.DOCUMENT_BYTES.defaultMax();
            byte[] text = read(path, most + 1);
            if (text.length > most) {
                diagnostics.report(
                        path.toString(), "more than %,d bytes".formatted(most), NOT_READ);
                return Optional.empty();
            }
            Optional<DumpSidecar> sidecar = parse(text);
            if (sidecar.isEmpty()) {
                diagnostics.report(
                        path.toString(), "no JSON document of the schema " + SCHEMA, NOT_READ);
            }
            return sidecar;
        } catch (IOException unreadable) {
            diagnostics.report(
                    path.toString(), "cannot be read: " + unreadable.getMessage(), NOT_READ);
            return Optional.empty();
        }
    }

    /** The sidecar of these bytes; empty where they are no document of {@link #SCHEMA}. */
    public static Optional<DumpSidecar> parse(byte[] utf8) {
        return JsonObject.parse(utf8)
                .filter(json -> json.text("schema").filter(SCHEMA::equals).isPresent())
                .map(DumpSidecar::of);
    }

    private static byte[] read(Path file, int bytesMax) throws IOException {
        try (InputStream input = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return input.readNBytes(bytesMax);
        }
    }

    /** Writes the document, indented. */
    public void writeTo(Writer target) {
        write(JsonOutput.indented(target));
    }

    /** Writes the document on one line, for a stream of them. */
    public void writeLineTo(Writer target) {
        write(JsonOutput.oneLine(target));
    }

    private void write(JsonOutput output) {
        try (JsonOutput json = output) {
            json.beginObject()
                    .text("schema", SCHEMA)
                    .text("path", path)
                    .number("sizeBytes", sizeBytes);
            textOrNull(json, "sha256", sha256);
            json.number("pid", pid)
                    .text("image", image)
                    .text("commandLine", commandLine)
                    .text("host", host)
                    .text("user", user)
                    .time("startedAt", startedAt)
                    .time("takenAt", takenAt)
                    .text("utcOffset", utcOffset)
                    .text("kind", kind)
                    .text("format", format)
                    .text("reason", reason);
            textOrNull(json, "rule", rule);
            json.beginObject("trigger");
            trigger.forEach(json::text);
            json.endObject()
                    .text("method", method)
                    .text("methodWhy", methodWhy)
                    .millis("pauseMs", pause)
                    .millis("writeMs", write);
            json.beginArray("gaps");
            gaps.forEach(gap -> json.beginObject()
                    .address("address", gap.address())
                    .number("sizeBytes", gap.sizeBytes())
                    .text("why", gap.why())
                    .endObject());
            json.endArray().texts("warnings", warnings).beginArray("threads");
            threads.forEach(thread -> json.beginObject()
                    .number("id", thread.id())
                    .text("name", thread.name())
                    .text("state", thread.state())
                    .millis("userMs", thread.user())
                    .millis("kernelMs", thread.kernel())
                    .text("waitChannel", thread.waitChannel())
                    .endObject());
            json.endArray().text("jitMap", jitMap);
            kernelObjects.ifPresent(objects -> KernelObjectsJson.write(json, objects));
            json.text("tool", tool).endObject();
        }
    }

    private static void textOrNull(JsonOutput json, String name, Optional<String> value) {
        value.ifPresentOrElse(known -> json.text(name, known), () -> json.nothing(name));
    }

    private static DumpSidecar of(JsonObject json) {
        return new DumpSidecar(
                json.text("path").orElse(""),
                json.number("sizeBytes").orElse(0),
                json.text("sha256"),
                json.number("pid"),
                json.text("image"),
                json.text("commandLine"),
                json.text("host"),
                json.text("user"),
                json.time("startedAt"),
                json.time("takenAt"),
                json.text("utcOffset"),
                json.text("kind").orElse("full"),
                json.text("format").orElse("core"),
                json.text("reason").orElse("OnDemand"),
                json.text("rule"),
                json.object("trigger").map(JsonObject::textMembers).orElse(Map.of()),
                json.text("method").orElse("kernel"),
                json.text("methodWhy"),
                millis(json.number("pauseMs")),
                millis(json.number("writeMs")),
                json.objects("gaps").stream()
                        .flatMap(gap -> range(gap).stream())
                        .toList(),
                json.texts("warnings"),
                json.objects("threads").stream()
                        .flatMap(thread -> note(thread).stream())
                        .toList(),
                json.text("jitMap"),
                json.object("kernelObjects").map(KernelObjectsJson::read),
                json.text("tool").orElse(""));
    }

    private static Optional<AbsentRange> range(JsonObject gap) {
        OptionalLong address = gap.address("address");
        return address.isEmpty()
                ? Optional.empty()
                : Optional.of(new AbsentRange(
                        address.getAsLong(),
                        gap.number("sizeBytes").orElse(0),
                        gap.text("why").orElse("")));
    }

    private static Optional<ThreadNote> note(JsonObject thread) {
        OptionalLong id = thread.number("id");
        return id.isEmpty()
                ? Optional.empty()
                : Optional.of(new ThreadNote(
                        id.getAsLong(),
                        thread.text("name"),
                        thread.text("state"),
                        millis(thread.number("userMs")),
                        millis(thread.number("kernelMs")),
                        thread.text("waitChannel")));
    }

    private static Optional<Duration> millis(OptionalLong number) {
        return number.isPresent()
                ? Optional.of(Duration.ofMillis(number.getAsLong()))
                : Optional.empty();
    }
}
