package dev.mortem.analyze.descriptor;

import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.DescriptorTarget.Pipe;
import dev.mortem.base.kernel.DescriptorTarget.PipeEnd;
import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.Endpoint;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.kernel.ProcessName;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** The descriptors of one process, found by number and named in words. Immutable. */
public final class OpenDescriptors {
    private static final int PROCESSES_NAMED = 3;

    private final Map<Integer, FileDescriptor> byNumber = new HashMap<>();
    private final Set<Long> children = new HashSet<>();
    private final Set<Integer> listeningPorts = new HashSet<>();
    private final Set<String> listeningPaths = new HashSet<>();

    private final OptionalLong pid;

    /** @param pid the process itself, where that is known */
    public OpenDescriptors(Optional<KernelObjects> objects, OptionalLong pid) {
        this.pid = pid;
        objects.ifPresent(known -> {
            known.children().forEach(child -> children.add(child.pid()));
            known.descriptors().forEach(this::add);
        });
    }

    private void add(FileDescriptor descriptor) {
        byNumber.putIfAbsent(descriptor.number(), descriptor);
        if (descriptor.target() instanceof Socket socket && socket.isListening()) {
            socket.local().ifPresent(local -> {
                if (local.port().isPresent()) {
                    listeningPorts.add(local.port().getAsInt());
                } else {
                    listeningPaths.add(local.host());
                }
            });
        }
    }

    Optional<FileDescriptor> get(int number) {
        return Optional.ofNullable(byNumber.get(number));
    }

    /** Whether others connected to this process, which listens where the socket's own end is. */
    public boolean isAccepted(Socket socket) {
        return !socket.isListening()
                && socket.local()
                        .filter(local -> local.port().isPresent()
                                ? listeningPorts.contains(local.port().getAsInt())
                                : listeningPaths.contains(local.host()))
                        .isPresent();
    }

    boolean isOwn(ProcessName process) {
        return pid.isPresent() && pid.getAsLong() == process.pid();
    }

    /** "child 4711 (convert)", "process 812 (backup)" or "this process itself". */
    String name(ProcessName process) {
        if (isOwn(process)) {
            return "this process itself";
        }
        return children.contains(process.pid())
                ? "child" + process.text().substring("process".length())
                : process.text();
    }

    /** Who holds the end of the pipe that is opened so; empty where nobody was seen to. */
    Optional<String> otherEnd(FileDescriptor pipe, Access wanted) {
        Set<String> names = byNumber.values().stream()
                .filter(own -> own.number() != pipe.number()
                        && isSame(own, pipe)
                        && isFor(own.access(), wanted))
                .map(own -> "this process itself (descriptor " + own.number() + ")")
                .limit(1)
                .collect(Collectors.toCollection(java.util.LinkedHashSet::new));
        if (pipe.target() instanceof Pipe ends) {
            for (PipeEnd end : ends.others()) {
                if (isFor(end.access(), wanted)) {
                    names.add(name(end.process()));
                }
            }
        }
        List<String> listed = List.copyOf(names);
        return listed.isEmpty() ? Optional.empty() : Optional.of(listed(listed));
    }

    /** The inode alone does not tell: that of a named pipe is one of its own file system. */
    private static boolean isSame(FileDescriptor one, FileDescriptor other) {
        return one.target() instanceof Pipe first
                && other.target() instanceof Pipe second
                && one.inode().isPresent()
                && one.inode().equals(other.inode())
                && first.file()
                        .flatMap(DescriptorTarget.File::id)
                        .equals(second.file().flatMap(DescriptorTarget.File::id));
    }

    private static boolean isFor(Access access, Access wanted) {
        return access == wanted || access == Access.READ_WRITE;
    }

    static String listed(List<String> names) {
        if (names.size() <= PROCESSES_NAMED) {
            int last = names.size() - 1;
            return last < 1
                    ? String.join("", names)
                    : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
        }
        return String.join(", ", names.subList(0, PROCESSES_NAMED)) + " and "
                + (names.size() - PROCESSES_NAMED) + " more";
    }

    /** In a list: "listening 0.0.0.0:8080", "TCP to 10.0.0.5:5432", "eventfd". */
    String brief(FileDescriptor descriptor) {
        return switch (descriptor.target()) {
            case DescriptorTarget.File file -> file.path();
            case Pipe pipe -> text(pipe);
            case Socket socket -> brief(socket);
            case DescriptorTarget.Epoll _ -> "an epoll";
            case DescriptorTarget.EventCounter _ -> "an eventfd";
            case DescriptorTarget.Timer _ -> "a timer";
            case DescriptorTarget.Signals _ -> "signals";
            case DescriptorTarget.FileWatch _ -> "changes of files";
            case DescriptorTarget.ProcessReference process ->
                process.pid().isPresent()
                        ? "the end of process " + process.pid().getAsLong()
                        : "the end of a process";
            case DescriptorTarget.Other other -> other.kind();
        };
    }

    /** "a pipe", "the named pipe /run/orders". */
    static String text(Pipe pipe) {
        return pipe.file().map(file -> "the named pipe " + file.path()).orElse("a pipe");
    }

    private String brief(Socket socket) {
        String protocol = protocol(socket);
        if (socket.isListening()) {
            return "listening "
                    + socket.local().map(Endpoint::text).orElse("at a place without name");
        }
        if (socket.remote().isEmpty()) {
            return "a " + protocol + " socket"
                    + socket.local().map(local -> " at " + local.text()).orElse("");
        }
        String remote = socket.remote().get().text();
        return protocol + (isAccepted(socket) ? " from client " : " to ") + remote;
    }

    /** "TCP", "UDP", "Unix"; "" where it is not known. */
    static String protocol(Socket socket) {
        return socket.protocol()
                .map(name -> name.equals("unix") ? "Unix" : name.toUpperCase(Locale.ROOT))
                .orElse("");
    }
}
