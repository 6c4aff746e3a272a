package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.inject.InjectionStep;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** We are killed at each step of making a copy: the target is what it was. */
class StepKillTest {
    private static final int SIGKILL = 9;

    /** A task was cloned, and the target was not yet made to take its end. */
    private static final Set<InjectionStep> LEAVING_A_CHILD =
            EnumSet.range(InjectionStep.TASK_CLONED, InjectionStep.HELPER_ENDED);

    /** Those of a copy that is not made through a helper never come. */
    private static final Set<InjectionStep> HELPER_STEPS = EnumSet.of(InjectionStep.HELPER_ENDED);

    @TempDir
    Path folder;

    /** Runs in a second JVM: takes a snapshot, and stops for ever at a step, or holds the copy. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) throws TargetException {
            long pid = Long.parseLong(arguments[0]);
            String wanted = arguments[1];
            InjectionStep.Listener listener = step -> {
                if (step.name().equals(wanted)) {
                    hold();
                }
            };
            LinuxProcessControl control = LinuxPlatform.processControl(listener);
            try (LiveSnapshot snapshot = control.snapshot(
                    pid,
                    SnapshotOptions.defaults()
                            .withMode(SnapshotMode.REQUIRE)
                            .withMaxPause(Duration.ofMinutes(1)))) {
                if (wanted.equals("HELD") && snapshot.threads().size() > 0) {
                    hold();
                }
            }
            System.out.println("ended without that step");
        }

        private static void hold() {
            System.out.println("ready");
            long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
            while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"blocked,1,''", "spinning,4,''", "blocked,3,subreaper", "blocked,2,filter"})
    void theTargetIsUnharmedWhereverWeAreKilled(String main, int threads, String what)
            throws Exception {
        boolean direct = what.equals("subreaper");
        int kills = 0;
        int children = 0;
        try (UprightTarget target = UprightTarget.start(folder, main, threads, what)) {
            for (String step : steps(direct)) {
                killAt(target, step);
                kills++;
                children += leavesAChild(step, direct) ? 1 : 0;
                target.assertUnharmed(children);
                assertThat(target.interruptions()).as("EINTR").isLessThanOrEqualTo(kills);
            }
        }
    }

    /** A copy that is the target's own child is its to reap, and we are not there to make it. */
    private static boolean leavesAChild(String step, boolean direct) {
        return LEAVING_A_CHILD.stream().anyMatch(leaving -> leaving.name().equals(step))
                || (direct && InjectionStep.TASK_CLONED.compareTo(lastStep(step)) <= 0);
    }

    private static InjectionStep lastStep(String step) {
        return step.equals("HELD") ? InjectionStep.COPY_ALONE : InjectionStep.valueOf(step);
    }

    /** The steps are all there are, so that a new one is killed at too. */
    @Test
    void everyStepIsReached() throws Exception {
        Set<InjectionStep> reached = EnumSet.noneOf(InjectionStep.class);
        try (UprightTarget target = UprightTarget.start(folder, "blocked", 2, "");
                LiveSnapshot snapshot = LinuxPlatform.processControl(reached::add)
                        .snapshot(
                                target.pid(),
                                SnapshotOptions.defaults().withMode(SnapshotMode.REQUIRE))) {
            assertThat(snapshot.method()).isEqualTo("snapshot");
            assertThat(reached).isEqualTo(EnumSet.allOf(InjectionStep.class));
        }
    }

    /** Whatever keeps us: a copy that is not there yet is given up, and nothing of it is left. */
    @ParameterizedTest
    @CsvSource({"TASK_BOUND,''", "CALL_RETURNED,''", "CALL_RETURNED,subreaper"})
    void aCopyThatTakesTooLongIsGivenUp(InjectionStep slow, String what) throws Exception {
        Duration allowed = Duration.ofMillis(500);
        AtomicLong stopping = new AtomicLong();
        InjectionStep.Listener listener = step -> {
            if (step == InjectionStep.STOPPING) {
                stopping.set(System.nanoTime());
            }
            if (step == slow) {
                long end = stopping.get() + allowed.toNanos() + 1_000_000;
                while (System.nanoTime() < end) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
            }
        };
        try (UprightTarget target = UprightTarget.start(folder, "blocked", 2, what)) {
            SnapshotOptions options =
                    SnapshotOptions.defaults().withMode(SnapshotMode.REQUIRE).withMaxPause(allowed);
            assertThatThrownBy(() ->
                            LinuxPlatform.processControl(listener).snapshot(target.pid(), options))
                    .hasMessageContaining("--max-pause")
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            late -> assertThat(late.kind()).isEqualTo(Kind.TIMED_OUT));
            target.assertUnharmed(0);
            assertThat(target.interruptions()).as("EINTR").isZero();
        }
    }

    private static List<String> steps(boolean direct) {
        List<String> steps = new ArrayList<>();
        for (InjectionStep step : InjectionStep.values()) {
            if (!direct || !HELPER_STEPS.contains(step)) {
                steps.add(step.name());
            }
        }
        steps.add("HELD");
        return steps;
    }

    private void killAt(UprightTarget target, String step) throws Exception {
        try (LiveTarget victim = LiveTarget.startCommand(
                folder,
                List.of(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path", ""),
                        Victim.class.getName(),
                        Long.toString(target.pid()),
                        step))) {
            victim.child().signal(SIGKILL);
            assertThat(victim.child().awaitExit(LiveTarget.DEADLINE)).as(step).hasValue(137);
        }
    }
}
