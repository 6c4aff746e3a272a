package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.Launcher;
import dev.mortem.testkit.tool.CProgram;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
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

/** {@code mortem watch} when the disk, the folder, the target or its cgroup is not as it should be. */
class WatchFaultsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(90);

    @TempDir
    private static Path programs;

    private static Optional<Path> program = Optional.empty();

    @TempDir
    Path folder;

    private Path log;

    @BeforeAll
    static void compile() throws IOException {
        program = CProgram.compile(programs, "moves");
    }

    @BeforeEach
    void makeLog() throws IOException {
        assumeTrue(program.isPresent(), "needs gcc");
        log = Files.createFile(folder.resolve("shop.log"));
    }

    private Launcher.Child start(String... command) throws IOException {
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(command), Map.of(), folder, folder.resolve("out.log"), false));
        await(() -> Watched.read(folder.resolve("out.log")).contains("ready"));
        return child;
    }

    private Launcher.Child startResting() throws IOException {
        return start(program.orElseThrow().toString());
    }

    private static void await(BooleanSupplier condition) {
        Watched.await(DEADLINE, condition);
    }

    private void write(String line) throws IOException {
        Files.writeString(log, line + "\n", StandardOpenOption.APPEND);
    }

    /** Fires at each line "now", once for a dump that succeeds. */
    private CompletableFuture<CommandRun> watch(Path output, long pid, String... more) {
        return watch(output, Long.toString(pid), pid, more);
    }

    private CompletableFuture<CommandRun> watch(
            Path output, String target, long pid, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "watch",
                target,
                "-o",
                output.toString(),
                "--interval",
                "100ms",
                "--at-most",
                "80s",
                "--json",
                "--do",
                "dump",
                "--do",
                "run:touch " + folder.resolve("tried")));
        arguments.addAll(List.of(more));
        if (!arguments.contains("--when")) {
            arguments.addAll(List.of("--when", "line \"now\" in " + log));
        }
        CompletableFuture<CommandRun> run = CompletableFuture.supplyAsync(
                () -> CommandRun.of(arguments.toArray(new String[0])),
                // the common pool has one thread on a machine of two cores
                Thread.ofPlatform().daemon()::start);
        awaitWatched(pid, run);
        return run;
    }

    private static void awaitWatched(long pid, CompletableFuture<CommandRun> run) {
        await(() -> run.isDone() || Watched.isWatched(pid));
    }

    private static CommandRun result(CompletableFuture<CommandRun> run) {
        return run.orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private static void assertUntouched(Launcher.Child child) {
        assertThat(child.isRunning()).isTrue();
        assertThat(Watched.read(Path.of("/proc/" + child.pid() + "/status")))
                .contains("TracerPid:\t0\n")
                .containsPattern("State:\t[SR]");
    }

    /** The act is over when the command that follows the dump was run. */
    private void awaitTried() throws IOException {
        await(() -> Files.exists(folder.resolve("tried")));
        Files.delete(folder.resolve("tried"));
    }

    @Test
    void aDiskThatIsTooSmallIsToldAndTheNextFiringIsTried() throws IOException {
        try (Launcher.Child child = startResting();
                SmallDisk disk = SmallDisk.mount(folder, 32)) {
            CompletableFuture<CommandRun> run =
                    watch(disk.place(), child.pid(), "--kind", "full", "--keep-free", "0");
            write("now");
            awaitTried();
            assertThat(run).isNotDone();
            assertThat(files(disk.place())).isEmpty();
            disk.enlarge();
            write("now");
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.err())
                    .contains(
                            "No dump of",
                            "would leave less than the 0 bytes kept free",
                            "1 failed");
            assertThat(files(disk.place())).hasSize(2);
            assertUntouched(child);
        }
    }

    @Test
    void aFolderThatIsRemovedIsToldAndTakenAgainWhenItIsBack() throws IOException {
        Path dumps = Files.createDirectory(folder.resolve("dumps"));
        try (Launcher.Child child = startResting()) {
            CompletableFuture<CommandRun> run =
                    watch(dumps, child.pid(), "--kind", "mini", "--keep-free", "0");
            Files.delete(dumps);
            write("now");
            awaitTried();
            assertThat(run).isNotDone();
            assertThat(dumps).doesNotExist();
            Files.createDirectory(dumps);
            write("now");
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.err()).contains("is no folder", "1 failed");
            assertThat(files(dumps)).hasSize(2);
            assertUntouched(child);
        }
    }

    @Test
    void anotherProgramOfTheSameProcessIsToldAndNamesTheDump() throws IOException {
        Path dumps = Files.createDirectory(folder.resolve("dumps"));
        String script = "echo ready; while [ ! -e go ]; do sleep 0.01; done; exec sleep 1000";
        try (Launcher.Child child = start("/bin/sh", "-c", script)) {
            CompletableFuture<CommandRun> run =
                    watch(dumps, child.pid(), "--kind", "mini", "--keep-free", "0");
            Files.createFile(folder.resolve("go"));
            await(() -> Watched.read(Path.of("/proc/" + child.pid() + "/comm")).equals("sleep\n"));
            write("now");
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.err()).contains("runs another program now (exec)");
            assertThat(files(dumps)).first().asString().startsWith("sleep__PID-" + child.pid());
            assertUntouched(child);
        }
    }

    @Test
    void aTargetThatIsStoppedIsDumpedAndStaysStopped() throws Exception {
        Path dumps = Files.createDirectory(folder.resolve("dumps"));
        try (Launcher.Child child = startResting()) {
            CompletableFuture<CommandRun> run =
                    watch(dumps, child.pid(), "--kind", "mini", "--keep-free", "0");
            Path status = Path.of("/proc/" + child.pid() + "/status");
            assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(child.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            await(() -> Watched.read(status).contains("State:\tT (stopped)"));
            write("now");
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(files(dumps)).hasSize(2);
            assertThat(Watched.read(status)).contains("State:\tT (stopped)", "TracerPid:\t0\n");
        }
    }

    @Test
    void aSecondWatchThatNeedsATracerSaysWhyItCannotAndTheFirstGoesOn() throws IOException {
        Path dumps = Files.createDirectory(folder.resolve("dumps"));
        try (Launcher.Child child = start(program.orElseThrow().toString(), "exit", "7")) {
            CompletableFuture<CommandRun> first =
                    watch(dumps, child.pid(), "--when", "signal SIGSEGV");
            CommandRun second = result(watch(dumps, child.pid(), "--when", "end"));
            assertThat(second.exitCode()).as(second.err()).isEqualTo(4);
            assertThat(second.err()).contains("is traced already, by");
            assertThat(first).isNotDone();
            Files.createFile(folder.resolve("go"));
            CommandRun ended = result(first);
            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(5);
            assertThat(ended.err()).contains("has ended with status 7");
        }
    }

    @Test
    void aNameOfAnyCharactersIsFoundAndMakesAFileName() throws IOException {
        Path named = Files.copy(program.orElseThrow(), folder.resolve("my shop (1) ) S 1\n2"));
        assertThat(named.toFile().setExecutable(true)).isTrue();
        Path dumps = Files.createDirectory(folder.resolve("dumps"));
        try (Launcher.Child child = start(named.toString())) {
            CommandRun run = CommandRun.of(
                    "dump",
                    "my shop (1) ) S 1\n2",
                    "-o",
                    dumps.toString(),
                    "--kind",
                    "mini",
                    "--keep-free",
                    "0");
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.err()).contains("my shop (1) ) S 1\\n2 (PID " + child.pid() + ")");
            assertThat(files(dumps))
                    .first()
                    .asString()
                    .startsWith("my_shop__1____S_1_2__PID-" + child.pid());
        }
    }

    @Test
    void aCgroupNearItsLimitIsSeen() throws IOException {
        try (OwnCgroup cgroup = OwnCgroup.make(64 << 20);
                Launcher.Child child = start(program.orElseThrow().toString(), "leak", "60")) {
            cgroup.add(child.pid());
            CompletableFuture<CommandRun> run =
                    watch(folder, child.pid(), "--kind", "mini", "--when", "cgroup > 90%");
            Files.createFile(folder.resolve("go"));
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.out()).contains("\"words\":\"cgroup at 9");
            assertUntouched(child);
        }
    }

    /** The kernel kills the largest process of the cgroup; the other one is dumped. */
    @Test
    void aNeighbourThatIsKilledForWantOfMemoryIsSeen() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        try (OwnCgroup cgroup = OwnCgroup.make(32 << 20);
                Launcher.Child child = startResting();
                Launcher.Child eater = Launcher.ofThisMachine()
                        .start(new Launcher.Program(
                                List.of(program.orElseThrow().toString(), "leak", "64"),
                                Map.of(),
                                other,
                                other.resolve("out.log"),
                                false))) {
            await(() -> Watched.read(other.resolve("out.log")).contains("ready"));
            cgroup.add(child.pid());
            cgroup.add(eater.pid());
            CompletableFuture<CommandRun> run =
                    watch(folder, child.pid(), "--kind", "mini", "--when", "oom-kill");
            Files.createFile(other.resolve("go"));
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            await(() -> !eater.isRunning());
            assertUntouched(child);
        }
    }

    @Test
    void whoListensNextAtThePortIsFollowed() throws IOException {
        assumeTrue(Tool.find("python3").isPresent(), "needs python3");
        String listen = """
                import signal, socket, sys
                at = socket.socket()
                at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                at.bind(("127.0.0.1", int(sys.argv[1])))
                at.listen()
                print("ready", at.getsockname()[1], flush=True)
                signal.pause()
                """;
        CompletableFuture<CommandRun> run;
        String port;
        try (Launcher.Child first = start("/usr/bin/env", "python3", "-c", listen, "0")) {
            port = Watched.read(folder.resolve("out.log")).strip().replaceFirst(".* ", "");
            run = watch(folder, "port:" + port, first.pid(), "--kind", "mini", "--follow");
        }
        Files.delete(folder.resolve("out.log"));
        try (Launcher.Child second = start("/usr/bin/env", "python3", "-c", listen, port)) {
            awaitWatched(second.pid(), run);
            write("now");
            CommandRun ended = result(run);
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(files(folder))
                    .anyMatch(
                            name -> name.contains("PID-" + second.pid()) && name.endsWith(".core"));
            assertUntouched(second);
        }
    }
}
