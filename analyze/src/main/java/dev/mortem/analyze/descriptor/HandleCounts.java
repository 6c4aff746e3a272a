package dev.mortem.analyze.descriptor;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.Endpoint;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.windows.WindowsFacts;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** How many descriptors of which kind are open, in which states sockets are, and to whom they lead. */
public final class HandleCounts {
    /** Who has more than ten servers has them in files of its own. */
    private static final int REMOTES_MAX = 10;

    private HandleCounts() {}

    /** Of a Windows process, by the type of the object; empty where the dump does not list handles. */
    public static Optional<Report.Handles> of(WindowsFacts windows) {
        if (windows.handleCount().isEmpty()) {
            return Optional.empty();
        }
        Map<String, Long> byType = new TreeMap<>();
        windows.handles()
                .forEach(handle -> byType.merge(handle.type().orElse("unknown"), 1L, Long::sum));
        return Optional.of(
                new Report.Handles(windows.handleCount().getAsLong(), byType, Map.of(), List.of()));
    }

    /** Empty where the descriptors could not be read. */
    public static Optional<Report.Handles> of(KernelObjects objects) {
        if (objects.descriptorCount().isEmpty()) {
            return Optional.empty();
        }
        OpenDescriptors open = new OpenDescriptors(Optional.of(objects), OptionalLong.empty());
        Map<String, Long> byType = new TreeMap<>();
        Map<String, Long> byState = new TreeMap<>();
        Map<String, Long> byRemote = new TreeMap<>();
        for (FileDescriptor descriptor : objects.descriptors()) {
            byType.merge(descriptor.target().kind(), 1L, Long::sum);
            if (descriptor.target() instanceof Socket socket) {
                socket.state().ifPresent(state -> byState.merge(state, 1L, Long::sum));
                socket.remote()
                        .filter(_ -> !open.isAccepted(socket)) // clients have a port each
                        .map(Endpoint::text)
                        .ifPresent(remote -> byRemote.merge(remote, 1L, Long::sum));
            }
        }
        List<Report.Remote> remotes = byRemote.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(REMOTES_MAX)
                .map(entry -> new Report.Remote(entry.getKey(), entry.getValue()))
                .toList();
        return Optional.of(new Report.Handles(
                objects.descriptorCount().getAsLong(), byType, byState, remotes));
    }
}
