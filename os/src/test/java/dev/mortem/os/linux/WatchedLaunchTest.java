package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessEvents.Told;
import dev.mortem.os.linux.proc.ProcFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A program that is started to be watched: from its first instruction, and as if nobody did. */
class WatchedLaunchTest {
    @TempDir
    Path folder;

    @Test
    void aProgramIsWatchedFromItsFirstInstruction() throws Exception {
        Launcher.Watched program =
                new Launcher.Watched(List.of("sh", "-c", "exit 5"), Map.of(), Optional.empty());
        try (Launcher.Waiting waiting = new PosixLauncher().startWatched(program);
                Launcher.Child child = waiting.child();
                ProcessEvents events =
                        new LinuxPlatform().processControl().events(child.pid(), Watch.telling())) {
            waiting.go();
            assertThat(next(events)).isInstanceOf(ProcessEvent.Exec.class);
            ProcessEvent.Exiting end = (ProcessEvent.Exiting) next(events);
            assertThat(end.exitCode()).hasValue(5);
            assertThat(child.awaitExit(LiveTarget.DEADLINE)).hasValue(5);
        }
    }

    private static ProcessEvent next(ProcessEvents events) throws InterruptedException {
        return events.next(LiveTarget.DEADLINE).map(Told::event).orElseThrow();
    }

    @Test
    void itHasASessionAndSignalsOfItsOwn() throws Exception {
        Path file = folder.resolve("status of it");
        Launcher.Watched program = new Launcher.Watched(
                List.of(
                        "sh",
                        "-c",
                        "cat /proc/self/status >\"$FILE\"; cat /proc/self/stat >>\"$FILE\"; "
                                + "echo files $(ulimit -Sn) >>\"$FILE\""),
                Map.of("FILE", file.toString()),
                Optional.empty());
        try (Launcher.Waiting waiting = new PosixLauncher().startWatched(program);
                Launcher.Child child = waiting.child()) {
            waiting.go();
            assertThat(child.awaitExit(LiveTarget.DEADLINE)).hasValue(0);
            String found = Files.readString(file);
            assertThat(found)
                    .contains("SigBlk:\t0000000000000000")
                    .contains("SigIgn:\t0000000000000000")
                    .contains("TracerPid:\t0");
            String[] stat = found.lines()
                    .filter(line -> line.contains(" (cat) "))
                    .findFirst()
                    .orElseThrow()
                    .split(" ", -1);
            assertThat(stat[5]).as("session").isEqualTo(Long.toString(child.pid()));
            long parent = ProcessHandle.current().parent().orElseThrow().pid();
            String limits =
                    ProcFolder.text(Path.of("/proc/" + parent + "/limits")).orElseThrow();
            assertThat(limits).containsPattern("Max open files +" + soft(found) + " ");
        }
    }

    private static String soft(String found) {
        return found.lines()
                .filter(line -> line.startsWith("files "))
                .map(line -> line.substring(6))
                .findFirst()
                .orElseThrow();
    }

    /** A JVM's own files, and the pipe that its standard error is copied to, are not its affair. */
    @Test
    void itHasNoFileOfOurs() throws Exception {
        Path list = folder.resolve("list");
        Launcher.Watched program = new Launcher.Watched(
                List.of("sh", "-c", "ls /proc/$$/fd >\"$FILE\""),
                Map.of("FILE", list.toString()),
                Optional.of(line -> {}));
        try (Launcher.Waiting waiting = new PosixLauncher().startWatched(program);
                Launcher.Child child = waiting.child()) {
            waiting.go();
            assertThat(child.awaitExit(LiveTarget.DEADLINE)).hasValue(0);
            // a shell may keep one of its own, far above
            assertThat(Files.readAllLines(list).stream().map(Integer::parseInt))
                    .contains(0, 1, 2)
                    .filteredOn(number -> number > 2)
                    .hasSizeLessThanOrEqualTo(1);
        }
    }

    @Test
    @SuppressWarnings("try") // closing is what is tested
    void itNeverBeginsWhenItIsNotLetGo() throws Exception {
        Path file = folder.resolve("begun");
        Launcher.Watched program =
                new Launcher.Watched(List.of("touch", file.toString()), Map.of(), Optional.empty());
        Launcher.Waiting waiting = new PosixLauncher().startWatched(program);
        try (Launcher.Child child = waiting.child()) {
            waiting.close();
            assertThat(child.awaitExit(LiveTarget.DEADLINE)).hasValue(125);
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aProgramThatIsNotThereEndsWith127() throws Exception {
        Launcher.Watched program =
                new Launcher.Watched(List.of("no such program"), Map.of(), Optional.of(line -> {}));
        try (Launcher.Waiting waiting = new PosixLauncher().startWatched(program);
                Launcher.Child child = waiting.child()) {
            waiting.go();
            assertThat(child.awaitExit(LiveTarget.DEADLINE)).hasValue(127);
        }
    }

    @Test
    void linesOfItsStandardErrorAreTold() throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Launcher.Watched program = new Launcher.Watched(
                List.of("sh", "-c", "echo one >&2; echo 'zwei ü' >&2; printf three >&2"),
                Map.of(),
                Optional.of(lines::add));
        try (Launcher.Waiting waiting = new PosixLauncher().startWatched(program);
                Launcher.Child child = waiting.child()) {
            waiting.go();
            assertThat(child.awaitExit(LiveTarget.DEADLINE)).hasValue(0);
            for (String expected : List.of("one", "zwei ü", "three")) {
                assertThat(lines.poll(LiveTarget.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo(expected);
            }
            assertThat(lines.poll(Duration.ofMillis(1).toMillis(), TimeUnit.MILLISECONDS))
                    .isNull();
        }
    }
}
