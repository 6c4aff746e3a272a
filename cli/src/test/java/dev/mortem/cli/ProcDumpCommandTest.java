package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.os.Launcher;
import dev.mortem.testkit.tool.CProgram;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** {@code mortem procdump} on small programs that do one thing: the lines that people type. */
class ProcDumpCommandTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** No other process of this machine is called that, nor one of another run of this test. */
    private static final String NAME = "shop" + ProcessHandle.current().pid();

    /** What scripts look for in ProcDump's lines. */
    private static final String DUMP_LINE =
            "^\\[\\d\\d:\\d\\d:\\d\\d\\] ?Dump (\\d+) (info|initiated|writing|complete|error): (.*)$";

    @TempDir
    private static Path programs;

    private static Optional<Path> program = Optional.empty();

    @TempDir
    Path folder;

    private final List<Launcher.Child> children = new ArrayList<>();
    private Path config = Path.of("");

    @BeforeAll
    static void compile() throws IOException {
        program = CProgram.compile(programs, "moves");
    }

    @BeforeEach
    void keepNoSpace() throws IOException {
        config = folder.resolve("mortem.yaml");
        Files.writeString(config, "procdump:\n  keep-free: 0\n");
    }

    @AfterEach
    void endChildren() {
        children.forEach(Launcher.Child::close);
    }

    /** A program under a name of its own, which waits for {@link #go}. */
    private Launcher.Child start(String name, String what, String how) throws IOException {
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(named(name).toString(), what, how),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false));
        children.add(child);
        await(() -> Watched.read(folder.resolve("out.log")).contains("ready"));
        return child;
    }

    private Path named(String name) throws IOException {
        assumeTrue(program.isPresent(), "needs gcc");
        return Files.copy(program.get(), folder.resolve(name));
    }

    private void go() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    private static void await(BooleanSupplier condition) {
        Watched.await(DEADLINE, condition);
    }

    private CommandRun run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("procdump"));
        for (String argument : arguments) {
            all.add(argument.replace("FOLDER", folder.toString()));
        }
        return CommandRun.withConfig(List.of(config), all.toArray(new String[0]));
    }

    /** The same on another thread. */
    private CompletableFuture<CommandRun> begin(String... arguments) {
        return CompletableFuture.supplyAsync(() -> run(arguments));
    }

    private static void awaitWatched(long pid, CompletableFuture<CommandRun> watch) {
        await(() -> Watched.isWatched(pid) || watch.isDone());
        assertThat(watch.isDone()).as(() -> "ended already: " + watch.join()).isFalse();
    }

    private static CommandRun result(CompletableFuture<CommandRun> run) {
        return run.orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private List<Path> dumps() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().matches(".*\\.(core|dmp)"))
                    .sorted()
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static JsonObject sidecar(Path dump) {
        try {
            return JsonObject.parse(
                            Files.readAllBytes(dump.resolveSibling(dump.getFileName() + ".json")))
                    .orElseThrow();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String text(Path dump, String name) {
        return sidecar(dump).text(name).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-ma", "–MA", "/ma"})
    void aFullDumpOfAPidIntoAFolder(String option) throws IOException {
        Launcher.Child child = start("shop", "spin", "0");
        CommandRun run = run(option, "-accepteula", Long.toString(child.pid()), "FOLDER");
        assertThat(run.exitCode()).as(run.err()).isZero();
        Path dump = dumps().getFirst();
        assertThat(dump.getFileName().toString()).matches("shop_\\d{6}_\\d{6}\\.core");
        assertThat(text(dump, "kind")).isEqualTo("full");
        assertThat(text(dump, "format")).isEqualTo("core");
        assertThat(run.err()).contains("Note: -accepteula: there is nothing to accept");
        assertThat(run.out().lines().filter(line -> line.matches(DUMP_LINE)))
                .anyMatch(line -> line.endsWith("] Dump 1 initiated: " + dump.toAbsolutePath()))
                .anyMatch(line ->
                        line.matches(".*Dump 1 writing: Estimated dump file size is \\d+ MB\\."))
                .anyMatch(line ->
                        line.matches(".*Dump 1 complete: \\d+ MB written in \\d+\\.\\d seconds"));
        assertThat(run.out().lines().toList().getLast())
                .matches("\\[\\d\\d:\\d\\d:\\d\\d\\] Dump count reached\\.");
        assertThat(run.out()).doesNotContain("Process image:");
        assertThat(child.isRunning()).isTrue();
    }

    @Test
    void severalMinidumpsOfOneNameOneSecondApart() throws IOException {
        Launcher.Child child = start(NAME, "spin", "0");
        long began = System.nanoTime();
        String file = "FOLDER/w3wp-PID-perf.dmp";
        CommandRun run = run("–64", "–ma", "–s", "1", "–n", "3", NAME + ".exe", file);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(2_000_000_000L);
        String start = "w3wp-" + child.pid() + "-perf";
        assertThat(dumps().stream().map(Path::getFileName).map(Path::toString))
                .containsExactlyInAnyOrder(start + ".dmp", start + "-1.dmp", start + "-2.dmp");
        assertThat(text(dumps().getFirst(), "format")).isEqualTo("minidump");
        assertThat(run.err()).contains("Note: -64:");
    }

    @Test
    void aMiniComesBeforeTheFullOneWithItsComment() throws IOException {
        Launcher.Child child = start("shop", "spin", "0");
        CommandRun run =
                run("-ma", "-mm", "-dc", "it is slow", Long.toString(child.pid()), "FOLDER/a.dmp");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(text(folder.resolve("a.dmp"), "kind")).isEqualTo("mini");
        assertThat(text(folder.resolve("a-1.dmp"), "kind")).isEqualTo("full");
        assertThat(Files.readString(folder.resolve("a.dmp.json"))).contains("\"it is slow\"");
        CommandRun report =
                CommandRun.of("analyze", "--json", folder.resolve("a.dmp").toString());
        JsonObject dump = JsonObject.parse(report.out().getBytes(StandardCharsets.UTF_8))
                .flatMap(json -> json.object("dump"))
                .orElseThrow();
        assertThat(dump.text("comment")).contains("it is slow");
    }

    @Test
    void aMaskIsWhatTheMinidumpSays() throws IOException {
        Launcher.Child child = start("shop", "spin", "0");
        CommandRun run = run("-mc", "1921", Long.toString(child.pid()), "FOLDER/a.dmp");
        assertThat(run.exitCode()).as(run.err()).isZero();
        byte[] head = Files.readAllBytes(folder.resolve("a.dmp"));
        // MINIDUMP_HEADER.Flags
        assertThat((head[24] & 0xff) | ((head[25] & 0xff) << 8)).isEqualTo(0x1921);
    }

    @Test
    void anotherFileIsReplacedOnlyWhereThatIsAskedFor() throws IOException {
        Launcher.Child child = start("shop", "spin", "0");
        Files.writeString(folder.resolve("a.core"), "old");
        String pid = Long.toString(child.pid());
        assertThat(run(pid, "FOLDER/a.core").exitCode()).isZero();
        assertThat(Watched.read(folder.resolve("a.core"))).isEqualTo("old");
        assertThat(run("-o", pid, "FOLDER/a.core").exitCode()).isZero();
        assertThat(text(folder.resolve("a.core"), "kind")).isEqualTo("mini");
        assertThat(dumps()).hasSize(2);
        assertThat(folder.resolve(".a.core.replaced")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "spin | 50 | -ma -n 2 -s 1 -c 10 -u | Cpu",
                "leak | 64 | -s 1 -m 40 | Memory",
                "threads | 30 | -s 1 -tc 20 | Threads",
                "fds | 200 | -s 1 -fc 150 | Descriptors",
                "threads | 1 | -ct | Thread_start",
                "load | libresolv.so.2 | -ld -f resolv | Module_load",
                "exit | 7 | -t | End",
                "crash | 0 | -ma -e | Signal_SIGSEGV",
                "crash | 0 | -ma -e 1 | Signal_SIGSEGV",
                "crash | 0 | -e -f c0000005 | Signal_SIGSEGV",
                "crash | 0 | -e -t | Signal_SIGSEGV",
                "overflow | 0 | -ma -e 1 -f 0xc00000fd | Signal_SIGSEGV",
                "divide | 0 | -e -f C0000094 | Signal_SIGFPE",
                "abort | 0 | -e -f C0000409 | Signal_SIGABRT",
                "handled | 1 | -e 1 | First_chance_SIGSEGV",
                "handled | 4 | -ma -n 3 -e 1 -f ACCESS_VIOLATION | First_chance_SIGSEGV",
                "raise | 10 | -sig 10 | Signal_SIGUSR1"
            })
    void conditions(String what, String how, String options, String reason) throws IOException {
        Launcher.Child child = start("shop", what, how);
        List<String> line = new ArrayList<>(List.of(options.split(" ", -1)));
        line.addAll(List.of("-pf", "100", Long.toString(child.pid()), "FOLDER"));
        CompletableFuture<CommandRun> watch = begin(line.toArray(new String[0]));
        awaitWatched(child.pid(), watch);
        go();
        CommandRun run = result(watch);
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        int count = line.contains("-n") ? Integer.parseInt(line.get(line.indexOf("-n") + 1)) : 1;
        assertThat(dumps()).hasSize(count);
        assertThat(text(dumps().getFirst(), "reason")).isEqualTo(reason);
        assertThat(run.out())
                .contains("Process:               shop (" + child.pid() + ")\n")
                .contains("Press Ctrl-C to end monitoring without terminating the process.\n")
                .contains("] Dump count reached.\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "crash | -ma -e 1 -f System.Net.WebException | 5 | Unhandled: C0000005.ACCESS_VIOLATION",
                "crash | -ma -n 10 -e 1 -f NotFound | 5 | Unhandled: C0000005.ACCESS_VIOLATION",
                "crash | -e 1 -f ~ | 0 | Unhandled: C0000005.ACCESS_VIOLATION",
                "crash | -e -f 0xc00000fd | 5 | Unhandled: C0000005.ACCESS_VIOLATION",
                "overflow | -e -f 0xc0000005 | 5 | Unhandled: C00000FD.STACK_OVERFLOW",
                "divide | -e -fx SIGFPE | 5 | Unhandled: C0000094.INT_DIVIDE_BY_ZERO",
                "exit | -e 1 | 5 | The process has exited.",
                "exit | -c 99 -s 50 | 5 | The process has exited."
            })
    void whatIsNotWantedIsShownAndNotDumped(String what, String options, int exitCode, String shown)
            throws IOException {
        Launcher.Child child = start(NAME, what, "0");
        List<String> line = new ArrayList<>(List.of(options.replace("~", "").split(" ", -1)));
        line.addAll(List.of("-pf", "100", NAME + ".exe", "FOLDER"));
        CompletableFuture<CommandRun> watch = begin(line.toArray(new String[0]));
        awaitWatched(child.pid(), watch);
        go();
        CommandRun run = result(watch);
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
        assertThat(dumps()).isEmpty();
        assertThat(run.out())
                .contains("] " + shown)
                .containsSubsequence("The process has exited.\n", "Dump count not reached.\n");
        if (options.contains("System.Net") || options.contains("NotFound")) {
            assertThat(run.err()).contains("match once Mortem reads these");
        }
    }

    @Test
    void aProcessIsAwaitedByItsNameAndCaughtAtItsCrash() throws IOException {
        CompletableFuture<CommandRun> watch =
                begin("-ma", "-e", "-w", NAME + ".exe", "FOLDER/EXCEPTIONCODE.core");
        await(() -> isAwaiting(NAME + ".exe"));
        Launcher.Child child = start(NAME, "crash", "0");
        awaitWatched(child.pid(), watch);
        go();
        CommandRun run = result(watch);
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(run.out()).contains("Waiting for process named " + NAME + ".exe...\n");
        assertThat(dumps().stream().map(Path::getFileName).map(Path::toString))
                .containsExactly("C0000005.core");
    }

    @Test
    void anAwaitedProcessThatEndsAtOnceIsCaughtAtItsEnd() throws IOException {
        CompletableFuture<CommandRun> watch = begin("-ma", "-t", "-w", NAME, "FOLDER");
        await(() -> isAwaiting(NAME));
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(named(NAME).toString(), "flash", "lives"),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false));
        children.add(child);
        CommandRun run = result(watch);
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(child.awaitExit(DEADLINE)).hasValue(3);
        assertThat(dumps()).hasSize(1);
        assertThat(text(dumps().getFirst(), "reason")).isEqualTo("End");
    }

    private static boolean isAwaiting(String name) {
        try {
            return WatchRecord.running(StateFolder.ofThisUser(Map.of()).watches()).stream()
                    .anyMatch(record -> record.target().equals(name));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Test
    void aProgramIsStartedAndWatchedFromItsFirstInstruction() throws IOException {
        Path crasher = named("crasher");
        go();
        // it runs in our folder, so that it is told where to look
        CommandRun run = run(
                "-ma",
                "-e",
                "-x",
                "FOLDER",
                "sh",
                "-c",
                "cd " + folder + " && exec " + crasher + " crash 0 >/dev/null");
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(dumps().getFirst().getFileName().toString())
                .matches("crasher_\\d{6}_\\d{6}\\.core");
        assertThat(run.out())
                .contains("Process image:         sh\n")
                .contains("] Unhandled: C0000005.ACCESS_VIOLATION (\"fatal SIGSEGV");
    }

    @Test
    void aStartedProgramIsDumpedAtOnceWithoutACondition() throws IOException {
        CommandRun run = run("-k", "-x", "FOLDER", "sleep", "1000");
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(text(dumps().getFirst(), "image")).isEqualTo("sleep");
        assertThat(run.out()).contains("] The process is ended (-k).\n");
    }

    @Test
    void linesOfAStartedProgramAreShownAndFilteredOnes() {
        CommandRun run = run(
                "-l",
                "-f",
                "out of memory",
                "-pf",
                "100",
                "-k",
                "-x",
                "FOLDER",
                "sh",
                "-c",
                "echo all is well >&2; echo it is Out Of Memory >&2; exec sleep 1000");
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(text(dumps().getFirst(), "reason")).isEqualTo("Line");
        assertThat(run.out()).contains("] all is well\n").contains("] it is Out Of Memory\n");
    }

    @Test
    void onlyTheTargetIsKilledAndOnlyAfterItsLastDump() throws IOException {
        Launcher.Child child = start("shop", "spin", "0");
        Launcher.Child other = start("other", "spin", "0");
        CommandRun run = run("-k", "-n", "2", "-s", "1", Long.toString(child.pid()), "FOLDER");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(dumps()).hasSize(2);
        assertThat(child.awaitExit(DEADLINE)).hasValue(128 + 9);
        assertThat(other.isRunning()).isTrue();
        assertThat(run.out()).containsSubsequence("Dump 2 complete", "The process is ended (-k).");
    }

    @Test
    void cancelEndsTheWatchAndLeavesTheTarget() throws IOException {
        Launcher.Child child = start("shop", "spin", "0");
        String pid = Long.toString(child.pid());
        CompletableFuture<CommandRun> watch = begin("-ma", "-e", pid, "FOLDER");
        awaitWatched(child.pid(), watch);
        CommandRun cancel = run("-cancel", pid);
        assertThat(cancel.exitCode()).as(cancel.err()).isZero();
        assertThat(result(watch).exitCode()).isEqualTo(ExitCode.NO_DUMP.number());
        assertThat(result(watch).out()).contains("] Dump count not reached.\n");
        assertThat(child.isRunning()).isTrue();
        assertThat(run("-cancel", pid).exitCode()).isEqualTo(3);
    }

    @Test
    void aDumpWithinItsTimeIsWrittenFromACopy() throws IOException {
        Launcher.Child child = start("shop", "spin", "0");
        CommandRun run = run("-at", "60", "-r", "-a", Long.toString(child.pid()), "FOLDER");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(text(dumps().getFirst(), "method")).isEqualTo("snapshot");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-ma w3wp.exe FOLDER | 3 | no process is called \"w3wp.exe\", none \"w3wp\", and no service",
                "-ma 4194304 | 3 | no process 4194304; \"mortem ps\" lists",
                "-ma 1234 C:\\dumps | 2 | mkdir -p /var/tmp/dumps && procdump -ma 1234 /var/tmp/dumps",
                "-ma %1% C:\\dump | 2 | whoever starts this must put the pid there",
                "-ma -i Z:\\Dumps | 2 | procdump -ma -i /var/tmp/dumps",
                "-ma -i | 2 | not built yet",
                "-u | 2 | nothing to uninstall",
                "-wer 1 | 2 | there is no Windows Error Reporting here",
                "-c 9000 -u SELF | 2 | cores, and this machine has",
                "-ma SELF | 2 | is Mortem itself",
                "-x /nowhere/at/all true | 6 | /nowhere/at/all is no folder; create it, or name another behind",
                "| 2 | a process is missing"
            })
    void refusals(String line, int exitCode, String words) {
        String[] arguments = line == null
                ? new String[0]
                : line.replace("SELF", Long.toString(ProcessHandle.current().pid()))
                        .split(" ", -1);
        CommandRun run = run(arguments);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err()).startsWith("mortem procdump: ").contains(words).doesNotContain("--");
        assertThat(dumps()).isEmpty();
    }

    @Test
    void helpListsAllOptionsInItsOwnWords() {
        for (String help : List.of("-?", "/?", "--help")) {
            CommandRun run = run(help);
            assertThat(run.exitCode()).isZero();
            assertThat(run.out())
                    .contains("  -ma  ")
                    .contains("Exit codes: 0")
                    .doesNotContain("Sysinternals");
        }
    }

    @Test
    void anArgumentThatLooksLikeAFileOfArgumentsIsAName() {
        CommandRun run = run("-ma", "@/etc/hostname");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).contains("no process is called \"@/etc/hostname\"");
    }
}
