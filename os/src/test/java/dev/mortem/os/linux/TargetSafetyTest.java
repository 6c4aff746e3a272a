package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** No target comes to harm, and what cannot be stopped is refused with a reason. */
class TargetSafetyTest {
    private final ProcessControl control = new LinuxPlatform().processControl();
    private final ProcFolder proc = new ProcFolder(Path.of("/proc"));

    @TempDir
    Path folder;

    @Test
    void theHeartBeatsAgain() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            long standing;
            try (LiveSnapshot snapshot =
                    control.snapshot(target.pid(), options(SnapshotMode.NEVER))) {
                standing = counter(0);
                assertThat(snapshot.pause()).isPositive();
                assertThat(counter(0)).isEqualTo(standing);
            }
            LiveTarget.await("a beat", () -> counter(0) > standing);
            target.assertUntouched();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NEVER"})
    void signalsThatComeDuringTheStopAreNotLost(SnapshotMode mode) throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            int signal = (int) target.number("signal");
            for (int round = 0; round < 20; round++) {
                target.child().signal(signal);
                try (LiveSnapshot snapshot = control.snapshot(target.pid(), options(mode))) {
                    for (int sent = 0; sent < 10; sent++) {
                        target.child().signal(signal);
                    }
                    assertThat(snapshot.threads()).hasSize(1);
                }
            }
            LiveTarget.await("220 signals", () -> counter(8) == 220);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NEVER"})
    void aStoppedProcessStaysStopped(SnapshotMode mode) throws Exception {
        int sigstop = 19;
        int sigcont = 18;
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            target.child().signal(sigstop);
            LiveTarget.await("stopped", () -> state(target.pid()).equals("T"));
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), options(mode))) {
                assertThat(snapshot.threads().getFirst().state()).contains("T");
            }
            LiveTarget.await("stopped again", () -> state(target.pid()).equals("T"));
            long standing = counter(0);
            target.child().signal(sigcont);
            LiveTarget.await("a beat", () -> counter(0) > standing);
            target.assertUntouched();
        }
    }

    @Test
    void aTargetUnderSeccompLives() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "seccomp")) {
            try (LiveSnapshot snapshot =
                    control.snapshot(target.pid(), SnapshotOptions.defaults())) {
                assertThat(snapshot.threads().getFirst().registers()).isPresent();
            }
            assertThat(target.child().awaitExit(Duration.ofMillis(50))).isEmpty();
            target.assertUntouched();
        }
    }

    @Test
    void aStormOfThreadsProcessesAndExecsGoesOn() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "storm")) {
            for (int round = 0; round < 30; round++) {
                long before = counter(0);
                try (LiveSnapshot snapshot =
                        control.snapshot(target.pid(), SnapshotOptions.defaults())) {
                    assertThat(snapshot.threads()).isNotEmpty();
                }
                LiveTarget.await("progress", () -> counter(0) > before);
            }
            assertThat(target.child().isRunning()).isTrue();
        }
    }

    @Test
    void aTargetThatIsKilledWhileItStandsLeavesAShortReadAndAReason() throws Exception {
        int sigkill = 9;
        try (LiveTarget target = LiveTarget.start(folder, "threads", "5")) {
            LiveSnapshot snapshot = control.snapshot(target.pid(), options(SnapshotMode.NEVER));
            long address = target.address("pattern");
            target.child().signal(sigkill);
            LiveTarget.await("no memory", () -> snapshot.memory().u8(address).isEmpty());
            snapshot.resume();
            assertThat(snapshot.overran().orElseThrow()).contains("killed");
            assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(128 + sigkill);
        }
    }

    @Test
    void theDeadlineLetsTheTargetGoAndTheSnapshotSaysSo() throws Exception {
        SnapshotOptions options = options(SnapshotMode.NEVER).withMaxPause(Duration.ofMillis(300));
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), options)) {
                MemoryRegion any = snapshot.regions().stream()
                        .filter(region -> region.path().map("[stack]"::equals).orElse(false))
                        .findFirst()
                        .orElseThrow();
                AddressRange read = snapshot.populated(any).getFirst();
                LiveTarget.await(
                        "nothing read", () -> snapshot.memory().u8(read.start()).isEmpty());
                snapshot.resume();
                assertThat(snapshot.overran().orElseThrow()).contains("--max-pause");
                assertThat(snapshot.pause()).isGreaterThanOrEqualTo(Duration.ofMillis(300));
            }
            target.assertUntouched();
        }
    }

    @Test
    void aPauseThatWouldBeTooLongIsRefusedBeforeAnythingIsTouched() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "ranges")) {
            SnapshotOptions slow = options(SnapshotMode.NEVER).withCopyBytesPerSecond(1_000_000);
            assertThatThrownBy(() -> control.snapshot(target.pid(), slow))
                    .isInstanceOfSatisfying(TargetException.class, refused -> {
                        assertThat(refused.kind()).isEqualTo(Kind.PAUSE_TOO_LONG);
                        assertThat(refused.estimate().orElseThrow())
                                .isGreaterThan(Duration.ofSeconds(3));
                        assertThat(refused).hasMessageContaining("--max-pause");
                    });
            assertThat(control.estimatePause(target.pid(), slow).copyBytes())
                    .isBetween(3L << 20, 8L << 20);
        }
    }

    @Test
    void aTargetIsNeverTracedTwice() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2");
                LiveSnapshot first = control.snapshot(target.pid(), options(SnapshotMode.NEVER))) {
            assertRefused(target.pid(), Kind.ALREADY_TRACED, "this Mortem itself");
            assertThat(first.memory().u8(target.address("pattern"))).isPresent();
        }
    }

    @Test
    void anotherDebuggerIsNamed() throws Exception {
        assumeTrue(LiveTarget.tool("gdb"), "needs gdb");
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2");
                LiveTarget gdb = LiveTarget.startCommand(
                        folder,
                        List.of(
                                "gdb",
                                "-nx",
                                "-q",
                                "-batch",
                                "-p",
                                Long.toString(target.pid()),
                                "-ex",
                                "echo ready\\n",
                                "-ex",
                                "shell exec sleep 60"))) {
            assertRefused(target.pid(), Kind.ALREADY_TRACED, "process " + gdb.pid() + " (gdb)");
        }
    }

    @Test
    void aZombieAKernelThreadOurselvesAndNobodyAreRefused() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "zombies")) {
            long child = target.number("child");
            LiveTarget.await("zombie", () -> state(child).equals("Z"));
            assertRefused(child, Kind.ZOMBIE, "process " + target.pid());
        }
        assertRefused(ProcessHandle.current().pid(), Kind.UNSUPPORTED, "Mortem itself");
        assertRefused(Integer.MAX_VALUE, Kind.NOT_FOUND, "mortem ps");
        assumeTrue(
                proc.stat(2).map(StatFile::isKernelThread).orElse(false),
                "needs to see the kernel's threads");
        assertRefused(2, Kind.KERNEL_THREAD, "kernel thread");
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NEVER"})
    void aLeaderThatHasEndedDoesNotHideTheRest(SnapshotMode mode) throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "zombies", "leader")) {
            LiveTarget.await("leader ended", () -> state(target.pid()).equals("Z"));
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), options(mode))) {
                assertThat(snapshot.threads()).hasSize(1);
                assertThat(snapshot.threads().getFirst().id()).isNotEqualTo(target.pid());
                long sp = snapshot.threads()
                        .getFirst()
                        .registers()
                        .orElseThrow()
                        .sp()
                        .orElseThrow();
                assertThat(snapshot.memory().u8(sp)).isPresent();
                assertThat(snapshot.modules()).isNotEmpty();
            }
            target.assertUntouched();
        }
    }

    @Test
    void aThreadsIdIsAnsweredWithItsProcess() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2")) {
            long tid = proc.tids(target.pid()).getLast();
            assertRefused(tid, Kind.NOT_FOUND, "a thread of process " + target.pid());
        }
    }

    private static SnapshotOptions options(SnapshotMode mode) {
        return SnapshotOptions.defaults().withMode(mode);
    }

    private void assertRefused(long pid, Kind kind, String message) {
        ThrowingCallable attempt = () -> control.snapshot(pid, SnapshotOptions.defaults());
        assertThatThrownBy(attempt)
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        TargetException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(kind));
    }

    private String state(long pid) {
        return proc.stat(pid).map(StatFile::state).orElse("gone");
    }

    /** The target's own count, in the file that it shares with us. */
    private long counter(int offset) {
        try {
            byte[] bytes = Files.readAllBytes(folder.resolve("counter"));
            return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong(offset);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
