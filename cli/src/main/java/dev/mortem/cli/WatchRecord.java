package dev.mortem.cli;

import dev.mortem.base.json.JsonObject;
import dev.mortem.base.json.JsonOutput;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One watch that runs, as {@code mortem watch list} shows it: the document {@code mortem.watch/1} in the
 * state folder. Its id is the watching process's pid.
 *
 * @param watcherStartedAt of that process: another may have its pid later
 * @param targetPids that are watched just now
 * @param log where a detached one writes what it has to say
 */
record WatchRecord(
        long id,
        Optional<Instant> watcherStartedAt,
        Instant since,
        String target,
        List<String> conditions,
        List<Long> targetPids,
        String output,
        Optional<String> log) {
    static final String SCHEMA = "mortem.watch/1";

    /** More than one machine runs; a folder with more is not ours. */
    private static final int RECORDS_MAX = 1000;

    static Path file(Path folder, long id) {
        return folder.resolve(id + ".json");
    }

    /** Somebody who makes this file asks the watch to end. */
    static Path cancelFile(Path folder, long id) {
        return folder.resolve(id + ".cancel");
    }

    static Optional<Instant> startOf(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().startInstant())
                .map(start -> start.truncatedTo(ChronoUnit.MILLIS));
    }

    WatchRecord withTargets(List<Long> pids) {
        return new WatchRecord(id, watcherStartedAt, since, target, conditions, pids, output, log);
    }

    void write(Path folder) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonOutput json = JsonOutput.indented(text)) {
            writeTo(json);
        }
        PrivateFile.write(file(folder, id), text + "\n");
    }

    void writeTo(JsonOutput json) {
        json.beginObject()
                .text("schema", SCHEMA)
                .number("id", id)
                .time("watcherStartedAt", watcherStartedAt)
                .time("since", Optional.of(since))
                .text("target", target)
                .texts("conditions", conditions)
                .beginArray("targetPids");
        targetPids.forEach(json::number);
        json.endArray().text("output", output).text("log", log).endObject();
    }

    /** Those that run, the oldest first; what dead ones left is removed. */
    static List<WatchRecord> running(Path folder) throws IOException {
        List<WatchRecord> running = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : files) {
                Optional<WatchRecord> found = read(file);
                if (found.isPresent() && found.get().isRunning()) {
                    running.add(found.get());
                } else if (found.isPresent()) {
                    Files.deleteIfExists(file);
                    Files.deleteIfExists(cancelFile(folder, found.get().id));
                }
                if (running.size() >= RECORDS_MAX) {
                    break;
                }
            }
        }
        running.sort(Comparator.comparing(WatchRecord::since));
        return running;
    }

    static Optional<WatchRecord> read(Path file) {
        try {
            return JsonObject.parse(Files.readAllBytes(file))
                    .filter(json -> json.text("schema").filter(SCHEMA::equals).isPresent())
                    .flatMap(WatchRecord::of);
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    private static Optional<WatchRecord> of(JsonObject json) {
        if (json.number("id").isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new WatchRecord(
                json.number("id").getAsLong(),
                json.time("watcherStartedAt"),
                json.time("since").orElse(Instant.EPOCH),
                json.text("target").orElse("?"),
                json.texts("conditions"),
                json.numbers("targetPids"),
                json.text("output").orElse("?"),
                json.text("log")));
    }

    private boolean isRunning() {
        Optional<Instant> now = startOf(id);
        return now.isPresent() && (watcherStartedAt.isEmpty() || watcherStartedAt.equals(now));
    }
}
