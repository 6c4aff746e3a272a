package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.RuntimeKind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The list of this machine's processes, against what the test knows of itself and what it starts. */
class ProcessListTest {
    private final ProcessList list = new LinuxPlatform().processList();

    @TempDir
    Path folder;

    @Test
    void ourselvesWithPortsKindAndUser() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ProcessEntry own = list.entry(ProcessHandle.current().pid()).orElseThrow();
            assertThat(own.kind()).isEqualTo(RuntimeKind.JVM);
            assertThat(own.ports()).contains(socket.getLocalPort());
            assertThat(own.user()).contains(System.getProperty("user.name"));
            assertThat(own.threads().orElseThrow()).isGreaterThan(5);
            assertThat(own.privateBytes().orElseThrow()).isGreaterThan(10L << 20);
            assertThat(own.cpuPercent()).isEmpty();
            Instant started = ProcessHandle.current().info().startInstant().orElseThrow();
            assertThat(Duration.between(own.startedAt().orElseThrow(), started).abs())
                    .isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    void cpuIsMeasuredAgainstOneCore() throws Exception {
        try (LiveTarget busy = LiveTarget.startCommand(
                        folder, List.of("/bin/sh", "-c", "echo ready; while :; do :; done"));
                LiveTarget idle = LiveTarget.start(folder, "threads", "2")) {
            List<ProcessEntry> all = list.list(Duration.ofMillis(300));
            // how much of a core the busy one gets depends on what else this machine does
            assertThat(entry(all, busy).cpuPercent().orElseThrow()).isBetween(5.0, 150.0);
            assertThat(entry(all, idle).cpuPercent().orElseThrow()).isBetween(0.0, 5.0);
            assertThat(entry(all, idle).threads()).hasValue(2);
            assertThat(entry(all, idle).name()).isEqualTo("threads");
            assertThat(entry(all, idle).kind()).isEqualTo(RuntimeKind.NATIVE);
            assertThat(all).extracting(ProcessEntry::pid).isSorted().doesNotContain(2L);
            assertThat(list.list(Duration.ZERO))
                    .allMatch(each -> each.cpuPercent().isEmpty());
        }
    }

    @Test
    void pythonAndNodeAreToldByTheirFiles() throws Exception {
        assumeTrue(LiveTarget.tool("python3") && LiveTarget.tool("node"), "needs python3 and node");
        String python = "print('ready', flush=True); import time; time.sleep(60)";
        String node = "console.log('ready'); setTimeout(() => {}, 60000)";
        try (LiveTarget one = LiveTarget.startCommand(folder, List.of("python3", "-c", python));
                LiveTarget other = LiveTarget.startCommand(folder, List.of("node", "-e", node))) {
            assertThat(list.entry(one.pid()).orElseThrow().kind()).isEqualTo(RuntimeKind.PYTHON);
            assertThat(list.entry(other.pid()).orElseThrow().kind()).isEqualTo(RuntimeKind.NODE);
        }
    }

    @Test
    void goIsToldByItsBuildId() throws Exception {
        Path go = Path.of("/usr/local/go/bin/gofmt");
        assumeTrue(Files.isExecutable(go), "needs a Go program: " + go);
        Path fifo = folder.resolve("fifo");
        LiveTarget.run(folder, "mkfifo", fifo.toString());
        // waits for somebody to write into the pipe, as a program of Go
        try (LiveTarget target = LiveTarget.startCommand(
                folder, List.of("/bin/sh", "-c", "echo ready; exec " + go + " <> fifo"))) {
            LiveTarget.await(
                    "exec",
                    () -> list.entry(target.pid())
                            .map(entry -> entry.name().equals("gofmt"))
                            .orElse(false));
            assertThat(list.entry(target.pid()).orElseThrow().kind()).isEqualTo(RuntimeKind.GO);
        }
    }

    @Test
    void threadsAndAbsentProcessesAreNoEntries() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2")) {
            assertThat(list.entry(target.pid())).isPresent();
            assertThat(list.entry(target.pid() + 1))
                    .satisfiesAnyOf(
                            none -> assertThat(none).isEmpty(),
                            other ->
                                    assertThat(other.orElseThrow().name()).isNotEqualTo("threads"));
            assertThat(list.entry(Integer.MAX_VALUE)).isEqualTo(Optional.empty());
        }
    }

    private static ProcessEntry entry(List<ProcessEntry> all, LiveTarget target) {
        return all.stream()
                .filter(entry -> entry.pid() == target.pid())
                .findFirst()
                .orElseThrow();
    }
}
