package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.dump.write.WriteOptions;
import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What becomes of a dump when the disk, the copy or the time runs out; the process is real. */
class DumpTakerTest {
    private static final long GB = 1_000_000_000L;

    @TempDir
    Path folder;

    private final StringWriter console = new StringWriter();
    private Launcher.Child sleep;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectory(folder.resolve("dumps"));
        sleep = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of("sleep", "1000"), Map.of(), folder, folder.resolve("log"), false));
    }

    @AfterEach
    void theProcessIsAliveAndNothingOfItHeld() throws IOException {
        assertThat(sleep.isRunning()).isTrue();
        assertThat(Files.readString(Path.of("/proc/" + sleep.pid() + "/status")))
                .contains("TracerPid:\t0\n")
                .containsPattern("State:\t[SR]");
        sleep.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NEVER"})
    void aDiskThatRunsFullMeanwhileIsExit6AndNoFileIsLeft(SnapshotMode mode) throws IOException {
        FakeSpace space = FakeSpace.usable(50 * GB, 4 * GB);
        DumpTaker taker = taker(ProcessControl.ofThisMachine(), mode, Optional.of(5 * GB), space);
        assertFails(
                ExitCode.STORAGE,
                taker,
                "4.00 GB free, 1.00 GB less than is kept free",
                "the partial dump was removed",
                "--keep-free");
        assertThat(console.toString()).contains("50.0 GB free, 5.00 GB stay free");
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NEVER"})
    void aDiskThatIsFullBeforeAnybodyLooksIsExit6AndNoFileIsLeft(SnapshotMode mode)
            throws IOException {
        try (SmallDisk disk = SmallDisk.mount(folder, 16)) {
            DumpTaker taker = taker(
                    ProcessControl.ofThisMachine(), mode, Optional.of(0L), lots(), disk.place());
            assertThatThrownBy(() -> taker.take(entry()))
                    .isInstanceOfSatisfying(
                            CommandFailure.class,
                            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.STORAGE))
                    .hasMessageContainingAll("the disk is full after", "-o");
            assertThat(disk.place()).isEmptyDirectory();
        }
    }

    @Test
    void aCopyThatHadToGoIsExit5AndTheWayOutIsNamed() throws IOException {
        ProcessControl control = AlteredControl.of(Map.of(
                "overran", Optional.of("the frozen copy was given up: memory is down to 1 MiB")));
        assertFails(
                ExitCode.NO_DUMP,
                taker(control, SnapshotMode.REQUIRE, Optional.of(0L), lots()),
                "memory is down to 1 MiB",
                "the incomplete dump was removed",
                "--snapshot never");
    }

    @Test
    void aProcessThatWasLetGoTooEarlyIsExit5() throws IOException {
        ProcessControl control =
                AlteredControl.of(Map.of("overran", Optional.of("it stood for 1.0 s")));
        assertThatThrownBy(() -> taker(control, SnapshotMode.NEVER, Optional.of(0L), lots())
                        .take(entry()))
                .hasMessage("it stood for 1.0 s; the incomplete dump was removed");
        assertThat(dumps()).isEmpty();
    }

    @Test
    void aPauseThatBecameTooLongIsReported() throws CommandFailure {
        ProcessControl control = AlteredControl.of(Map.of("pause", Duration.ofMillis(1234)));
        DumpTaker.Taken taken =
                taker(control, SnapshotMode.REQUIRE, Optional.of(0L), lots()).take(entry());
        String words = "the process stood for 1,234 ms, longer than the 1,000 ms allowed";
        assertThat(taken.sidecar().warnings()).contains(words);
        assertThat(console.toString()).contains("Warning: " + words);
    }

    /** -at 2, with a clock that goes a second at each look: one at its start, two that are in time. */
    @Test
    void aDumpThatTakesLongerThanItMayIsExit5AndRemoved() throws IOException {
        AtomicLong seconds = new AtomicLong();
        ProcDumpTimeLimit limit = new ProcDumpTimeLimit(
                Optional.of(Duration.ofSeconds(2)), () -> seconds.getAndAdd(1_000_000_000L));
        AtomicInteger inTime = new AtomicInteger();
        DumpTaker taker = taker(
                ProcessControl.ofThisMachine(), SnapshotMode.REQUIRE, Optional.of(0L), lots());
        taker.tell(new DumpTaker.Onlooker() {
            @Override
            public void goesOn() throws DumpTaker.GivenUpException {
                limit.check();
                limit.check();
                inTime.incrementAndGet();
                limit.check();
            }
        });
        assertFails(ExitCode.NO_DUMP, taker, "longer than the 2 s that -at allows", "removed");
        assertThat(inTime).hasValue(1);
    }

    private static FakeSpace lots() {
        return FakeSpace.usable(500 * GB);
    }

    private void assertFails(ExitCode code, DumpTaker taker, String... words) throws IOException {
        assertThatThrownBy(() -> taker.take(entry()))
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(code))
                .hasMessageContainingAll(words);
        assertThat(dumps()).isEmpty();
    }

    private DumpTaker taker(
            ProcessControl control,
            SnapshotMode mode,
            Optional<Long> keepFreeBytes,
            DumpFolder.Space space) {
        return taker(control, mode, keepFreeBytes, space, folder.resolve("dumps"));
    }

    private DumpTaker taker(
            ProcessControl control,
            SnapshotMode mode,
            Optional<Long> keepFreeBytes,
            DumpFolder.Space space,
            Path output) {
        return new DumpTaker(
                new Console(
                        new PrintWriter(new StringWriter()),
                        new PrintWriter(console, true),
                        false,
                        false),
                Clock.systemUTC(),
                control,
                new DumpTaker.Request(
                        output,
                        DumpShape.fullCore(),
                        WriteOptions.plain(),
                        false,
                        keepFreeBytes,
                        SnapshotOptions.defaults().withMode(mode)),
                space);
    }

    private ProcessEntry entry() {
        return ProcessList.ofThisMachine().entry(sleep.pid()).orElseThrow();
    }

    private List<Path> dumps() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("dumps"))) {
            return files.toList();
        }
    }
}
