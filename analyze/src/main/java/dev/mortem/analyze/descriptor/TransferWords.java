package dev.mortem.analyze.descriptor;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.Wait.Kind;
import dev.mortem.analyze.wait.Wait.Party;
import dev.mortem.analyze.wait.Wait.Role;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.DescriptorTarget.Pipe;
import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.Endpoint;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reading, writing, connecting and accepting, in words. */
final class TransferWords {
    private final OpenDescriptors open;
    private final MemoryReader memory;

    TransferWords(OpenDescriptors open, MemoryReader memory) {
        this.open = open;
        this.memory = memory;
    }

    Optional<Wait> input(Wait wait, Wait.Call call, FileDescriptor descriptor) {
        return switch (descriptor.target()) {
            case Socket socket -> Optional.of(fromSocket(wait, call, socket));
            case Pipe pipe ->
                Optional.of(pipe(
                        wait,
                        call,
                        descriptor,
                        "data from " + OpenDescriptors.text(pipe),
                        Access.WRITE));
            case DescriptorTarget.File file ->
                Optional.of(said(
                        wait,
                        (call.name().startsWith("mq_") ? "a message in the queue " : "data of ")
                                + path(file),
                        call));
            case DescriptorTarget.EventCounter _ -> Optional.of(event(wait, "an eventfd", call));
            case DescriptorTarget.Timer _ -> Optional.of(event(wait, "a timer", call));
            case DescriptorTarget.Signals _ ->
                Optional.of(wait.as(Kind.SIGNAL, words("a signal", call), Optional.empty()));
            case DescriptorTarget.FileWatch watch ->
                Optional.of(event(
                        wait,
                        "changes of %,d watched file%s"
                                .formatted(watch.watches(), watch.watches() == 1 ? "" : "s"),
                        call));
            case DescriptorTarget.Epoll _,
                    DescriptorTarget.ProcessReference _,
                    DescriptorTarget.Other _ -> Optional.empty();
        };
    }

    /** Who reads an eventfd, timer or inotify waits for something to happen, as with poll. */
    private static Wait event(Wait wait, String what, Wait.Call call) {
        return wait.as(Kind.EVENTS, words(what, call), Optional.empty());
    }

    private Wait fromSocket(Wait wait, Wait.Call call, Socket socket) {
        if (socket.remote().isEmpty()) {
            String what = OpenDescriptors.protocol(socket).equals("Unix")
                    ? unixData(socket)
                    : "data at " + socket.local().map(Endpoint::text).orElse("a socket");
            return wait.as(
                    wait.kind(),
                    words(what, details(socket, false), call),
                    open.isAccepted(socket) || socket.peer().isPresent()
                            ? party(socket)
                            : Optional.empty());
        }
        boolean client = open.isAccepted(socket);
        return wait.as(
                wait.kind(),
                words(
                        "data from " + (client ? "the client " : "") + place(socket),
                        details(socket, true),
                        call),
                party(socket));
    }

    private String unixData(Socket socket) {
        String peer = socket.peer().map(other -> ", " + open.name(other)).orElse("");
        return socket.local()
                .map(local -> open.isAccepted(socket)
                        ? "data from a client of " + local.text() + peer
                        : "data at " + local.text()
                                + socket.peer()
                                        .map(other -> " from " + open.name(other))
                                        .orElse(""))
                .orElseGet(
                        () -> "data from " + socket.peer().map(open::name).orElse("a Unix socket"));
    }

    private Optional<Party> party(Socket socket) {
        if (socket.peer().filter(open::isOwn).isPresent()) {
            return Optional.empty();
        }
        Role role = open.isAccepted(socket) ? Role.CLIENT : Role.SERVER;
        return socket.remote()
                .map(Endpoint::text)
                .or(() -> socket.peer().map(open::name))
                .or(() -> socket.local().map(Endpoint::text))
                .map(name -> new Party(role, name));
    }

    Optional<Wait> output(Wait wait, Wait.Call call, FileDescriptor descriptor) {
        return switch (descriptor.target()) {
            case Socket socket ->
                Optional.of(wait.as(
                        wait.kind(),
                        words(
                                "room to send to "
                                        + (socket.remote().isPresent()
                                                ? place(socket)
                                                : socket.peer().map(open::name).orElse("a socket")),
                                details(socket, true),
                                call),
                        party(socket)));
            case Pipe pipe ->
                Optional.of(pipe(
                        wait,
                        call,
                        descriptor,
                        "room in " + OpenDescriptors.text(pipe),
                        Access.READ));
            case DescriptorTarget.File file ->
                Optional.of(said(
                        wait,
                        switch (call.name()) {
                            case "fsync", "fdatasync" -> path(file) + " to reach the disk";
                            case "mq_timedsend" -> "room in the queue " + path(file);
                            default -> "a write to " + path(file) + " to go through";
                        },
                        call));
            default -> Optional.empty();
        };
    }

