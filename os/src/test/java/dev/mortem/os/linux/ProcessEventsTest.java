package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.EventFilter.Decision;
import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvent.Chance;
import dev.mortem.os.ProcessEvent.Disposition;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessEvents.Told;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** What is seen of a watched process, and that it goes on, or ends, as it would have. */
class ProcessEventsTest {
    @TempDir
    Path folder;

    @Test
    void aHandledFaultIsAFirstChanceAndTheTargetLives() throws Exception {
        EventOptions options = Watch.telling().withFirstChance(Watch.FAULTS);
        try (Watch watch = Watch.start(folder, options, "handle", "faultthread")) {
            watch.goAndDone();
            watch.goAndDone();
            long created = watch.awaitEvent(ProcessEvent.ThreadCreated.class).tid();
            ProcessEvent.Signal signal = watch.awaitEvent(ProcessEvent.Signal.class);
            assertThat(signal.number()).isEqualTo(Watch.SIGSEGV);
            assertThat(signal.name()).isEqualTo("SIGSEGV");
            assertThat(signal.tid())
                    .isEqualTo(created)
                    .isNotEqualTo(watch.target().pid());
            assertThat(signal.code()).hasValue(1); // SEGV_MAPERR
            assertThat(signal.address()).hasValue(16);
            assertThat(signal.chance()).isEqualTo(Chance.FIRST);
            assertThat(signal.disposition()).isEqualTo(Disposition.HANDLER);
            ProcessEvent.ThreadExited exited = watch.awaitEvent(ProcessEvent.ThreadExited.class);
            assertThat(exited.tid()).isEqualTo(created);
            watch.events().close();
            watch.assertRunsFree();
        }
    }

    @Test
    void withoutFirstChanceAHandledFaultIsNothing() throws Exception {
        try (Watch watch = Watch.start(folder, Watch.telling(), "handle", "fault", "exit")) {
            watch.goAndDone();
            watch.goAndDone();
            watch.go();
            assertThat(watch.events().next(LiveTarget.DEADLINE).orElseThrow().event())
                    .isInstanceOf(ProcessEvent.Exiting.class);
            assertThat(watch.events().counts().signals()).isEqualTo(1);
        }
    }

    @Test
    void anIgnoredSignalIsToldAsSuch() throws Exception {
        int sigusr1 = 10;
        EventOptions options = Watch.telling().withFirstChance(Set.of(sigusr1));
        try (Watch watch = Watch.start(folder, options, "ignore")) {
            watch.goAndDone();
            ProcessEvent.Signal signal = watch.awaitEvent(ProcessEvent.Signal.class);
            assertThat(signal.number()).isEqualTo(sigusr1);
            assertThat(signal.disposition()).isEqualTo(Disposition.IGNORED);
            assertThat(signal.chance()).isEqualTo(Chance.FIRST);
            assertThat(signal.senderPid()).hasValue(watch.target().pid());
        }
    }

    @Test
    void theSnapshotOfAFirstChanceShowsTheFaultAndTheTargetRunsOn() throws Exception {
        EventOptions options = Watch.holding(event -> event instanceof ProcessEvent.Signal)
                .withFirstChance(Watch.FAULTS);
        try (Watch watch = Watch.start(folder, options, "handle", "fault", "sleeper", "fault")) {
            watch.goAndDone();
            watch.go();
            seesTheFault(watch);
            LiveTarget.await("handled", () -> watch.target().word("counter", 0) >= 2);
            watch.goAndDone();
            watch.go();
            seesTheFault(watch); // now with a thread that is not at its fault
            LiveTarget.await("handled", () -> watch.target().word("counter", 0) >= 4);
            watch.events().close();
            watch.assertRunsFree();
        }
    }

    private static void seesTheFault(Watch watch) throws Exception {
        Told told = watch.await(ProcessEvent.Signal.class);
        assertThat(told.held()).isTrue();
        try (LiveSnapshot snapshot = watch.snapshot(told)) {
            CrashReason.Signal reason = (CrashReason.Signal) snapshot.reason();
            assertThat(reason.number()).isEqualTo(Watch.SIGSEGV);
            assertThat(reason.address()).hasValue(16);
            ThreadSnapshot first = snapshot.threads().getFirst();
            assertThat(first.id()).isEqualTo(reason.threadId());
            assertThat(pc(first))
                    .isBetween(function(watch, "fault_here"), function(watch, "fault_here") + 16);
        }
        watch.events().release(told);
    }

