package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.analyze.AnalysisOptions;
import dev.mortem.analyze.Analyzer;
import dev.mortem.analyze.report.Report;
import dev.mortem.base.json.JsonObject;
import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.os.Launcher;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Programs that wait at a descriptor, a file lock or a child, from their dump to the words. */
class DescriptorScenesTest {
    @TempDir
    private static Path folder;

    private static Path program = Path.of("");

    @BeforeAll
    static void compile() throws IOException {
        assumeTrue(Tool.find("gcc").isPresent(), "needs gcc");
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "needs an x86-64 processor");
        Path source = folder.resolve("descriptors.c");
        try (InputStream text =
                DescriptorScenesTest.class.getResourceAsStream("/dev/mortem/cli/descriptors.c")) {
            Files.write(source, text.readAllBytes());
        }
        program = folder.resolve("descriptors");
        Tool.find("gcc")
                .orElseThrow()
                .text(List.of(
                        "-O1",
                        "-g",
                        "-w",
                        "-pthread",
                        "-o",
                        program.toString(),
                        source.toString()));
    }

    /** The call is the number that /proc/PID/syscall shows (asm/unistd_64.h). */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp | 0 | data from 127\\.0\\.0\\.1:\\d+, child \\d+ \\(descriptors\\) \\(TCP,"
                        + " established, local 127\\.0\\.0\\.1:\\d+; read on descriptor \\d+\\)",
                "pipe | 0 | data from a pipe whose other end is held by child \\d+ \\(descriptors\\)"
                        + " \\(read on descriptor \\d+\\)",
                "ownpipe | 0 | data from a pipe whose other end is held by this process itself"
                        + " \\(descriptor \\d+\\) \\(read on descriptor \\d+\\)",
                "fullpipe | 1 | room in a pipe whose other end is held by child \\d+"
                        + " \\(descriptors\\) \\(write on descriptor \\d+\\)",
                "accept | 43 | a connection to accept at 127\\.0\\.0\\.1:\\d+ \\(accept on"
                        + " descriptor \\d+\\)",
                "connect | 42 | a connection to 127\\.0\\.0\\.1:\\d+ to be made \\(TCP, no answer yet,"
                        + " local 127.*connect on descriptor \\d+\\)",
                "epoll | 232 | events of 2 descriptors: listening 127\\.0\\.0\\.1:\\d+, an eventfd"
                        + " \\(epoll_wait on descriptor \\d+\\)",
                "poll | 7 | events of 2 descriptors: listening 127\\.0\\.0\\.1:\\d+, a pipe \\(poll\\)",
                "select | 23;270 | events of 1 descriptor: listening 127\\.0\\.0\\.1:\\d+"
                        + " \\(p?select6?\\)",
                "eventfd | 0 | an eventfd \\(read on descriptor \\d+\\)",
                "flock | 73 | a write lock on .*/flock\\.lock held by child \\d+ \\(descriptors\\)"
                        + " \\(flock on descriptor \\d+\\)",
                "record | 72 | a write lock on bytes 5 to 14 of .*/record\\.lock held by child \\d+"
                        + " \\(descriptors\\) \\(fcntl on descriptor \\d+\\)",
                "unix | 0 | data from /.*/unix\\.lock, child \\d+ \\(descriptors\\) \\(Unix,"
                        + " established; read on descriptor \\d+\\)",
                "unixclient | 0 | data from a client of /.*/unixclient\\.lock, child \\d+"
                        + " \\(descriptors\\) \\(Unix, established; read on descriptor \\d+\\)",
                "unixpair | 0 | data from child \\d+ \\(descriptors\\) \\(Unix, established; read on"
                        + " descriptor \\d+\\)",
                "unixown | 0 | data from this process itself \\(Unix, established; read on"
                        + " descriptor \\d+\\)",
                "fifo | 0 | data from the named pipe /.*/fifo\\.lock whose other end is held by"
                        + " child \\d+ \\(descriptors\\) \\(read on descriptor \\d+\\)",
                "udp | 45 | data at 127\\.0\\.0\\.1:\\d+ \\(UDP, unconnected; recvfrom on descriptor"
                        + " \\d+\\)",
                "timerfd | 0 | a timer \\(read on descriptor \\d+\\)",
                "signalfd | 0 | a signal \\(read on descriptor \\d+\\)",
                "inotify | 0 | changes of 2 watched files \\(read on descriptor \\d+\\)",
                "io_uring | 426 | completions of io_uring \\(io_uring_enter on descriptor \\d+\\)",
                "child | 61 | child \\d+ \\(sh -c \"read line <&3\" sh --token=\\*\\*\\*\\) to end; it"
                        + " sleeps in read \\(wait4\\)",
            })
    void aWaitIsSaidInFull(String way, String calls, String words) throws Exception {
        try (Launcher.Child child = start(way, calls, 1)) {
            JsonObject report = dumpedAndAnalysed(child.pid());
            assertThat(waits(report)).hasSize(1);
            assertThat(waits(report).getFirst()).matches(words);
            assertThat(rules(report)).noneMatch(rule -> rule.startsWith("hang-"));
            assertThat(report.object("handles").flatMap(handles -> handles.object("byType")))
                    .isPresent();
        }
    }

    /** The stop of the first one leaves the call as restart_syscall. */
    @Test
    void aSecondDumpTellsTheSameWait() throws Exception {
        try (Launcher.Child child = start("poll", "7", 1)) {
            List<String> first = waits(dumpedAndAnalysed(child.pid()));
            assertThat(first).singleElement().asString().startsWith("events of 2 descriptors");
            assertThat(waits(dumpedAndAnalysed(child.pid()))).isEqualTo(first);
        }
    }

    @Test
    void aLiveProcessIsToldAboutLikeItsDump() throws Exception {
        try (Launcher.Child child = start("tcp", "0", 1);
                PendingSnapshot pending = ProcessControl.ofThisMachine()
                        .prepare(child.pid(), SnapshotOptions.defaults());
                LiveSnapshot live = pending.take()) {
            Report.DumpFacts facts = new Report.DumpFacts(
                    Optional.empty(),
                    OptionalLong.empty(),
                    "snapshot",
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    Optional.empty(),
                    Optional.empty());
            Report report = Analyzer.analyze(
                    live, facts, AnalysisOptions.defaults("test", Clock.systemUTC()));
            assertThat(report.threads().getFirst().waitsFor().orElse(""))
                    .startsWith("data from 127.0.0.1:")
                    .contains("TCP, established");
            assertThat(report.handles().orElseThrow().remotes()).hasSize(1);
        }
    }

    @Test
    void workersThatWaitForOneServerAreHeldUpByIt() throws Exception {
        try (Launcher.Child child = start("workers", "0", 6)) {
            JsonObject report = dumpedAndAnalysed(child.pid());
            JsonObject headline = report.objects("findings").getFirst();
            assertThat(headline.text("rule")).contains("hang-common-wait");
            assertThat(headline.text("summary").orElseThrow())
                    .matches(
                            "6 of 7 threads of descriptors wait for data from 127\\.0\\.0\\.1:\\d+,"
                                    + " the first in query\\(\\) of descriptors .*");
            assertThat(report.object("handles").orElseThrow().objects("remotes"))
                    .hasSize(1)
                    .allMatch(remote -> remote.number("connections").orElse(0) == 6);
        }
    }

    @Test
    void workersWhoseClientsKeepTheirConnectionsAreNotHung() throws Exception {
        try (Launcher.Child child = start("keepalive", "0", 6)) {
            JsonObject report = dumpedAndAnalysed(child.pid());
            assertThat(waits(report))
                    .filteredOn(words -> words.startsWith("data from the client 127.0.0.1:"))
                    .hasSize(6);
            assertThat(rules(report))
                    .startsWith("no-fault-found")
                    .noneMatch(rule -> rule.startsWith("hang-"));
        }
    }

    private static List<String> waits(JsonObject report) {
        return report.objects("threads").stream()
                .flatMap(thread -> thread.text("waitsFor").stream())
                .toList();
    }

    private static List<String> rules(JsonObject report) {
        return report.objects("findings").stream()
                .flatMap(finding -> finding.text("rule").stream())
                .toList();
    }

    private static JsonObject dumpedAndAnalysed(long pid) throws IOException {
        Path place = Files.createTempDirectory(folder, "dumps");
        CommandRun dump = CommandRun.of(
                "dump", String.valueOf(pid), "--keep-free", "1MB", "-o", place.toString());
        assertThat(dump.exitCode()).as(dump.err()).isZero();
        Path sidecar = DumpSidecar.beside(Path.of(dump.out().strip()));
        assertThat(ShippedSchemas.problems(Files.readString(sidecar))).isEmpty();
        CommandRun analysis = CommandRun.of("analyze", "--json", dump.out().strip());
        assertThat(analysis.exitCode()).as(analysis.err()).isZero();
        return JsonObject.parse(analysis.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
    }

    /** Starts the program and waits until so many of its threads stand in one of the calls. */
    private static Launcher.Child start(String way, String calls, int threads) throws IOException {
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(
                                program.toString(),
                                way,
                                folder.resolve(way + ".lock").toString()),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false));
        long deadline = System.nanoTime() + 20_000_000_000L;
        List<String> seen = List.of();
        while (!stands(seen, List.of(calls.split(";", -1)), threads)) {
            assumeTrue(
                    !way.equals("io_uring") || !hasEnded(child.pid()),
                    "needs a kernel that lets a program have an io_uring");
            assertThat(System.nanoTime() - deadline).as(way + ": " + seen).isNegative();
            Thread.onSpinWait();
            seen = calls(child.pid());
        }
        return child;
    }

    private static boolean hasEnded(long pid) throws IOException {
        Path stat = Path.of("/proc/" + pid + "/stat");
        return !Files.exists(stat) || Files.readString(stat).contains(") Z");
    }

    private static boolean stands(List<String> seen, List<String> calls, int threads) {
        return seen.stream().filter(call -> calls.contains(call)).count() == threads;
    }

    private static List<String> calls(long pid) throws IOException {
        List<String> calls = new ArrayList<>();
        Path tasks = Path.of("/proc/" + pid + "/task");
        String name = Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        if (!name.equals("descriptors")) {
            return calls; // not yet what it is going to be
        }
        try (Stream<Path> threads = Files.list(tasks)) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                boolean sleeps = stat.substring(stat.lastIndexOf(')')).startsWith(") S");
                Path shown = thread.resolve("syscall");
                assumeTrue(Files.isReadable(shown), "needs /proc/PID/syscall");
                calls.add(sleeps ? Files.readString(shown).split(" ", 2)[0] : "");
            }
        }
        return calls;
    }
}
