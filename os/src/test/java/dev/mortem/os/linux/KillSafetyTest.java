package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** What happens to a target when the Mortem that holds it dies, and to runtimes that we only look at. */
class KillSafetyTest {
    @TempDir
    Path folder;

    /** Runs in a second JVM: holds a snapshot for as long as it lives. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws TargetException {
            SnapshotOptions options =
                    SnapshotOptions.defaults().withMaxPause(Duration.ofMinutes(2));
            try (LiveSnapshot snapshot = ProcessControl.ofThisMachine()
                    .snapshot(Long.parseLong(arguments[0]), options)) {
                System.out.println("ready " + snapshot.threads().size());
                long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
                while (System.nanoTime() < end) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 15})
    void aTargetRunsOnWhenItsTracerIsKilled(int signal) throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            try (LiveTarget holder = LiveTarget.startCommand(
                    folder,
                    List.of(
                            java(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path", ""),
                            Holder.class.getName(),
                            Long.toString(target.pid())))) {
                long standing = beats();
                holder.child().signal(signal);
                assertThat(holder.child().awaitExit(LiveTarget.DEADLINE)).hasValue(128 + signal);
                LiveTarget.await("a beat", () -> beats() > standing);
            }
            target.assertUntouched();
        }
    }

    @Test
    void runtimesRunOnAndShowTheirExecutables() throws Exception {
        assumeTrue(LiveTarget.tool("python3") && LiveTarget.tool("node"), "needs python3 and node");
        Path source = Files.writeString(
                folder.resolve("Wait.java"),
                "void main() throws Exception { System.out.println(\"ready\"); new Object() {"
                        + " synchronized void f() throws Exception { wait(60_000); } }.f(); }");
        looksAndLeaves(
                "python",
                List.of(
                        "python3",
                        "-c",
                        "print('ready', flush=True); import time; time.sleep(60)"));
        looksAndLeaves(
                "node", List.of("node", "-e", "console.log('ready'); setTimeout(() => {}, 6e4)"));
        looksAndLeaves("bash", List.of("bash", "-c", "echo ready; read -t 60 < <(sleep 60)"));
        looksAndLeaves("java", List.of(java(), source.toString()));
    }

    private void looksAndLeaves(String image, List<String> command) throws Exception {
        ProcessControl control = new LinuxPlatform().processControl();
        SnapshotOptions patient = SnapshotOptions.defaults().withMemory(false);
        try (LiveTarget target = LiveTarget.startCommand(folder, command)) {
            for (int round = 0; round < 3; round++) {
                try (LiveSnapshot snapshot = control.snapshot(target.pid(), patient)) {
                    assertThat(snapshot.process().image().orElseThrow()).startsWith(image);
                    assertThat(snapshot.modules())
                            .extracting(LoadedModule::path)
                            .contains(snapshot.process().executable().orElseThrow());
                    assertThat(snapshot.threads())
                            .allMatch(thread -> thread.registers().isPresent());
                }
                target.assertUntouched();
            }
            assertThat(target.child().isRunning()).isTrue();
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
    }

    private long beats() {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(folder.resolve("counter")))
                    .order(ByteOrder.nativeOrder())
                    .getLong();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