    private static long function(Watch watch, String name) {
        return watch.target().address(name);
    }

    private static long pc(ThreadSnapshot thread) {
        return thread.registers().orElseThrow().pc().orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "crash, 11, fault_here",
        "report, 11, fault_here",
        "blocked, 11, fault_here",
        "divide, 8, divide",
        "abort, 6, ''",
        "bus, 7, ''"
    })
    void aFatalSignalIsHeldWithItsRegistersAndEndsTheTarget(String act, int number, String function)
            throws Exception {
        EventOptions options = Watch.holding(event ->
                event instanceof ProcessEvent.Signal signal && signal.chance() == Chance.FATAL);
        try (Watch watch = Watch.start(folder, options, "sleeper", act)) {
            watch.goAndDone();
            watch.go();
            Told told = watch.await(ProcessEvent.Signal.class);
            ProcessEvent.Signal signal = (ProcessEvent.Signal) told.event();
            assertThat(signal.number()).isEqualTo(number);
            assertThat(signal.chance()).isEqualTo(Chance.FATAL);
            assertThat(signal.dumpsCore()).isTrue();
            if (act.equals("bus")) {
                assertThat(signal.address()).hasValue(watch.target().address("bus"));
            }
            try (LiveSnapshot snapshot = watch.snapshot(told)) {
                assertThat(snapshot.method()).isEqualTo("stopTheWorld");
                assertThat(snapshot.threads()).hasSize(2);
                assertThat(((CrashReason.Signal) snapshot.reason()).number()).isEqualTo(number);
                ThreadSnapshot first = snapshot.threads().getFirst();
                assertThat(first.id()).isEqualTo(signal.tid());
                if (!function.isEmpty()) {
                    long start = function(watch, function);
                    assertThat(pc(first)).isBetween(start, start + 48);
                }
                byte[] stack = new byte[64];
                long sp = first.registers().orElseThrow().sp().orElseThrow();
                assertThat(snapshot.memory().read(sp, stack, 0, 64)).isEqualTo(64);
            }
            assertThat(watch.target().child().isRunning()).isTrue();
            watch.events().release(told);
            ProcessEvent.Exiting exiting = watch.awaitEvent(ProcessEvent.Exiting.class);
            assertThat(exiting.signal()).hasValue(number);
            assertThat(exiting.tid()).isEqualTo(signal.tid());
            assertThat(exiting.isOrigin()).isTrue();
            assertThat(watch.awaitEvent(ProcessEvent.Gone.class).signal()).hasValue(number);
            assertThat(watch.exitStatus()).isEqualTo(128 + number);
        }
    }

    @ParameterizedTest
    @CsvSource({"exit, 7", "threadexits, 9"})
    void anExitIsHeldWithTheThreadThatCalledIt(String act, int status) throws Exception {
        EventOptions options = Watch.holding(event -> event instanceof ProcessEvent.Exiting);
        try (Watch watch = Watch.start(folder, options, "sleeper", act)) {
            watch.goAndDone();
            watch.go();
            Told told = watch.await(ProcessEvent.Exiting.class);
            ProcessEvent.Exiting exiting = (ProcessEvent.Exiting) told.event();
            assertThat(exiting.exitCode()).hasValue(status);
            assertThat(exiting.signal()).isEmpty();
            assertThat(exiting.isOrigin()).isTrue();
            assertThat(exiting.tid() == watch.target().pid()).isEqualTo(act.equals("exit"));
            try (LiveSnapshot snapshot = watch.snapshot(told)) {
                ThreadSnapshot first = snapshot.threads().getFirst();
                assertThat(first.id()).isEqualTo(exiting.tid());
                assertThat(first.registers().orElseThrow().cpu()).isEqualTo(Cpu.X86_64);
                // the status, as the call of exit_group has it
                assertThat(first.registers().orElseThrow().get("rdi")).hasValue(status);
                assertThat(snapshot.reason()).isInstanceOf(CrashReason.OnDemand.class);
                byte[] code = new byte[2];
                assertThat(snapshot.memory().read(pc(first) - 2, code, 0, 2)).isEqualTo(2);
                assertThat(code).containsExactly(0x0f, 0x05); // syscall
            }
            watch.events().release(told);
            assertThat(watch.awaitEvent(ProcessEvent.Gone.class).exitCode()).hasValue(status);
            assertThat(watch.exitStatus()).isEqualTo(status);
        }
    }

    @Test
    void aKilledTargetIsStillThereAtItsEnd() throws Exception {
        EventOptions options = Watch.holding(event -> event instanceof ProcessEvent.Exiting);
        try (Watch watch = Watch.start(folder, options, "sleeper")) {
            watch.goAndDone();
            watch.target().child().signal(Watch.SIGKILL);
            Told told = watch.await(ProcessEvent.Exiting.class);
            ProcessEvent.Exiting exiting = (ProcessEvent.Exiting) told.event();
            assertThat(exiting.signal()).hasValue(Watch.SIGKILL);
            try (LiveSnapshot snapshot = watch.snapshot(told)) {
                assertThat(((CrashReason.Signal) snapshot.reason()).number())
                        .isEqualTo(Watch.SIGKILL);
                assertThat(snapshot.threads()).isNotEmpty();
                long sp = snapshot.threads()
                        .getFirst()
                        .registers()
                        .orElseThrow()
                        .sp()
                        .orElseThrow();
                assertThat(snapshot.memory().read(sp, new byte[64], 0, 64)).isEqualTo(64);
            }
            watch.events().release(told);
            assertThat(watch.awaitEvent(ProcessEvent.Gone.class).signal()).hasValue(Watch.SIGKILL);
            assertThat(watch.exitStatus()).isEqualTo(128 + Watch.SIGKILL);
        }
    }

    /** While it is traced the kernel would save it from its own faults, and it would fault for ever. */
    @Test
    void aCrashOfAContainersFirstProcessEndsItAndSigtermDoesNot() throws Exception {
        assumeTrue(LiveTarget.tool("unshare"), "needs unshare");
        assumeTrue(System.getProperty("user.name", "").equals("root"), "needs root");
        Path program = LiveTarget.compile(folder, "signals");
        int sigterm = 15;
        try (LiveTarget target = LiveTarget.startCommand(
                folder, List.of("unshare", "-p", "-f", program.toString(), "fork", "crash"))) {
            long pid = Remains.children(target.pid()).getFirst();
            try (ProcessEvents events =
                    new LinuxPlatform().processControl().events(pid, Watch.telling())) {
                LiveTarget.run(folder, "kill", "-" + sigterm, Long.toString(pid));
                target.go("go1");
                target.go("go2");
                ProcessEvent.Signal signal = (ProcessEvent.Signal)
                        events.next(LiveTarget.DEADLINE).orElseThrow().event();
                assertThat(signal.number()).isEqualTo(Watch.SIGSEGV);
                assertThat(signal.chance()).isEqualTo(Chance.FATAL);
                assertThat(events.next(LiveTarget.DEADLINE).orElseThrow().event())
                        .isInstanceOf(ProcessEvent.Gone.class);
                assertThat(target.child().awaitExit(LiveTarget.DEADLINE))
                        .hasValue(128 + Watch.SIGSEGV);
            }
        }
    }

    @Test
    void aTermSignalThatIsNotHandledIsFatalAndNoCrash() throws Exception {
        int sigterm = 15;
        try (Watch watch = Watch.start(folder, Watch.telling())) {
            watch.target().child().signal(sigterm);
            ProcessEvent.Signal signal = watch.awaitEvent(ProcessEvent.Signal.class);
            assertThat(signal.number()).isEqualTo(sigterm);
            assertThat(signal.chance()).isEqualTo(Chance.FATAL);
            assertThat(signal.dumpsCore()).isFalse();
            assertThat(signal.senderPid()).hasValue(ProcessHandle.current().pid());
            assertThat(watch.exitStatus()).isEqualTo(128 + sigterm);
        }
    }

    @Test
    void aStormIsCountedAndLetPassAndACrashInItIsSeenAtTheEnd() throws Exception {
        EventOptions options = Watch.holding(event -> event instanceof ProcessEvent.Exiting)
                .withFirstChance(Watch.FAULTS)
                .withLooksPerSecond(1)
                .withRestAbovePerSecond(0);
        try (Watch watch = Watch.start(folder, options, "handle", "storm", "crash")) {
            watch.goAndDone();
            watch.goAndDone();
            ProcessEvent.Passed passed = watch.awaitEvent(ProcessEvent.Passed.class);
            assertThat(passed.signals()).isPositive();
            assertThat(passed.unwatched()).isZero();
            ProcessEvents.Counts counts = watch.events().counts();
            assertThat(counts.signals()).isEqualTo(20_000);
            assertThat(counts.passed()).isBetween(10_000L, 20_000L);
            watch.go(); // in the wake of the storm, and most likely not looked at
            Told told = watch.await(ProcessEvent.Exiting.class);
            assertThat(((ProcessEvent.Exiting) told.event()).signal()).hasValue(Watch.SIGSEGV);
            try (LiveSnapshot snapshot = watch.snapshot(told)) {
                long start = function(watch, "fault_here");
                assertThat(pc(snapshot.threads().getFirst())).isBetween(start, start + 16);
            }
            watch.events().release(told);
            assertThat(watch.exitStatus()).isEqualTo(128 + Watch.SIGSEGV);
        }
    }

    @Test
    void aThreadThatStormsIsLeftAloneAndTracedAgain() throws Exception {
        EventOptions options =
                Watch.telling().withFirstChance(Watch.FAULTS).withRestAbovePerSecond(1000);
        try (Watch watch = Watch.start(folder, options, "handle", "storm", "exit")) {
            watch.goAndDone();
            watch.goAndDone();
            assertThat(watch.events().counts().unwatched()).isPositive();
            assertThat(watch.events().counts().signals()).isLessThan(20_000);
            String traced = "TracerPid:\t0\n";
            Path status = Path.of("/proc/" + watch.target().pid() + "/status");
            LiveTarget.await("traced again", () -> !LiveTarget.read(status).contains(traced));
            watch.go();
            assertThat(watch.awaitEvent(ProcessEvent.Exiting.class).exitCode()).hasValue(7);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fork", "vfork"})
    void aChildIsNotWatched(String act) throws Exception {
        try (Watch watch = Watch.start(folder, Watch.telling(), act, "exit")) {
            watch.goAndDone();
            assertThat(watch.target().word("counter", 2))
                    .isEqualTo(act.equals("fork") ? 1000 + Watch.SIGSEGV : 0);
            watch.go();
            Told first = watch.events().next(LiveTarget.DEADLINE).orElseThrow();
            assertThat(first.event()).isInstanceOf(ProcessEvent.Exiting.class);
        }
    }

    @Test
    void anExecByAThreadIsFollowed() throws Exception {
        try (Watch watch = Watch.start(folder, Watch.telling(), "sleeper", "threadexec")) {
            watch.goAndDone();
            watch.go();
            ProcessEvent.Exec exec = watch.awaitEvent(ProcessEvent.Exec.class);
            assertThat(exec.image()).endsWith("/signals");
            assertThat(exec.formerTid()).isNotEqualTo(watch.target().pid());
            LiveTarget.await(
                    "its start", () -> watch.target().output().split("ready", -1).length == 3);
            watch.target().child().signal(Watch.SIGSEGV);
            assertThat(watch.awaitEvent(ProcessEvent.Signal.class).chance())
                    .isEqualTo(Chance.FATAL);
            assertThat(watch.exitStatus()).isEqualTo(128 + Watch.SIGSEGV);
        }
    }

    @Test
    void aModuleThatIsLoadedIsTold() throws Exception {
        EventOptions options = Watch.telling().withModulesEvery(Duration.ofMillis(10));
        try (Watch watch = Watch.start(folder, options, "load")) {
            watch.goAndDone();
            assertThat(watch.target().word("counter", 3)).isEqualTo(1);
            ProcessEvent.ModuleLoaded loaded = watch.awaitEvent(ProcessEvent.ModuleLoaded.class);
            assertThat(loaded.path()).contains("libm");
            assertThat(loaded.start()).isNotZero();
        }
    }

    @Test
    void aHeldThreadRunsOnWhenItsTimeIsUp() throws Exception {
        EventOptions options = Watch.holding(event -> event instanceof ProcessEvent.Signal)
                .withFirstChance(Watch.FAULTS)
                .withHoldMax(Duration.ofMillis(50));
        try (Watch watch = Watch.start(folder, options, "handle", "fault")) {
            watch.goAndDone();
            watch.goAndDone(); // nobody releases it
            Told told = watch.await(ProcessEvent.Signal.class);
            watch.events().release(told); // too late, and no harm
            watch.events().close();
            watch.assertRunsFree();
        }
    }

    @Test
    void aStoppedTargetStaysStoppedAndGoesOnWhenItIsTold() throws Exception {
        int sigcont = 18;
        int sigstop = 19;
        try (Watch watch = Watch.start(folder, Watch.telling())) {
            Path stat = Path.of("/proc/" + watch.target().pid() + "/stat");
            watch.target().child().signal(sigstop);
            LiveTarget.await("stopped", () -> LiveTarget.read(stat).contains(") t "));
            long counted = watch.target().word("counter", 8);
            watch.target().child().signal(sigcont);
            LiveTarget.await("a count", () -> watch.target().word("counter", 8) > counted);
            watch.target().child().signal(sigstop);
            LiveTarget.await("stopped", () -> LiveTarget.read(stat).contains(") t "));
            watch.events().close();
            // a job-control stop, as it would be without us
            LiveTarget.await("stopped", () -> LiveTarget.read(stat).contains(") T "));
            watch.target().child().signal(sigcont);
            watch.assertRunsFree();
        }
    }

    @Test
    void aSecondWatcherIsToldOfTheFirst() throws Exception {
        try (Watch watch = Watch.start(folder, Watch.telling())) {
            assertThatThrownBy(() -> new LinuxPlatform()
                            .processControl()
                            .events(watch.target().pid(), Watch.telling()))
                    .hasMessageContaining("is traced already, by this Mortem itself")
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(Kind.ALREADY_TRACED));
            watch.events().close();
            watch.assertRunsFree();
        }
    }

    @Test
    void whatTheFilterPassesIsNotTold() throws Exception {
        EventOptions options =
                EventOptions.fatalOnly(event -> Decision.PASS).withFirstChance(Watch.FAULTS);
        try (Watch watch = Watch.start(folder, options, "handle", "fault", "exit")) {
            watch.goAndDone();
            watch.goAndDone();
            watch.go();
            ProcessEvent only =
                    watch.events().next(LiveTarget.DEADLINE).orElseThrow().event();
            assertThat(only).isInstanceOf(ProcessEvent.Gone.class);
            assertThat(((ProcessEvent.Gone) only).exitCode()).isEqualTo(OptionalInt.of(7));
            assertThat(watch.events().next(Duration.ofHours(1))).isEmpty();
        }
    }

    @Test
    void theWatchMayEndWhileThreadsAreHeldAndASnapshotIsOpen() throws Exception {
        EventOptions options = Watch.holding(event -> event instanceof ProcessEvent.Signal)
                .withFirstChance(Watch.FAULTS);
        try (Watch watch = Watch.start(folder, options, "sleeper", "handle", "fault", "fault")) {
            watch.goAndDone();
            watch.goAndDone();
            watch.go();
            LiveSnapshot snapshot = watch.snapshot(watch.await(ProcessEvent.Signal.class));
            watch.go();
            watch.await(ProcessEvent.Signal.class); // the second, held while the first is open
            watch.events().close();
            LiveTarget.await("both handled", () -> watch.target().word("counter", 0) >= 4);
            watch.assertRunsFree();
            snapshot.close();
        }
    }
}
