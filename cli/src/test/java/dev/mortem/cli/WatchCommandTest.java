package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessArrivals;
import dev.mortem.testkit.tool.CProgram;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** {@code mortem watch} on small programs that do one thing, as a user runs it. */
class WatchCommandTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    private static Path programs;

    private static Optional<Path> program = Optional.empty();

    @TempDir
    Path folder;

    @BeforeAll
    static void compile() throws IOException {
        program = CProgram.compile(programs, "moves");
    }

    private Launcher.Child start(String what, String how) throws IOException {
        assumeTrue(program.isPresent(), "needs gcc");
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(program.get().toString(), what, how),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false));
        await(() -> Watched.read(folder.resolve("out.log")).contains("ready"));
        return child;
    }

    private static void await(BooleanSupplier condition) {
        Watched.await(DEADLINE, condition);
    }

    /** A watch on another thread, which has begun when it is returned. */
    private CompletableFuture<CommandRun> watch(String target, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "watch",
                target,
                "-o",
                folder.toString(),
                "--kind",
                "mini",
                "--keep-free",
                "0",
                "--interval",
                "100ms",
                "--at-most",
                "50s"));
        arguments.addAll(List.of(more));
        return CompletableFuture.supplyAsync(() -> CommandRun.of(arguments.toArray(new String[0])));
    }

    private static void awaitWatched(long pid) {
        await(() -> Watched.isWatched(pid));
    }

    private void go() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    private static CommandRun result(CompletableFuture<CommandRun> run) {
        return run.orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static JsonObject sidecar(CommandRun run) {
        try {
            Path dump = Path.of(run.out().strip());
            return JsonObject.parse(
                            Files.readAllBytes(dump.resolveSibling(dump.getFileName() + ".json")))
                    .orElseThrow();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "spin | 30 | cpu > 10% of core for 200ms | Cpu",
                "spin | 30 | cpu(thread) > 10% of core for 200ms | Cpu",
                "leak | 64 | memory > 40MB | Memory",
                "leak | 64 | memory(rss) > 40MB | Memory",
                "leak | 64 | memory(unique) > 40MB | Memory",
                "grow | 400 | memory(virtual) grows 40MB/s | Memory",
                "leak | 64 | memory > 20MB step 20MB | Memory",
                "threads | 30 | threads > 20 | Threads",
                "threads | 1 | thread start | Thread_start",
                "fds | 200 | fds > 150 | Descriptors",
                "load | libresolv.so.2 | module load named \"libresolv*\" | Module_load",
                "exit | 7 | end | End",
                "crash | 0 | signal SIGSEGV | Signal_SIGSEGV",
                "crash | 0 | signal any or threads > 900 | Signal_SIGSEGV",
                "handled | 1 | signal first SIGSEGV | First_chance_SIGSEGV",
                "leak | 1 | idle for 300ms | Idle"
            })
    void eachConditionFiresWhenItIsMetAndNotBefore(
            String what, String how, String condition, String reason) throws IOException {
        try (Launcher.Child child = start(what, how)) {
            CompletableFuture<CommandRun> run =
                    watch(Long.toString(child.pid()), "--when", condition);
            awaitWatched(child.pid());
            assertThat(run).isNotDone();
            go();
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            JsonObject sidecar = sidecar(ended);
            assertThat(sidecar.text("reason")).contains(reason);
            assertThat(sidecar.number("pid")).hasValue(child.pid());
            assertThat(sidecar.object("trigger").orElseThrow().text("condition"))
                    .isPresent();
            assertThat(ended.out().strip()).contains("__" + reason + ".core");
            assertThat(ended.err()).contains("Fired, 1 of 1").contains("Done: 1 firing");
        }
    }

    @Test
    void linesOfAFileAndCommandsAreConditionsToo() throws IOException {
        Path log = Files.createFile(folder.resolve("shop.log"));
        try (Launcher.Child child = start("leak", "1")) {
            CompletableFuture<CommandRun> run = watch(
                    Long.toString(child.pid()),
                    "--when",
                    "line \"Out of.*Memory\" in " + log,
                    "--when",
                    "command \"test -e " + folder.resolve("bad") + "\" status 0 every 100ms",
                    "-n",
                    "2");
            awaitWatched(child.pid());
            Files.writeString(log, "all well\nOut of  Memory\n", StandardOpenOption.APPEND);
            await(() -> dumps().stream().anyMatch(name -> name.endsWith("__Line.core")));
            Files.createFile(folder.resolve("bad"));
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.out().lines()).hasSize(2);
            assertThat(dumps()).anyMatch(name -> name.endsWith("__Command.core"));
        }
    }

    private List<String> dumps() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".core"))
                    .sorted()
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Test
    void aSeriesTakesSeveralDumpsAndJsonTellsAllInLines() throws IOException {
        try (Launcher.Child child = start("threads", "30")) {
            CompletableFuture<CommandRun> run = watch(
                    Long.toString(child.pid()),
                    "--when",
                    "threads > 20",
                    "--series",
                    "2x200ms",
                    "--json",
                    "--do",
                    "dump",
                    "--do",
                    "run:touch \"" + folder.resolve("ran %1%") + "\"");
            awaitWatched(child.pid());
            go();
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.out().lines().flatMap(line -> ShippedSchemas.problems(line).stream()))
                    .isEmpty();
            List<JsonObject> lines = ended.out()
                    .lines()
                    .map(line -> JsonObject.parse(line.getBytes(StandardCharsets.UTF_8))
                            .orElseThrow())
                    .toList();
            assertThat(lines.stream().flatMap(line -> line.text("schema").stream()))
                    .containsExactly(
                            "mortem.watchEvent/1",
                            "mortem.watchEvent/1",
                            "mortem.dump/1",
                            "mortem.watchEvent/1",
                            "mortem.dump/1",
                            "mortem.watchEvent/1",
                            "mortem.watchEvent/1");
            assertThat(lines.stream().flatMap(line -> line.text("event").stream()))
                    .containsExactly("watching", "fired", "ran", "ran", "end");
            assertThat(dumps()).hasSize(2);
            assertThat(folder.resolve("ran " + child.pid())).exists();
        }
    }

    @Test
    void aTargetThatEndsEndsTheWatchWithoutADump() throws IOException {
        try (Launcher.Child child = start("exit", "0")) {
            CompletableFuture<CommandRun> run =
                    watch(Long.toString(child.pid()), "--when", "threads > 20");
            awaitWatched(child.pid());
            go();
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).isEqualTo(5);
            assertThat(ended.err()).contains("has ended", "No process is left to watch");
            assertThat(dumps()).isEmpty();
        }
    }

    @Test
    void twoWatchersOfOneTargetGetAlong() throws IOException {
        try (Launcher.Child child = start("threads", "30")) {
            String pid = Long.toString(child.pid());
            CompletableFuture<CommandRun> one = watch(pid, "--when", "threads > 20");
            CompletableFuture<CommandRun> other = watch(pid, "--when", "threads > 20", "-n", "1");
            awaitWatched(child.pid());
            go();
            assertThat(result(one).exitCode()).as(result(one).err()).isZero();
            assertThat(result(other).exitCode()).as(result(other).err()).isZero();
            assertThat(child.isRunning()).isTrue();
        }
    }

    @Test
    void aWatchIsListedAndCancelledByTheTargetsPid() throws IOException {
        try (Launcher.Child child = start("leak", "1")) {
            CompletableFuture<CommandRun> run =
                    watch(Long.toString(child.pid()), "--when", "memory > 40MB");
            awaitWatched(child.pid());
            CommandRun list = CommandRun.of("watch", "list");
            assertThat(list.out()).contains(Long.toString(child.pid()), "memory(private) > 40MB");
            String json = CommandRun.of("watch", "list", "--json").out();
            assertThat(json).contains("memory(private) > 40MB");
            assertThat(ShippedSchemas.problems(json)).isEmpty();
            CommandRun cancel = CommandRun.of("watch", "cancel", Long.toString(child.pid()));
            assertThat(cancel.exitCode()).as(cancel.err()).isZero();
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).isEqualTo(5);
            assertThat(ended.err()).contains("the target runs on");
            assertThat(child.isRunning()).isTrue();
            assertThat(CommandRun.of("watch", "cancel", "4194304").exitCode()).isEqualTo(3);
        }
    }

    private static void assumeThatTheKernelTells() {
        try (ProcessArrivals arrivals =
                ProcessArrivals.ofThisMachine(ProcessArrivals.DEFAULT_EVERY)) {
            assumeTrue(
                    arrivals.how().contains("the kernel tells"),
                    "needs CAP_NET_ADMIN and CONFIG_PROC_EVENTS: " + arrivals.how());
        }
    }

    /** It lives for as long as it takes to see that it is traced: some milliseconds. */
    @Test
    void aProgramThatEndsAtOnceIsSeenEachTime() throws IOException {
        assumeTrue(program.isPresent(), "needs gcc");
        assumeThatTheKernelTells();
        Path named = Files.copy(program.get(), folder.resolve("mortem-flash"));
        assertThat(named.toFile().setExecutable(true)).isTrue();
        Path lives = folder.resolve("lives");
        CompletableFuture<CommandRun> run = watch(
                "mortem-flash", "--wait", "--follow", "--verbose", "--when", "end", "-n", "20");
        await(() -> Watched.isRecorded(record -> record.target().equals("mortem-flash")));
        for (int number = 0; number < 20; number++) {
            try (Launcher.Child child = Launcher.ofThisMachine()
                    .start(new Launcher.Program(
                            List.of(named.toString(), "flash", lives.toString()),
                            Map.of(),
                            folder,
                            folder.resolve("out.log"),
                            false))) {
                assertThat(child.awaitExit(DEADLINE)).hasValue(3);
            }
        }
        CommandRun ended = result(run);
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err().split("the process exits with status 3", -1)).hasSize(21);
        assertThat(ended.err()).contains("Processes that begin: the kernel tells of each");
        assertThat(Files.readAllLines(lives))
                .as("who was traced, and ended of it")
                .hasSize(20);
    }

    @Test
    void aTargetIsAwaitedByItsName() throws IOException {
        assumeTrue(program.isPresent(), "needs gcc");
        Path named = Files.copy(program.get(), folder.resolve("mortem-awaited"));
        assertThat(named.toFile().setExecutable(true)).isTrue();
        CompletableFuture<CommandRun> run = watch("mortem-awaited", "--wait", "--when", "start");
        await(() -> Watched.isRecorded(record -> record.target().equals("mortem-awaited")));
        try (Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(named.toString()),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false))) {
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.out()).contains("mortem-awaited__").contains("PID-" + child.pid());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | --when is missing |",
                "2 | column 7: found \"101%\" | --when ; cpu > 101%",
                "2 | this machine has | --when ; cpu > 9000 cores",
                "2 | --interval is 100ms at least | --when ; start ; --interval ; 10ms",
                "2 | not a count and a time | --when ; start ; --series ; 3",
                "2 | is not dump or run: | --when ; start ; --do ; nothing",
                "2 | a pid means one process | --when ; start ; --follow",
                "2 | --count is at least 1 | --when ; start ; -n ; 0",
                "2 | stderr is that of a target that Mortem starts | --when ; line \"x\" in stderr",
                "6 | no folder | --when ; start ; -o ; /no/such/folder/x.core"
            })
    void whatCannotBeIsRefusedAtOnce(int exitCode, String message, String more) throws IOException {
        try (Launcher.Child child = start("leak", "1")) {
            List<String> arguments = new ArrayList<>(List.of("watch", Long.toString(child.pid())));
            if (more != null) {
                arguments.addAll(List.of(more.split(" ; ", -1)));
            }
            CommandRun run = CommandRun.of(arguments.toArray(new String[0]));
            assertThat(run.err()).contains(message);
            assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        }
    }

    @Test
    void noTargetIsExit3() {
        assertThat(CommandRun.of("watch", "4194304", "--when", "start").exitCode())
                .isEqualTo(3);
        assertThat(CommandRun.of("watch", "no-such-mortem-name", "--when", "start")
                        .exitCode())
                .isEqualTo(3);
    }

    @Test
    void whatWasCaughtIsListedAndTheLatestIsAnalysed() throws IOException {
        try (Launcher.Child child = start("threads", "2")) {
            CommandRun dump = CommandRun.of(
                    "dump",
                    Long.toString(child.pid()),
                    "-o",
                    folder.toString(),
                    "--kind",
                    "mini",
                    "--keep-free",
                    "0");
            assertThat(dump.exitCode()).as(dump.err()).isZero();
            CommandRun list = CommandRun.of("dumps", "list", "--name", Long.toString(child.pid()));
            assertThat(list.out()).contains("OnDemand", dump.out().strip());
            CommandRun watched =
                    result(watch(Long.toString(child.pid()), "--when", "threads >= 1"));
            assertThat(watched.exitCode()).as(watched.err()).isZero();
            CommandRun both = CommandRun.of("dumps", "list", "--name", Long.toString(child.pid()));
            assertThat(both.out().lines().toList().get(1)).contains("Threads", " threads >= 1 ");
            assertThat(both.out().lines().toList().get(2)).contains("OnDemand", " - ");
            JsonObject newest = JsonObject.parse(CommandRun.of(
                                    "dumps", "list", "--json", "--name", Long.toString(child.pid()))
                            .out()
                            .getBytes(StandardCharsets.UTF_8))
                    .orElseThrow()
                    .objects("dumps")
                    .getFirst();
            assertThat(newest.object("trigger").orElseThrow().text("condition"))
                    .contains("threads >= 1");
            Files.delete(Path.of(watched.out().strip()));
            CommandRun json = CommandRun.of("dumps", "list", "--json");
            assertThat(ShippedSchemas.problems(json.out())).isEmpty();
            assertThat(JsonObject.parse(json.out().getBytes(StandardCharsets.UTF_8))
                            .orElseThrow()
                            .objects("dumps"))
                    .isNotEmpty();
            CommandRun latest = CommandRun.of("analyze", "--latest", Long.toString(child.pid()));
            assertThat(latest.exitCode()).as(latest.err()).isZero();
            assertThat(latest.err()).contains("The latest: " + dump.out().strip());
            assertThat(CommandRun.of("analyze", "--latest", "no-such-name").exitCode())
                    .isEqualTo(7);
            assertThat(CommandRun.of("analyze").exitCode()).isEqualTo(2);
        }
    }
}
