package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.EventFilter.Decision;
import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessEvents.Told;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What happens to a target when the Mortem that watches it dies, and to runtimes that fault. */
class EventSafetyTest {
    @TempDir
    Path folder;

    /** Runs in a second JVM: watches until it is killed, and says what it does. */
    static final class Watcher {
        private Watcher() {}

        /** PID, and "tell", "hold" or "snapshot". */
        public static void main(String[] arguments) throws Exception {
            Decision decision = arguments[1].equals("tell") ? Decision.TELL : Decision.HOLD;
            EventOptions options = EventOptions.fatalOnly(event ->
                            event instanceof ProcessEvent.Passed ? Decision.PASS : decision)
                    .withFirstChance(Watch.FAULTS)
                    .withHoldMax(Duration.ofMinutes(1));
            try (ProcessEvents events =
                    ProcessControl.ofThisMachine().events(Long.parseLong(arguments[0]), options)) {
                System.out.println("ready");
                for (int number = 1; true; number++) {
                    Optional<Told> told = events.next(Duration.ofMinutes(1));
                    System.out.println("event " + number);
                    if (arguments[1].equals("snapshot") && told.isPresent()) {
                        look(events, told.get());
                    }
                }
            }
        }

        private static void look(ProcessEvents events, Told told) throws TargetException {
            if (told.held()) {
                try (LiveSnapshot snapshot = events.snapshot(told, SnapshotOptions.defaults())) {
                    System.out.println(snapshot.method());
                }
                events.release(told);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tell, 1, 9",
        "tell, 30, 9",
        "hold, 1, 9",
        "hold, 1, 15",
        "snapshot, 1, 9",
        "snapshot, 2, 9",
        "snapshot, 5, 9",
        "snapshot, 5, 15"
    })
    void aTargetRunsOnWhenItsWatcherIsKilled(String what, int event, int signal) throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "faults")) {
            try (LiveTarget watcher = LiveTarget.startCommand(
                    folder,
                    List.of(
                            java(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path", ""),
                            Watcher.class.getName(),
                            Long.toString(target.pid()),
                            what))) {
                LiveTarget.await(
                        "event " + event, () -> watcher.output().contains("event " + event + "\n"));
                watcher.child().signal(signal);
                assertThat(watcher.child().awaitExit(LiveTarget.DEADLINE)).hasValue(128 + signal);
                long beats = target.word("counter", 0);
                LiveTarget.await("a beat", () -> target.word("counter", 0) > beats + 100);
            }
            target.assertUntouched();
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void theNullChecksOfAJvmAreNoCrash() throws Exception {
        Path source = LiveTarget.copy(folder, "Nulls.java");
        try (LiveTarget target =
                LiveTarget.startCommand(folder, List.of(java(), source.toString()))) {
            EventOptions options = Watch.telling().withFirstChance(Watch.FAULTS);
            int faults = runsToItsEnd(target, options, 0);
            assertThat(faults).isPositive();
            assertThat(target.output()).contains("caught 200000");
        }
    }

    @Test
    void theFaultsOfAGoProgramAreNoCrashUntilItPanics() throws Exception {
        assumeTrue(LiveTarget.tool("go"), "needs go");
        Path source = LiveTarget.copy(folder, "nils.go");
        LiveTarget.run(
                folder,
                "env",
                "GOTOOLCHAIN=local",
                "GO111MODULE=off",
                "GOCACHE=" + folder.resolve("cache"),
                "GOPATH=" + folder.resolve("path"),
                "go",
                "build",
                "-o",
                folder.resolve("nils").toString(),
                source.toString());
        try (LiveTarget target =
                LiveTarget.startCommand(folder, List.of(folder.resolve("nils").toString()))) {
            EventOptions options = Watch.telling().withFirstChance(Watch.FAULTS);
            assertThat(runsToItsEnd(target, options, 2)).isGreaterThanOrEqualTo(10);
            assertThat(target.output()).contains("recovered 10");
        }
    }

    /** How many faults were told, all of them handled. */
    private int runsToItsEnd(LiveTarget target, EventOptions options, int status) throws Exception {
        int faults = 0;
        try (ProcessEvents events =
                new LinuxPlatform().processControl().events(target.pid(), options)) {
            Files.createFile(folder.resolve("go"));
            while (true) {
                Told told = events.next(LiveTarget.DEADLINE).orElseThrow();
                if (told.event() instanceof ProcessEvent.Signal signal) {
                    assertThat(signal.chance())
                            .as(signal.toString())
                            .isEqualTo(ProcessEvent.Chance.FIRST);
                    faults++;
                }
                if (told.event() instanceof ProcessEvent.Exiting end) {
                    assertThat(end.exitCode()).hasValue(status);
                    assertThat(end.isOrigin()).isTrue();
                }
                if (told.event() instanceof ProcessEvent.Gone) {
                    break;
                }
            }
        }
        assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(status);
        return faults;
    }

    /** "storm" starts threads and processes, and becomes itself again, as fast as it can. */
    @Test
    void aTargetThatChangesAllTheTimeIsWatchedAndLetGo() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "storm")) {
            for (int round = 0; round < 3; round++) {
                try (ProcessEvents events = new LinuxPlatform()
                        .processControl()
                        .events(target.pid(), Watch.telling())) {
                    awaitExec(events);
                }
                assertThat(target.child().isRunning()).isTrue();
                LiveTarget.assertUntouched(target.pid());
            }
            long beats = target.word("counter", 0);
            LiveTarget.await("a beat", () -> target.word("counter", 0) > beats + 100);
        }
    }

    private static void awaitExec(ProcessEvents events) throws InterruptedException {
        for (int count = 0; count < 10_000; count++) {
            ProcessEvent event = events.next(LiveTarget.DEADLINE).orElseThrow().event();
            assertThat(event)
                    .isInstanceOfAny(
                            ProcessEvent.ThreadCreated.class,
                            ProcessEvent.ThreadExited.class,
                            ProcessEvent.Exec.class);
            if (event instanceof ProcessEvent.Exec) {
                return;
            }
        }
        throw new AssertionError("no exec among 10,000 events");
    }

    private static String java() {
        return Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
    }
}
