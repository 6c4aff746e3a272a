package dev.mortem.dump.sidecar;

import dev.mortem.base.json.JsonObject;
import dev.mortem.base.json.JsonOutput;
import dev.mortem.base.kernel.ChildProcess;
import dev.mortem.base.kernel.FileId;
import dev.mortem.base.kernel.FileLock;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.kernel.ProcessName;
import dev.mortem.base.limit.Limit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The sidecar's {@code kernelObjects}: descriptors, file locks and children, written and read back. What
 * is malformed in an entry leaves out that entry.
 */
final class KernelObjectsJson {
    static final Limit ENTRIES = new Limit(
            "descriptors, locks or children of a sidecar",
            10_000,
            "entries",
            "twice what is written; who has more was not written by us");

    private KernelObjectsJson() {}

    static void write(JsonOutput json, KernelObjects objects) {
        json.beginObject("kernelObjects")
                .time("takenAt", objects.takenAt())
                .number("descriptorCount", objects.descriptorCount())
                .number("descriptorsMax", objects.descriptorsMax())
                .beginArray("descriptors");
        objects.descriptors().forEach(open -> DescriptorJson.write(json, open));
        json.endArray().beginArray("locks");
        objects.locks().forEach(lock -> write(json, lock));
        json.endArray().beginArray("children");
        objects.children().forEach(child -> write(json, child));
        json.endArray().texts("absences", objects.absences()).endObject();
    }

    private static void write(JsonOutput json, FileLock lock) {
        json.beginObject()
                .text("kind", lock.kind())
                .flag("exclusive", lock.exclusive())
                .text("device", lock.file().device())
                .number("inode", lock.file().inode())
                .number("start", lock.start())
                .number("end", lock.end());
        lock.holder().ifPresent(holder -> DescriptorJson.write(json, "holder", holder));
        json.beginArray("waiters");
        for (ProcessName waiter : lock.waiters()) {
            json.beginObject()
                    .number("pid", waiter.pid())
                    .text("name", waiter.name())
                    .endObject();
        }
        json.endArray().endObject();
    }

    private static void write(JsonOutput json, ChildProcess child) {
        json.beginObject()
                .number("pid", child.pid())
                .text("name", child.name())
                .text("state", child.state())
                .texts("arguments", child.commandLine())
                .text("waitChannel", child.waitChannel())
                .endObject();
    }

    static KernelObjects read(JsonObject json) {
        List<String> absences = new ArrayList<>(json.texts("absences"));
        return new KernelObjects(
                json.time("takenAt"),
                json.number("descriptorCount"),
                json.number("descriptorsMax"),
                first(json, "descriptors", absences).stream()
                        .flatMap(open -> DescriptorJson.read(open).stream())
                        .toList(),
                first(json, "locks", absences).stream()
                        .flatMap(lock -> lock(lock).stream())
                        .toList(),
                first(json, "children", absences).stream()
                        .flatMap(child -> child(child).stream())
                        .toList(),
                absences);
    }

    private static List<JsonObject> first(JsonObject json, String name, List<String> absences) {
        List<JsonObject> entries = json.objects(name);
        int most = (int) ENTRIES.defaultMax();
        if (entries.size() <= most) {
            return entries;
        }
        absences.add(
                "of the sidecar's %,d %s only %,d were read".formatted(entries.size(), name, most));
        return entries.subList(0, most);
    }

    private static Optional<FileLock> lock(JsonObject json) {
        OptionalLong inode = json.number("inode");
        OptionalLong start = json.number("start");
        Optional<String> device = json.text("device");
        return inode.isEmpty() || start.isEmpty() || device.isEmpty()
                ? Optional.empty()
                : json.text("kind")
                        .map(kind -> new FileLock(
                                kind,
                                json.flag("exclusive"),
                                new FileId(device.get(), inode.getAsLong()),
                                start.getAsLong(),
                                json.number("end"),
                                json.object("holder").flatMap(DescriptorJson::process),
                                json.objects("waiters").stream()
                                        .flatMap(waiter -> DescriptorJson.process(waiter).stream())
                                        .toList()));
    }

    private static Optional<ChildProcess> child(JsonObject json) {
        OptionalLong pid = json.number("pid");
        return pid.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChildProcess(
                        pid.getAsLong(),
                        json.text("name").orElse(""),
                        json.text("state").orElse(""),
                        json.texts("arguments"),
                        json.text("waitChannel")));
    }
}
