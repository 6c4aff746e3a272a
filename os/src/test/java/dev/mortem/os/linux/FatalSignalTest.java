package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The watch for a fatal signal: which it takes, which it lets pass, and that the end stays the same. */
class FatalSignalTest {
    private static final int SIGABRT = 6;
    private static final int SIGSEGV = 11;

    private final ProcessControl control = new LinuxPlatform().processControl();

    @TempDir
    Path folder;

    @Test
    void aNullPointerInAThreadIsCaughtWithItsAddress() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "crash", "null")) {
            try (LiveSnapshot snapshot = watch(target).orElseThrow()) {
                CrashReason.Signal reason = (CrashReason.Signal) snapshot.reason();
                assertThat(reason.number()).isEqualTo(SIGSEGV);
                assertThat(reason.address()).hasValue(16);
                assertThat(reason.code()).hasValue(1); // SEGV_MAPERR
                assertThat(reason.senderPid()).isEmpty();
                assertThat(snapshot.threads()).hasSize(2);
                assertThat(snapshot.threads().getFirst().id()).isEqualTo(reason.threadId());
                assertThat(reason.threadId()).isNotEqualTo(target.pid());
                assertThat(snapshot.threads().getFirst().notes())
                        .anyMatch(note -> note.is("CORE", 0x53494749));
                assertThat(target.child().isRunning()).isTrue();
            }
            assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(128 + SIGSEGV);
        }
    }

    @Test
    void aSignalThatTheProgramHandlesIsNoCrash() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "crash", "handled")) {
            try (LiveSnapshot snapshot = watch(target).orElseThrow()) {
                CrashReason.Signal reason = (CrashReason.Signal) snapshot.reason();
                assertThat(reason.number()).isEqualTo(SIGABRT);
                assertThat(reason.senderPid()).hasValue(target.pid());
            }
            assertThat(target.output()).contains("handled 11");
            assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(128 + SIGABRT);
        }
    }

    @Test
    void theWatchFollowsAnExec() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "crash", "exec")) {
            Optional<LiveSnapshot> caught = control.awaitFatalSignal(
                    target.pid(), SnapshotOptions.defaults(), LiveTarget.DEADLINE, () -> {
                        letGo();
                        LiveTarget.await(
                                "exec", () -> target.output().split("ready", -1).length == 3);
                        letGo();
                    });
            try (LiveSnapshot snapshot = caught.orElseThrow()) {
                assertThat(snapshot.process().commandLine()).containsExactly("crash", "null");
            }
            assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(128 + SIGSEGV);
        }
    }

    @Test
    void anOrdinaryEndIsReportedWithItsStatus() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "crash", "exit")) {
            assertThatThrownBy(() -> watch(target))
                    .hasMessageContaining("exited with status 7")
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            ended -> assertThat(ended.kind()).isEqualTo(Kind.EXITED));
            assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(7);
        }
    }

    @Test
    void aDeadlineLeavesTheTargetUnwatchedAndAlive() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            assertThat(control.awaitFatalSignal(
                            target.pid(), SnapshotOptions.defaults(), Duration.ofMillis(100)))
                    .isEmpty();
            LiveTarget.await(
                    "let go",
                    () -> LiveTarget.read(Path.of("/proc/" + target.pid() + "/status"))
                            .contains("TracerPid:\t0\n"));
            target.assertUntouched();
        }
    }

    @Test
    void anInterruptEndsTheWatch() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            Thread caller = Thread.currentThread();
            Optional<LiveSnapshot> caught = control.awaitFatalSignal(
                    target.pid(),
                    SnapshotOptions.defaults(),
                    Duration.ofHours(1),
                    caller::interrupt);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(caught).isEmpty();
        }
    }

    private Optional<LiveSnapshot> watch(LiveTarget target) throws TargetException {
        return control.awaitFatalSignal(
                target.pid(), SnapshotOptions.defaults(), LiveTarget.DEADLINE, this::letGo);
    }

    /** What the target waits for before it goes wrong. */
    private void letGo() {
        try {
            Files.createFile(folder.resolve("go"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
