package dev.mortem.dump.sidecar;

import dev.mortem.base.json.JsonObject;
import dev.mortem.base.json.JsonOutput;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.Endpoint;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.base.kernel.FileId;
import dev.mortem.base.kernel.ProcessName;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** One descriptor of a sidecar: number, access, inode and kind, and what its kind has besides. */
final class DescriptorJson {
    private static final int PORT_MAX = 0xffff;

    private DescriptorJson() {}

    static void write(JsonOutput json, FileDescriptor open) {
        json.beginObject()
                .number("number", open.number())
                .text("access", open.access().label())
                .number("inode", open.inode())
                .text("kind", open.target().kind());
        switch (open.target()) {
            case DescriptorTarget.File file -> place(json, file);
            case DescriptorTarget.Pipe pipe -> {
                pipe.file().ifPresent(file -> place(json, file));
                json.beginArray("others");
                pipe.others()
                        .forEach(end -> json.beginObject()
                                .number("pid", end.process().pid())
                                .text("name", end.process().name())
                                .text("access", end.access().label())
                                .endObject());
                json.endArray();
            }
            case DescriptorTarget.Socket socket -> socket(json, socket);
            case DescriptorTarget.Epoll epoll -> {
                json.beginArray("watches");
                epoll.watches()
                        .forEach(watch -> json.beginObject()
                                .number("descriptor", watch.descriptor())
                                .number("events", watch.events())
                                .number("inode", watch.inode())
                                .endObject());
                json.endArray();
            }
            case DescriptorTarget.EventCounter counter -> json.number("count", counter.count());
            case DescriptorTarget.Timer timer ->
                json.millis("remainingMs", timer.remaining())
                        .millis("intervalMs", timer.interval());
            case DescriptorTarget.Signals signals -> json.address("mask", signals.mask());
            case DescriptorTarget.FileWatch watch -> json.number("watchCount", watch.watches());
            case DescriptorTarget.ProcessReference process -> json.number("pid", process.pid());
            case DescriptorTarget.Other _ -> {}
        }
        json.endObject();
    }

    private static void place(JsonOutput json, DescriptorTarget.File file) {
        json.text("path", file.path()).text("device", file.id().map(FileId::device));
        if (file.deleted()) {
            json.flag("deleted", true);
        }
    }

    private static void socket(JsonOutput json, DescriptorTarget.Socket socket) {
        json.text("protocol", socket.protocol());
        socket.local().ifPresent(end -> write(json, "local", end));
        socket.remote().ifPresent(end -> write(json, "remote", end));
        json.text("state", socket.state())
                .number("sendQueueBytes", socket.sendQueueBytes())
                .number("receiveQueue", socket.receiveQueue());
        socket.peer().ifPresent(peer -> write(json, "peer", peer));
    }

    private static void write(JsonOutput json, String name, Endpoint end) {
        json.beginObject(name)
                .text("host", end.host())
                .number("port", end.port())
                .endObject();
    }

    static void write(JsonOutput json, String name, ProcessName process) {
        json.beginObject(name)
                .number("pid", process.pid())
                .text("name", process.name())
                .endObject();
    }

    /** Empty for an entry without a number or kind. */
    static Optional<FileDescriptor> read(JsonObject json) {
        OptionalLong number = json.number("number");
        Optional<String> kind = json.text("kind");
        return kind.isEmpty()
                        || number.isEmpty()
                        || number.getAsLong() < 0
                        || number.getAsLong() > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(new FileDescriptor(
                        (int) number.getAsLong(),
                        access(json),
                        json.number("inode"),
                        target(kind.get(), json)));
    }

    private static Access access(JsonObject json) {
        String label = json.text("access").orElse("");
        return Stream.of(Access.values())
                .filter(access -> access.label().equals(label))
                .findFirst()
                .orElse(Access.UNKNOWN);
    }

    private static DescriptorTarget target(String kind, JsonObject json) {
        return switch (kind) {
            case "file" ->
                place(json)
                        .orElse(new DescriptorTarget.File("", json.flag("deleted"), fileId(json)));
            case "pipe" ->
                new DescriptorTarget.Pipe(
                        place(json),
                        json.objects("others").stream()
                                .flatMap(end -> process(end).stream()
                                        .map(name ->
                                                new DescriptorTarget.PipeEnd(name, access(end))))
                                .toList());
            case "socket" ->
                new DescriptorTarget.Socket(
                        json.text("protocol"),
                        json.object("local").flatMap(DescriptorJson::endpoint),
                        json.object("remote").flatMap(DescriptorJson::endpoint),
                        json.text("state"),
                        json.number("sendQueueBytes"),
                        json.number("receiveQueue"),
                        json.object("peer").flatMap(DescriptorJson::process));
            case "epoll" ->
                new DescriptorTarget.Epoll(json.objects("watches").stream()
                        .flatMap(watch -> watch(watch).stream())
                        .toList());
            case "eventfd" -> new DescriptorTarget.EventCounter(json.number("count"));
            case "timerfd" ->
                new DescriptorTarget.Timer(millis(json, "remainingMs"), millis(json, "intervalMs"));
            case "signalfd" -> new DescriptorTarget.Signals(json.address("mask"));
            case "inotify" ->
                new DescriptorTarget.FileWatch(json.number("watchCount").orElse(0));
            case "pidfd" -> new DescriptorTarget.ProcessReference(json.number("pid"));
            default -> new DescriptorTarget.Other(kind);
        };
    }

    private static Optional<DescriptorTarget.File> place(JsonObject json) {
        return json.text("path")
                .map(path -> new DescriptorTarget.File(path, json.flag("deleted"), fileId(json)));
    }

    private static Optional<FileId> fileId(JsonObject json) {
        OptionalLong inode = json.number("inode");
        return inode.isEmpty()
                ? Optional.empty()
                : json.text("device").map(device -> new FileId(device, inode.getAsLong()));
    }

    private static Optional<Endpoint> endpoint(JsonObject json) {
        OptionalLong port = json.number("port");
        boolean impossible =
                port.isPresent() && (port.getAsLong() < 0 || port.getAsLong() > PORT_MAX);
        return impossible
                ? Optional.empty()
                : json.text("host")
                        .map(host -> new Endpoint(
                                host,
                                port.isPresent()
                                        ? OptionalInt.of((int) port.getAsLong())
                                        : OptionalInt.empty()));
    }

    static Optional<ProcessName> process(JsonObject json) {
        OptionalLong pid = json.number("pid");
        return pid.isEmpty() || pid.getAsLong() <= 0
                ? Optional.empty()
                : Optional.of(new ProcessName(pid.getAsLong(), json.text("name").orElse("")));
    }

    private static Optional<DescriptorTarget.Watch> watch(JsonObject json) {
        OptionalLong number = json.number("descriptor");
        return number.isEmpty() || number.getAsLong() < 0 || number.getAsLong() > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(new DescriptorTarget.Watch(
                        (int) number.getAsLong(),
                        json.number("events").orElse(0),
                        json.number("inode")));
    }

    private static Optional<Duration> millis(JsonObject json, String name) {
        OptionalLong number = json.number(name);
        return number.isPresent()
                ? Optional.of(Duration.ofMillis(number.getAsLong()))
                : Optional.empty();
    }
}
