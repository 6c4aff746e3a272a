package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.proc.ProcFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/** Many threads, many signals, many snapshots, many of us. */
class SnapshotLoadTest {
    private static final SnapshotOptions REQUIRE =
            SnapshotOptions.defaults().withMode(SnapshotMode.REQUIRE);

    private final ProcessControl control = new LinuxPlatform().processControl();
    private final ProcFolder proc = new ProcFolder(Path.of("/proc"));

    @TempDir
    Path folder;

    @Test
    void aThousandThreads() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "1000")) {
            Set<Long> ids;
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                assertThat(snapshot.method()).isEqualTo("snapshot");
                assertThat(snapshot.threads())
                        .hasSize(1000)
                        .allMatch(thread -> thread.registers().isPresent());
                ids = snapshot.threads().stream()
                        .map(ThreadSnapshot::id)
                        .collect(Collectors.toCollection(TreeSet::new));
            }
            assertThat(new TreeSet<>(proc.tids(target.pid()))).isEqualTo(ids);
            Remains.assertNone(target.pid());
        }
    }

    /** A thread that stands at the delivery of a signal gets it when it is let go. */
    @Test
    void aStormOfFaultsThatTheTargetHandles() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "faults")) {
            for (int round = 0; round < 50; round++) {
                long before = target.word("counter", 0);
                SnapshotOptions options =
                        round % 5 == 4 ? REQUIRE.withMode(SnapshotMode.NEVER) : REQUIRE;
                try (LiveSnapshot snapshot = control.snapshot(target.pid(), options)) {
                    assertThat(snapshot.threads()).hasSize(1);
                }
                LiveTarget.await("faults", () -> target.word("counter", 0) > before + 10);
            }
            assertThat(target.child().isRunning()).isTrue();
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void fiftySnapshotsLeaveNoOpenFileAndNoThread() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            takeAndClose(target.pid()); // opens what stays open: classes, the rehearsal
            Remains.assertNone(target.pid());
            long before = Remains.openFiles();
            for (int round = 0; round < 50; round++) {
                takeAndClose(target.pid());
            }
            Remains.assertNone(target.pid());
            assertThat(Remains.openFiles()).isEqualTo(before);
        }
    }

    @Test
    void refusalsLeaveNoOpenFileEither() throws Exception {
        SnapshotOptions little = REQUIRE.withMaxPause(Duration.ofNanos(1));
        try (UprightTarget target = UprightTarget.start(folder, "blocked", 2, "killfilter")) {
            assertRefused(target.pid(), REQUIRE);
            assertRefused(target.pid(), little);
            control.prepare(target.pid(), REQUIRE).close();
            Remains.assertNone(target.pid());
            long before = Remains.openFiles();
            for (int round = 0; round < 10; round++) {
                assertRefused(target.pid(), REQUIRE);
                assertRefused(target.pid(), little);
                control.prepare(target.pid(), REQUIRE).close();
            }
            Remains.assertNone(target.pid());
            assertThat(Remains.openFiles()).isEqualTo(before);
            target.assertUnharmed(0);
        }
    }

    private void takeAndClose(long pid) throws TargetException {
        try (LiveSnapshot snapshot = control.snapshot(pid, REQUIRE)) {
            assertThat(snapshot.threads()).hasSize(1);
        }
    }

    private void assertRefused(long pid, SnapshotOptions options) {
        try (LiveSnapshot snapshot = control.snapshot(pid, options)) {
            assertThat(snapshot.method()).as("taken nevertheless").isEmpty();
        } catch (TargetException refused) {
            assertThat(refused.kind()).isEqualTo(Kind.NO_SNAPSHOT);
        }
    }

    /** Either may come first; the second is told who has it, or comes when the first is done. */
    @Test
    void twoAtOnceDoNoHarm() throws Exception {
        ProcessControl other = new LinuxPlatform().processControl();
        CyclicBarrier together = new CyclicBarrier(2);
        try (UprightTarget target = UprightTarget.start(folder, "blocked", 8, "");
                ExecutorService two = Executors.newFixedThreadPool(2)) {
            int taken = 0;
            for (int round = 0; round < 60; round++) {
                List<Future<Boolean>> both = new ArrayList<>();
                for (ProcessControl one : List.of(control, other)) {
                    both.add(two.submit(() -> takesOrIsTold(one, target.pid(), together)));
                }
                for (Future<Boolean> one : both) {
                    taken += one.get() ? 1 : 0;
                }
            }
            assertThat(taken).isPositive();
            target.assertUnharmed(0);
            Remains.assertNone(target.pid());
        }
    }

    private static boolean takesOrIsTold(ProcessControl control, long pid, CyclicBarrier together)
            throws Exception {
        together.await();
        try (LiveSnapshot snapshot = control.snapshot(pid, REQUIRE)) {
            assertThat(snapshot.threads())
                    .hasSize(8)
                    .allMatch(thread -> thread.registers().isPresent());
            return true;
        } catch (TargetException refused) {
            assertThat(refused.kind()).as(refused.getMessage()).isEqualTo(Kind.ALREADY_TRACED);
            return false;
        }
    }
}
