package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Where no frozen copy can be made, the target stands instead, or is left alone; the reason is told. */
class SnapshotRefusalTest {
    private static final int SIGKILL = 9;
    private static final SnapshotOptions PREFER = SnapshotOptions.defaults();
    private static final SnapshotOptions REQUIRE = PREFER.withMode(SnapshotMode.REQUIRE);

    private final ProcessControl control = new LinuxPlatform().processControl();
    private final ProcFolder proc = new ProcFolder(Path.of("/proc"));

    @TempDir
    Path folder;

    /** As nobody: what RLIMIT_NPROC is for does not hold for root. */
    private static List<String> asNobody(int processesMax, List<String> command) {
        List<String> all = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "prlimit",
                "--nproc=" + processesMax));
        all.addAll(command);
        return all;
    }

    private void assertStandsBecause(long pid, String why) throws TargetException {
        try (LiveSnapshot snapshot = control.snapshot(pid, PREFER)) {
            assertThat(snapshot.method()).isEqualTo(PauseEstimate.STOP_THE_WORLD);
            assertThat(snapshot.methodWhy()).contains("no frozen copy").contains(why);
        }
        LiveTarget.assertUntouched(pid);
        assertThatThrownBy(() -> control.snapshot(pid, REQUIRE))
                .hasMessageContaining(why)
                .hasMessageContaining("--snapshot never")
                .isInstanceOfSatisfying(
                        TargetException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(Kind.NO_SNAPSHOT));
        Remains.assertNone(pid);
    }

    /** A filter that answers an error cannot harm, and is suspended for our calls. */
    @Test
    void aFilterThatRefusesCloneIsNoObstacle() throws Exception {
        try (UprightTarget target = UprightTarget.start(folder, "blocked", 2, "filter")) {
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                assertThat(snapshot.method()).isEqualTo(PauseEstimate.SNAPSHOT);
            }
            target.assertUnharmed(0);
        }
    }

    @Test
    void aFilterThatKillsForCloneIsNamed() throws Exception {
        try (UprightTarget target = UprightTarget.start(folder, "blocked", 2, "killfilter")) {
            assertStandsBecause(target.pid(), "seccomp");
            target.assertUnharmed(0);
        }
    }

    @Test
    void strictSeccompIsNamed() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "seccomp")) {
            assertStandsBecause(target.pid(), "strict seccomp");
            assertThat(target.child().isRunning()).isTrue();
        }
    }

    @Test
    void aProgramOf32BitsStands() throws Exception {
        assumeTrue(LiveTarget.tool("as") && LiveTarget.tool("ld"), "needs as and ld");
        Path source = LiveTarget.copy(folder, "small32.s");
        LiveTarget.run(folder, "as", "--32", "-o", "small32.o", source.toString());
        LiveTarget.run(folder, "ld", "-m", "elf_i386", "-o", "small32", "small32.o");
        String program = folder.resolve("small32").toString();
        try (LiveTarget target = LiveTarget.startCommand(folder, List.of(program))) {
            assertStandsBecause(target.pid(), "no 64-bit program");
            assertThat(target.child().isRunning()).isTrue();
        }
    }

    @Test
    void aStackOfTheProgramsOwnMakingIsNotWrittenBelow() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "fibers")) {
            for (int round = 0; round < 3; round++) {
                assertThatThrownBy(() -> control.snapshot(target.pid(), REQUIRE))
                        .hasMessageContaining("no room below a stack");
            }
            try (LiveSnapshot standing =
                    control.snapshot(target.pid(), SnapshotOptions.defaults())) {
                assertThat(standing.method()).isEqualTo("stopTheWorld");
                assertThat(standing.methodWhy()).contains("no room below a stack");
            }
            long before = target.word("rounds", 0);
            LiveTarget.await("rounds", () -> target.word("rounds", 0) > before + 3);
            assertThat(target.word("rounds", 1)).as("harm").isZero();
            target.assertUntouched();
        }
    }

    @Test
    void memoryThatUserfaultfdWatchesIsNamed() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "watched")) {
            assumeTrue(
                    !target.output().contains("no_userfaultfd"),
                    "needs a kernel with userfaultfd(2)");
            assertStandsBecause(target.pid(), "userfaultfd");
        }
    }

    @Test
    void aUserWithoutRoomForAnotherProcessIsTold() throws Exception {
        String program = nobodysProgram();
        try (LiveTarget target =
                LiveTarget.startCommand(folder, asNobody(1, List.of(program, "1")))) {
            assertStandsBecause(target.pid(), "RLIMIT_NPROC");
        }
    }

    /** There was room when the plan was made, and clone(2) itself is refused. */
    @ParameterizedTest
    @EnumSource(names = {"PREFER", "REQUIRE"})
    void roomThatIsGoneWhenTheTargetStandsLeavesItUnharmed(SnapshotMode mode) throws Exception {
        String program = nobodysProgram();
        try (LiveTarget target =
                        LiveTarget.startCommand(folder, asNobody(4, List.of(program, "1")));
                PendingSnapshot pending = control.prepare(target.pid(), PREFER.withMode(mode))) {
            assertThat(pending.estimate().method()).isEqualTo(PauseEstimate.SNAPSHOT);
            try (LiveTarget more =
                    LiveTarget.startCommand(folder, asNobody(20, List.of(program, "5")))) {
                assertThat(more.child().isRunning()).isTrue();
                assertRefusedWhileStanding(pending, mode);
            }
            Remains.assertNone(target.pid());
        }
    }

    private static void assertRefusedWhileStanding(PendingSnapshot pending, SnapshotMode mode)
            throws TargetException {
        if (mode == SnapshotMode.REQUIRE) {
            assertThatThrownBy(pending::take)
                    .hasMessageContaining("RLIMIT_NPROC")
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(Kind.NO_SNAPSHOT));
            return;
        }
        try (LiveSnapshot snapshot = pending.take()) {
            assertThat(snapshot.method()).isEqualTo(PauseEstimate.STOP_THE_WORLD);
            assertThat(snapshot.methodWhy()).contains("EAGAIN").contains("RLIMIT_NPROC");
            assertThat(snapshot.threads()).allMatch(thread -> thread.registers().isPresent());
        }
    }

    private String nobodysProgram() throws Exception {
        assumeTrue(
                LiveTarget.tool("setpriv") && LiveTarget.tool("prlimit"),
                "needs setpriv and prlimit");
        assumeTrue(System.getProperty("user.name", "").equals("root"), "needs to run as root");
        assertThat(folder.toFile().setExecutable(true, false)).isTrue();
        assertThat(folder.toFile().setReadable(true, false)).isTrue();
        return LiveTarget.compile(folder, "threads").toString();
    }

    @Test
    void aPauseLongerThanAllowedIsRefusedUntouched() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            Duration little = Duration.ofNanos(1000);
            try (PendingSnapshot pending =
                    control.prepare(target.pid(), PREFER.withMaxPause(little))) {
                assertThat(pending.estimate().pause()).isGreaterThan(little);
                assertThat(catchThrowableOfType(TargetException.class, pending::take)
                                .kind())
                        .isEqualTo(Kind.PAUSE_TOO_LONG);
            }
            try (PendingSnapshot pending =
                    control.prepare(target.pid(), REQUIRE.withMaxPause(little))) {
                assertThat(catchThrowableOfType(TargetException.class, pending::take)
                                .kind())
                        .isEqualTo(Kind.NO_SNAPSHOT);
            }
            long beat = target.word("counter", 0);
            LiveTarget.await("a beat", () -> target.word("counter", 0) > beat);
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void preparingTouchesNothing() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            PendingSnapshot pending = control.prepare(target.pid(), REQUIRE);
            assertThat(pending.estimate().method()).isEqualTo(PauseEstimate.SNAPSHOT);
            target.assertUntouched();
            assertThat(Remains.copies(target.pid())).isEmpty();
            long beat = target.word("counter", 0);
            LiveTarget.await("beats", () -> target.word("counter", 0) > beat + 3);
            target.assertUntouched();
            pending.close();
            pending.close();
            Remains.assertNone(target.pid());
            PendingSnapshot again = control.prepare(target.pid(), REQUIRE);
            try (LiveSnapshot snapshot = again.take()) {
                again.close();
                assertThat(snapshot.memory().u8(stackPointer(snapshot))).isPresent();
            }
            Remains.assertNone(target.pid());
        }
    }

    private static long stackPointer(LiveSnapshot snapshot) {
        return snapshot.threads().getFirst().registers().orElseThrow().sp().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTargetThatEndsBeforeItIsTakenHasExited(boolean reaped) throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "4");
                PendingSnapshot pending = control.prepare(target.pid(), REQUIRE)) {
            target.child().signal(SIGKILL);
            LiveTarget.await(
                    "ended", () -> proc.stat(target.pid()).map(StatFile::isDead).orElse(true));
            if (reaped) {
                assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(137);
            }
            assertThatThrownBy(pending::take)
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(Kind.EXITED));
            assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(137);
        }
    }

    /** The plan was made for the program before: it is dropped, and the new one is not harmed. */
    @ParameterizedTest
    @EnumSource(names = {"PREFER", "REQUIRE"})
    void aTargetThatReplacesItselfBeforeItIsTakenIsNotHarmed(SnapshotMode mode) throws Exception {
        String next = LiveTarget.compile(folder, "counts").toString();
        try (LiveTarget target = LiveTarget.start(folder, "becomes", next)) {
            try (PendingSnapshot pending = control.prepare(target.pid(), PREFER.withMode(mode))) {
                target.go();
                LiveTarget.await("the new program", () -> target.output().contains("signal "));
                try (LiveSnapshot snapshot = pending.take()) {
                    assertThat(snapshot.process().image()).contains("counts");
                    assertThat(snapshot.modules())
                            .anyMatch(module -> module.path().equals(next));
                    assertThat(snapshot.memory().u8(stackPointer(snapshot))).isPresent();
                } catch (TargetException refused) {
                    assertThat(refused.kind()).isEqualTo(Kind.NO_SNAPSHOT);
                    assertThat(mode).isEqualTo(SnapshotMode.REQUIRE);
                }
            }
            long beat = target.word("counter", 0);
            LiveTarget.await("beats", () -> target.word("counter", 0) > beat + 3);
            Remains.assertNone(target.pid());
        }
    }
}