    Optional<Wait> connect(Wait wait, Wait.Call call, Optional<FileDescriptor> descriptor) {
        Optional<Socket> socket = descriptor
                .map(FileDescriptor::target)
                .filter(Socket.class::isInstance)
                .map(Socket.class::cast);
        Optional<Endpoint> wanted = socket.flatMap(Socket::remote)
                .or(() -> SocketAddress.read(memory, call.argument(1), call.argument(2)));
        return wanted.map(remote -> wait.as(
                wait.kind(),
                words(
                        "a connection to " + remote.text() + " to be made",
                        socket.map(known -> details(known, true)).orElse(ports(remote)),
                        call),
                Optional.of(new Party(Role.SERVER, remote.text()))));
    }

    Optional<Wait> accept(Wait wait, Wait.Call call, FileDescriptor descriptor) {
        if (!(descriptor.target() instanceof Socket socket) || socket.local().isEmpty()) {
            return Optional.empty();
        }
        List<String> details = new ArrayList<>();
        if (socket.receiveQueue().orElse(0) > 0) {
            details.add(
                    "%,d wait to be accepted".formatted(socket.receiveQueue().getAsLong()));
        }
        return Optional.of(wait.as(
                wait.kind(),
                words("a connection to accept at " + socket.local().get().text(), details, call),
                Optional.empty()));
    }

    private Wait pipe(
            Wait wait, Wait.Call call, FileDescriptor pipe, String what, Access otherAccess) {
        Optional<String> other = open.otherEnd(pipe, otherAccess);
        return wait.as(
                wait.kind(),
                words(
                        what
                                + other.map(names -> " whose other end is held by " + names)
                                        .orElse(" whose other end nobody was seen to hold"),
                        call),
                other.filter(names -> !names.startsWith("this process"))
                        .map(names -> new Party(Role.PROCESS, names)));
    }

    /** The other side's address, and its process where that is known. */
    private String place(Socket socket) {
        return socket.remote().map(Endpoint::text).orElse("")
                + socket.peer().map(peer -> ", " + open.name(peer)).orElse("");
    }

    /** Protocol, state, own address, and what is on its way. */
    private List<String> details(Socket socket, boolean withLocal) {
        List<String> details = new ArrayList<>();
        if (!open.isAccepted(socket)) {
            socket.remote().ifPresent(remote -> details.addAll(ports(remote)));
        }
        List<String> facts = new ArrayList<>();
        String protocol = OpenDescriptors.protocol(socket);
        if (!protocol.isEmpty()) {
            facts.add(protocol);
        }
        socket.state().ifPresent(state -> facts.add(state(state)));
        if (withLocal) {
            socket.local().ifPresent(local -> facts.add("local " + local.text()));
        }
        if (!facts.isEmpty()) {
            details.add(String.join(", ", facts));
        }
        if (socket.sendQueueBytes().orElse(0) > 0) {
            details.add("%,d bytes sent are not acknowledged"
                    .formatted(socket.sendQueueBytes().getAsLong()));
        }
        return details;
    }

    private static List<String> ports(Endpoint remote) {
        return remote.port().isPresent()
                ? WellKnownPorts.name(remote.port().getAsInt())
                        .map(service -> List.of(service + "'s usual port"))
                        .orElse(List.of())
                : List.of();
    }

    /** "established", "close wait": netstat's names as words. */
    private static String state(String state) {
        return switch (state) {
            case "CLOSE_WAIT" -> "closed by the other side";
            case "SYN_SENT" -> "no answer yet";
            default -> state.toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    private static String path(DescriptorTarget.File file) {
        return file.path() + (file.deleted() ? ", which was deleted," : "");
    }

    private static Wait said(Wait wait, String what, Wait.Call call) {
        return wait.as(wait.kind(), words(what, call), Optional.empty());
    }

    private static String words(String what, Wait.Call call) {
        return words(what, List.of(), call);
    }

    private static String words(String what, List<String> details, Wait.Call call) {
        List<String> all = new ArrayList<>(details);
        all.add(call.text());
        return what + " (" + String.join("; ", all) + ")";
    }
}
