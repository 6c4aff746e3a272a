package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.json.JsonObject;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.UnreadableDumpException;
import dev.mortem.os.Launcher;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code mortem dump} on live processes, as a user runs it. */
class DumpCommandTest {
    private static final int SIGSTOP = 19;

    @TempDir
    Path folder;

    @Test
    void aDumpHasItsNameItsModeAndItsSidecar() throws IOException {
        try (Launcher.Child sleep = start("sleep", "1000")) {
            CommandRun run = dump(Long.toString(sleep.pid()));
            assertThat(run.exitCode()).as(run.err()).isZero();
            Path core = Path.of(run.out().strip());
            assertThat(core.getFileName().toString())
                    .matches("sleep(__.+)?__PID-" + sleep.pid()
                            + "__\\d{8}T\\d{6}\\.\\d{3}Z__OnDemand\\.core");
            Path sidecar = core.resolveSibling(core.getFileName() + ".json");
            for (Path file : List.of(core, sidecar)) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------");
            }
            JsonObject json = JsonObject.parse(Files.readAllBytes(sidecar)).orElseThrow();
            assertThat(ShippedSchemas.problems(Files.readString(sidecar))).isEmpty();
            assertThat(json.text("schema")).contains("mortem.dump/1");
            assertThat(json.number("pid")).hasValue(sleep.pid());
            assertThat(json.text("commandLine")).contains("sleep 1000");
            assertThat(json.text("method")).contains("snapshot");
            assertThat(json.text("methodWhy")).isPresent();
            assertThat(json.objects("gaps")).isEmpty();
            assertThat(json.number("sizeBytes")).hasValue(Files.size(core));
            assertThat(json.number("pauseMs")).isPresent();
            assertThat(json.objects("threads")).hasSize(1);
            assertThat(sleep.isRunning()).isTrue();
            assertThat(status(sleep.pid(), "TracerPid")).isEqualTo("0");
            assertThat(filesIn(folder))
                    .noneMatch(name -> name.contains("part") || name.startsWith("."));
        }
    }

    @ParameterizedTest
    @CsvSource({"prefer,snapshot", "require,snapshot", "NEVER,stopTheWorld"})
    void consoleAndSidecarSayWhichWayWasTaken(String asked, String method) throws IOException {
        try (Launcher.Child sleep = start("sleep", "1000")) {
            CommandRun run = dump("--snapshot", asked, "--json", Long.toString(sleep.pid()));
            assertThat(run.exitCode()).as(run.err()).isZero();
            JsonObject json =
                    JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
            assertThat(json.text("method")).contains(method);
            String why = json.text("methodWhy").orElseThrow();
            assertThat(run.err().lines())
                    .anyMatch(line -> line.contains("expected") && line.contains("free"))
                    .anyMatch(line -> line.startsWith("It will stand for about ")
                            && line.endsWith("(" + method + ": " + why + ")."))
                    .anyMatch(line -> line.contains("the process stood for ")
                            && line.endsWith("(" + method + ": " + why + ")."));
            assertThat(status(sleep.pid(), "TracerPid")).isEqualTo("0");
            awaitState(sleep.pid(), "S");
        }
    }

    @Test
    void pastThePageCacheTheDumpIsTheSame() throws IOException {
        try (Launcher.Child sleep = start("sleep", "1000")) {
            sleep.signal(SIGSTOP);
            awaitState(sleep.pid(), "T");
            String pid = Long.toString(sleep.pid());
            CommandRun direct = dump("--direct-io", "--snapshot", "never", pid);
            assumeTrue(!direct.err().contains("has no direct I/O"), "needs direct I/O");
            assertThat(direct.exitCode()).as(direct.err()).isZero();
            CommandRun plain = dump("--snapshot", "never", pid);
            assertSameMemory(Path.of(direct.out().strip()), Path.of(plain.out().strip()));
        }
    }

    @Test
    void whatIsCompressedPastThePageCacheIsAWholeContainer() throws IOException {
        Optional<Tool> zstd = Tool.find("zstd");
        assumeTrue(zstd.isPresent(), "needs zstd");
        try (Launcher.Child sleep = start("sleep", "1000")) {
            sleep.signal(SIGSTOP);
            awaitState(sleep.pid(), "T");
            String pid = Long.toString(sleep.pid());
            CommandRun run = dump("--compress", "--direct-io", "--snapshot", "never", pid);
            assumeTrue(!run.err().contains("has no direct I/O"), "needs direct I/O");
            assertThat(run.exitCode()).as(run.err()).isZero();
            Path unpacked = folder.resolve("unpacked.core");
            zstd.get().text(List.of("-q", "-d", run.out().strip(), "-o", unpacked.toString()));
            CommandRun plain = dump("--snapshot", "never", pid);
            assertSameMemory(unpacked, Path.of(plain.out().strip()));
        }
    }

    private static void assertSameMemory(Path one, Path other) throws IOException {
        assertThat(Files.size(one)).isEqualTo(Files.size(other));
        try (OpenDump left = open(one);
                OpenDump right = open(other)) {
            List<MemoryRegion> regions = left.snapshot().regions();
            assertThat(regions).hasSizeGreaterThan(5).isEqualTo(right.snapshot().regions());
            for (MemoryRegion region : regions) {
                long start = region.range().start();
                int sizeBytes = (int) region.presentBytes();
                assertThat(Arrays.mismatch(
                                left.snapshot().memory().bytes(start, sizeBytes).orElseThrow(),
                                right.snapshot()
                                        .memory()
                                        .bytes(start, sizeBytes)
                                        .orElseThrow()))
                        .as(region.toString())
                        .isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"require", "never"})
    void whatIsLeftOutIsAGapOfTheSidecar(String mode) throws IOException {
        assumeTrue(Tool.find("python3").isPresent(), "needs python3");
        String program = """
                import mmap, time
                def range_of(megabytes):
                    it = mmap.mmap(-1, megabytes << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
                    it[:] = b'x' * (megabytes << 20)
                    return it
                secret = range_of(1)
                secret.madvise(mmap.MADV_DONTDUMP)
                unforked = range_of(40)
                unforked.madvise(mmap.MADV_DONTFORK)
                print('ready', flush=True)
                time.sleep(1000)
                """;
        try (Launcher.Child python = start("python3", "-c", program)) {
            await(() -> Files.readString(folder.resolve("out.log")).contains("ready"));
            String pid = Long.toString(python.pid());
            List<String> expected = new ArrayList<>(flagged(python.pid(), "dd", "MADV_DONTDUMP"));
            assertThat(expected).hasSize(1);
            List<String> unforked =
                    flagged(python.pid(), "dc", "marked not to be forked, and too large");
            assertThat(unforked).hasSize(1);
            if (mode.equals("require")) {
                expected.addAll(unforked);
            }
            assertThat(gaps(dump("--snapshot", mode, "--json", pid)))
                    .containsExactlyInAnyOrderElementsOf(expected);
            List<String> all = gaps(dump("--snapshot", mode, "--include-dontdump", "--json", pid));
            assertThat(all).isEqualTo(mode.equals("require") ? unforked : List.of());
        }
    }

    /** Ranges whose VmFlags in smaps have this one: "start size why". */
    private static List<String> flagged(long pid, String flag, String why) throws IOException {
        List<String> found = new ArrayList<>();
        String range = "";
        boolean kernels = false;
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                range = line.substring(0, line.indexOf(' '));
                kernels = line.contains("[vvar");
            } else if (!kernels && line.startsWith("VmFlags:") && line.contains(" " + flag + " ")) {
                String[] ends = range.split("-", -1);
                long start = Long.parseLong(ends[0], 16);
                found.add(Addresses.hex(start) + " " + (Long.parseLong(ends[1], 16) - start) + " "
                        + why);
            }
        }
        return found;
    }

    private static List<String> gaps(CommandRun run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonObject json =
                JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
        return json.objects("gaps").stream()
                .map(gap -> gap.text("address").orElseThrow() + " "
                        + gap.number("sizeBytes").orElseThrow() + " "
                        + gap.text("why").orElseThrow().replaceFirst("too large.*", "too large"))
                .toList();
    }

    @Test
    void jsonPrintsTheSidecarsDocument() throws IOException {
        try (Launcher.Child sleep = start("sleep", "1000")) {
            CommandRun run = dump("--json", "--hash", Long.toString(sleep.pid()));
            JsonObject json =
                    JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
            assertThat(ShippedSchemas.problems(run.out())).isEmpty();
            assertThat(json.text("schema")).contains("mortem.dump/1");
            assertThat(json.text("sha256"))
                    .contains(Sha256.of(Path.of(json.text("path").orElseThrow())));
        }
    }

    @Test
    void aCompressedDumpIsAnalysedAsItIs() throws IOException {
        try (Launcher.Child sleep = start("sleep", "1000")) {
            CommandRun run = dump("--compress", Long.toString(sleep.pid()));
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.out().strip()).endsWith(".core.zst");
            CommandRun analysis = CommandRun.of("analyze", "--json", run.out().strip());
            assertThat(analysis.exitCode()).as(analysis.err()).isZero();
            assertThat(analysis.out()).contains("\"clock_nanosleep");
        }
    }

    @Test
    void severalProcessesOfANameAreListedOrAllTaken() throws IOException {
        Path program = Files.copy(
                Path.of("/bin/sleep").toRealPath(),
                folder.resolve("mortem-test-worker"),
                StandardCopyOption.COPY_ATTRIBUTES);
        try (Launcher.Child one = start(program.toString(), "1000");
                Launcher.Child other = start(program.toString(), "2000")) {
            CommandRun ambiguous = dump("mortem-test-worker");
            assertThat(ambiguous.exitCode()).isEqualTo(3);
            assertThat(ambiguous.err())
                    .contains(
                            Long.toString(one.pid()), Long.toString(other.pid()), "--all", "CPU %");
            assertThat(ambiguous.out()).isEmpty();
            CommandRun all = dump("--all", "--json", "mortem-test-worker");
            assertThat(all.exitCode()).as(all.err()).isZero();
            assertThat(all.out().lines()).hasSize(2).allMatch(line -> line.startsWith("{"));
            CommandRun twice = dump("--count", "2", "--interval", "10ms", Long.toString(one.pid()));
            assertThat(twice.out().lines()).hasSize(2).doesNotHaveDuplicates();
        }
    }

    @Test
    void whatCannotBeDumpedSaysWhyAndExitsAsTheContractSays() throws IOException {
        assertFails(3, "4194304", dump("4194304"));
        assertFails(
                2, "Mortem itself", dump(Long.toString(ProcessHandle.current().pid())));
        assumeTrue(Files.exists(Path.of("/proc/2/status")), "needs a kernel thread with pid 2");
        assertFails(4, "kernel", dump("2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"prefer", "require", "never"})
    void aPauseLongerThanAllowedIsRefusedBeforeTheProcessIsTouched(String mode) throws IOException {
        try (Launcher.Child sleep = start("sleep", "1000")) {
            // one thread and the least that is ever expected are more
            CommandRun run =
                    dump("--max-pause", "1ms", "--snapshot", mode, Long.toString(sleep.pid()));
            assertFails(5, mode.equals("require") ? "--snapshot never" : "--max-pause 2s", run);
            assertThat(run.err()).contains("expected").doesNotContain("It will stand");
            assertThat(filesIn(folder)).containsExactly("out.log");
        }
    }

    @Test
    void aFolderWithoutRoomOrWithoutRightIsExit6() throws IOException {
        try (Launcher.Child sleep = start("sleep", "1000")) {
            String pid = Long.toString(sleep.pid());
            CommandRun full =
                    CommandRun.of("dump", pid, "-o", folder.toString(), "--keep-free", "8000000TB");
            assertFails(6, "--keep-free", full);
            assertFails(
                    6,
                    "no folder",
                    CommandRun.of("dump", pid, "-o", folder.resolve("a/b/c").toString()));
        }
    }

    @Test
    void anExistingFileIsNotOverwrittenThroughALink() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Path link = Files.createSymbolicLink(folder.resolve("link.core"), victim);
        try (Launcher.Child sleep = start("sleep", "1000")) {
            CommandRun.of(
                    "dump", Long.toString(sleep.pid()), "-o", link.toString(), "--keep-free", "0");
            assertThat(Files.readString(victim)).isEqualTo("precious");
        }
    }

    @Test
    void gdbAndLldbOpenTheDumpWithTheSameMemory() throws IOException {
        Optional<Tool> gdb = Tool.find("gdb");
        assumeTrue(gdb.isPresent(), "needs gdb");
        try (Launcher.Child sleep = start("sleep", "1000")) {
            Path core = Path.of(dump(Long.toString(sleep.pid())).out().strip());
            String registers = gdb.get()
                    .text(List.of(
                            "-nx",
                            "-batch",
                            "/bin/sleep",
                            core.toString(),
                            "-ex",
                            "info registers rip rsp"));
            assertThat(registers).contains("rip", "rsp").doesNotContain("warning: Couldn't find");
            Optional<Tool> lldb = Tool.find("lldb");
            assumeTrue(lldb.isPresent(), "needs lldb");
            String stack = lldb.get()
                    .text(List.of("--batch", "-c", core.toString(), "/bin/sleep", "-o", "bt"));
            assertThat(stack).contains("clock_nanosleep");
        }
    }

    /**
     * The kernel writes the number of the processor beside a thread (rseq) whenever it lets it run, also for
     * a tracer: two readers see the same bytes only where it stays on one.
     */
    private static final String ON_ONE_PROCESSOR =
            "x=$(seq 20000);" + " taskset -cp $(taskset -cp $$ | grep -o '[0-9]*' | sed -n 2p) $$;";

    @ParameterizedTest
    @ValueSource(strings = {"require", "never"})
    void everyByteOfAStoppedProcessIsTheOneThatGdbReads(String mode) throws Exception {
        Optional<Tool> gdb = Tool.find("gdb");
        assumeTrue(gdb.isPresent(), "needs gdb");
        assumeTrue(Tool.find("taskset").isPresent(), "needs taskset");
        try (Launcher.Child bash = start("bash", "-c", ON_ONE_PROCESSOR + "sleep 1000 & wait")) {
            bash.signal(SIGSTOP);
            awaitState(bash.pid(), "T");
            CommandRun run = dump("--snapshot", mode, Long.toString(bash.pid()));
            assertThat(run.exitCode()).as(run.err()).isZero();
            try (OpenDump dump = open(Path.of(run.out().strip()))) {
                List<MemoryRegion> regions = dump.snapshot().regions().stream()
                        .filter(region -> region.isWritable() && region.presentBytes() > 0)
                        .toList();
                assertThat(regions).hasSizeGreaterThan(3);
                List<String> commands =
                        new ArrayList<>(List.of("-nx", "-batch", "-p", Long.toString(bash.pid())));
                for (MemoryRegion region : regions) {
                    commands.addAll(List.of(
                            "-ex",
                            "dump binary memory %s %s %s"
                                    .formatted(
                                            folder.resolve(
                                                    "region-" + region.range().start()),
                                            Addresses.hex(region.range().start()),
                                            Addresses.hex(region.range().end()))));
                }
                gdb.get().text(commands);
                for (MemoryRegion region : regions) {
                    byte[] theirs = Files.readAllBytes(
                            folder.resolve("region-" + region.range().start()));
                    assertThat(dump.snapshot()
                                    .memory()
                                    .bytes(region.range().start(), theirs.length))
                            .hasValueSatisfying(ours -> assertThat(Arrays.mismatch(ours, theirs))
                                    .as(region.toString())
                                    .isEqualTo(-1));
                }
            }
            assertThat(status(bash.pid(), "State")).startsWith("T");
        }
    }

    private static void assertFails(int code, String what, CommandRun run) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(code);
        assertThat(run.err()).contains(what).doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    private CommandRun dump(String... arguments) {
        return CommandRun.of(Stream.concat(
                        Stream.of("dump", "-o", folder.toString(), "--keep-free", "0"),
                        Stream.of(arguments))
                .toArray(String[]::new));
    }

    private Launcher.Child start(String... command) throws IOException {
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(command), Map.of(), folder, folder.resolve("out.log"), false));
        awaitState(child.pid(), "S");
        return child;
    }

    private static void awaitState(long pid, String wanted) throws IOException {
        await(() ->
                status(pid, "State").startsWith(wanted) && !status(pid, "Name").equals("java"));
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.holds()) {
            assertThat(System.nanoTime() - deadline).as("it never came so far").isNegative();
            Thread.onSpinWait();
        }
    }

    private static OpenDump open(Path core) throws IOException {
        try {
            return DumpFiles.open(core, Limits.defaults());
        } catch (UnreadableDumpException unreadable) {
            throw new AssertionError(core.toString(), unreadable);
        }
    }

    private static String status(long pid, String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static List<String> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
