package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.os.Launcher;
import dev.mortem.testkit.tool.Corpus;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code mortem dump --format minidump}, {@code convert} and {@code strip}, as a user runs them. */
class ConvertCommandTest {
    private static final String SECRET = "swordfish-4711-lagoon";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"full", "mini", "heap", "triage"})
    void lldbSeesInAMinidumpOfALiveProcessWhatACoreOfItHas(String kind) throws Exception {
        try (Launcher.Child worker = secretive()) {
            String pid = Long.toString(worker.pid());
            CommandRun run = dump(pid, "--format", "minidump", "--kind", kind);
            assertThat(run.exitCode()).as(run.err()).isZero();
            Path minidump = Path.of(run.out().strip());
            assertThat(minidump.getFileName().toString())
                    .matches("python.*__PID-" + pid + "__\\d{8}T\\d{6}\\.\\d{3}Z__OnDemand\\.dmp");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(minidump)))
                    .isEqualTo("rw-------");
            JsonObject sidecar = json(Files.readString(sidecar(minidump)));
            assertThat(sidecar.text("kind")).contains(kind);
            assertThat(sidecar.text("format")).contains("minidump");
            assertThat(sidecar.number("sizeBytes")).hasValue(Files.size(minidump));
            Path core = Path.of(dump(pid).out().strip());
            try (OpenDump read = open(minidump);
                    OpenDump whole = open(core)) {
                assertThat(read.snapshot().diagnostics()).isEmpty();
                assertThat(read.snapshot().details().kind()).contains(kind);
                assertThat(ids(read.snapshot())).isEqualTo(ids(whole.snapshot()));
                assertThat(read.snapshot().modules())
                        .extracting(LoadedModule::range)
                        .isEqualTo(whole.snapshot().modules().stream()
                                .map(LoadedModule::range)
                                .toList());
                assertSeenByLldb(minidump, read.snapshot());
            }
        }
    }

    private void assertSeenByLldb(Path minidump, ProcessSnapshot snapshot) throws IOException {
        Optional<Tool> lldb = Tool.find("lldb");
        assumeTrue(lldb.isPresent(), "needs lldb");
        MemoryRegion stack = snapshot.regions().stream()
                .filter(region -> region.presentBytes() > 0
                        && region.path().filter("[stack]"::equals).isPresent())
                .findFirst()
                .orElseThrow();
        long place = stack.range().start();
        String seen = lldb.get()
                .text(List.of(
                        "--batch",
                        "--no-lldbinit",
                        "-o",
                        "target create --core " + minidump,
                        "-o",
                        "thread list",
                        "-o",
                        "image list",
                        "-o",
                        "memory read --format x --size 8 --count 1 " + place));
        for (ThreadSnapshot thread : snapshot.threads()) {
            assertThat(seen)
                    .contains(String.format(
                            Locale.ROOT,
                            "tid = %d, 0x%016x",
                            thread.id(),
                            thread.registers().orElseThrow().pc().orElseThrow()));
        }
        for (LoadedModule module : snapshot.modules()) {
            assertThat(seen).contains(String.format(Locale.ROOT, "0x%016x", module.base()));
        }
        assertThat(seen)
                .contains(String.format(
                        Locale.ROOT,
                        "0x%x: 0x%016x",
                        place,
                        snapshot.memory().u8(place).orElseThrow()));
    }

    @ParameterizedTest
    @CsvSource({"dmp, --redact", "core, --redact", "dmp, --kind=triage", "core, --kind=triage"})
    void noByteOfARedactedDumpTellsTheSecret(String extension, String option) throws Exception {
        try (Launcher.Child worker = secretive()) {
            String pid = Long.toString(worker.pid());
            Path whole = folder.resolve("whole.dmp");
            CommandRun full = dumpTo(whole, pid, "--include-environment");
            assertThat(full.exitCode()).as(full.err()).isZero();
            // heap, stack data, argv and environment of the process, and streams of the dump
            assertThat(count(whole)).isGreaterThan(4);
            assertThat(count(sidecar(whole))).isPositive();

            Path live = folder.resolve("live." + extension);
            CommandRun run = dumpTo(live, pid, option);
            assertThat(run.exitCode()).as(run.err()).isZero();
            Path made = folder.resolve("made." + extension);
            CommandRun strip =
                    CommandRun.of("strip", "" + whole, "-o", "" + made, option, "--keep-free", "0");
            assertThat(strip.exitCode()).as(strip.err()).isZero();
            for (Path file : List.of(live, made)) {
                assertThat(count(file)).as(file.toString()).isZero();
                assertThat(count(sidecar(file))).as(file.toString()).isZero();
                try (OpenDump dump = open(file)) {
                    assertThat(dump.snapshot().threads()).hasSize(2);
                    assertThat(dump.snapshot().modules()).hasSizeGreaterThan(2);
                }
            }
        }
    }

    /** A program that has the secret in its heap, its stack, its arguments and its environment. */
    private Launcher.Child secretive() throws IOException {
        assumeTrue(Tool.find("python3").isPresent(), "needs python3");
        String program = """
                import ctypes, os, sys, threading, time
                word = os.environ['TOKEN']
                heap = [word + str(number) for number in range(8)]
                libc = ctypes.CDLL(None)
                def wait():
                    buffer = ctypes.create_string_buffer(word.encode())
                    libc.usleep(1000 * 1000 * 900)
                threading.Thread(target=wait, daemon=True).start()
                print('ready', flush=True)
                time.sleep(1000)
                """;
        Path log = folder.resolve("out.log");
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of("python3", "-c", program, SECRET),
                        Map.of("TOKEN", SECRET),
                        folder,
                        log,
                        false));
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!Files.exists(log) || !Files.readString(log).contains("ready")) {
            assertThat(System.nanoTime() - deadline).as("it never came so far").isNegative();
            Thread.onSpinWait();
        }
        return child;
    }

    private static int count(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return text.split("swordfish|4711-lag|rdfish-4", -1).length - 1;
    }

    @Test
    void aCoreGoesToAMinidumpAndBackWithItsSidecar() throws Exception {
        try (Launcher.Child worker = secretive()) {
            Path core = folder.resolve("first.core");
            assertThat(dumpTo(core, Long.toString(worker.pid())).exitCode()).isZero();
            Path minidump = folder.resolve("second.dmp.zst");
            CommandRun there = convert(core, minidump, "--compress", "--json");
            assertThat(there.exitCode()).as(there.err()).isZero();
            JsonObject document = json(there.out());
            assertThat(document.text("schema")).contains("mortem.conversion/1");
            assertThat(document.text("fromFormat")).contains("core");
            assertThat(document.text("format")).contains("minidump");
            assertThat(document.text("kind")).contains("full");
            Path back = folder.resolve("third.core");
            CommandRun again = convert(minidump, back);
            assertThat(again.exitCode()).as(again.err()).isZero();
            assertThat(again.out().strip()).isEqualTo(back.toString());
            try (OpenDump first = open(core);
                    OpenDump third = open(back)) {
                assertThat(third.snapshot().threads())
                        .isEqualTo(first.snapshot().threads());
                assertThat(third.snapshot().modules())
                        .isEqualTo(first.snapshot().modules());
                assertThat(third.snapshot().regions())
                        .isEqualTo(first.snapshot().regions());
                assertThat(third.snapshot().process())
                        .isEqualTo(first.snapshot().process());
            }
            JsonObject old = json(Files.readString(sidecar(core)));
            JsonObject kept = json(Files.readString(sidecar(back)));
            assertThat(kept.text("user")).isEqualTo(old.text("user"));
            assertThat(kept.text("path")).contains(back.toString());
            assertThat(kept.object("kernelObjects")).isPresent();
        }
    }

    @Test
    void aMinidumpOfWindowsIsStripped() throws Exception {
        Optional<Path> source = Corpus.file("minidump/electron__node-minidump/windows.dmp");
        assumeTrue(source.isPresent(), "needs the corpus");
        Path mini = folder.resolve("mini.dmp");
        CommandRun run = CommandRun.of(
                "strip",
                "" + source.get(),
                "-o",
                "" + mini,
                "--kind",
                "triage",
                "--keep-free",
                "0");
        assertThat(run.exitCode()).as(run.err()).isZero();
        try (OpenDump whole = open(source.get());
                OpenDump small = open(mini)) {
            assertThat(small.snapshot().reason()).isEqualTo(whole.snapshot().reason());
            assertThat(ids(small.snapshot())).isEqualTo(ids(whole.snapshot()));
            assertThat(small.snapshot().details().kind()).contains("triage");
            assertThat(small.snapshot().modules())
                    .extracting(LoadedModule::path)
                    .isEqualTo(whole.snapshot().modules().stream()
                            .map(LoadedModule::name)
                            .toList());
        }
        CommandRun core = convert(source.get(), folder.resolve("no.core"));
        assertFails(2, "no ELF core", core);
    }

    @Test
    void whatDoesNotGoTogetherExitsWith2() throws IOException {
        Path core = Files.createFile(folder.resolve("a.core"));
        String target = "" + folder.resolve("b.dmp");
        assertFails(2, "--format", CommandRun.of("convert", "" + core, folder.resolve("b") + ""));
        assertFails(2, ".core", CommandRun.of("convert", "" + core, target, "--format", "core"));
        assertFails(
                2, "convert", CommandRun.of("strip", "" + core, "-o", target, "--kind", "full"));
        assertFails(2, "folder", CommandRun.of("strip", "" + core, "-o", folder.toString()));
        assertFails(2, "--redact", CommandRun.of("dump", "1", "--redact", "--kind", "heap"));
        assertFails(
                2, "--include-environment", CommandRun.of("dump", "1", "--include-environment"));
        assertFails(2, ".core", CommandRun.of("dump", "1", "--format", "core", "-o", target));
        assertFails(2, "FULL", CommandRun.of("dump", "1", "--kind", "most"));
    }

    @Test
    void whatCannotBeReadOrWrittenExitsAsTheContractSays() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "hello, this is no dump at all");
        assertFails(7, "no dump", convert(text, folder.resolve("a.dmp")));
        assertFails(7, "no such file", convert(folder.resolve("none"), folder.resolve("a.dmp")));
        Optional<Path> source = Corpus.file("own/linux/core.segv");
        assumeTrue(source.isPresent(), "needs the corpus");
        Path there = Files.writeString(folder.resolve("there.dmp"), "mine");
        assertFails(6, "it exists", convert(source.get(), there));
        assertThat(there).hasContent("mine");
        assertFails(
                6,
                "--keep-free",
                CommandRun.of(
                        "convert",
                        "" + source.get(),
                        "" + folder.resolve("a.dmp"),
                        "--keep-free",
                        "8000000TB"));
        assertFails(6, "no folder", convert(source.get(), folder.resolve("x/y.dmp")));
        assertThat(folder.resolve("a.dmp")).doesNotExist();
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

    private static CommandRun dumpTo(Path file, String... arguments) {
        return CommandRun.of(Stream.concat(
                        Stream.of("dump", "-o", file.toString(), "--keep-free", "0"),
                        Stream.of(arguments))
                .toArray(String[]::new));
    }

    private static CommandRun convert(Path from, Path to, String... arguments) {
        return CommandRun.of(Stream.concat(
                        Stream.of("convert", from.toString(), to.toString(), "--keep-free", "0"),
                        Stream.of(arguments))
                .toArray(String[]::new));
    }

    private static List<Long> ids(ProcessSnapshot snapshot) {
        return snapshot.threads().stream().map(ThreadSnapshot::id).toList();
    }

    private static Path sidecar(Path dump) {
        return dump.resolveSibling(dump.getFileName() + ".json");
    }

    private static JsonObject json(String text) {
        return JsonObject.parse(text.getBytes(StandardCharsets.UTF_8)).orElseThrow();
    }

    private static OpenDump open(Path file) throws Exception {
        return DumpFiles.open(file, Limits.defaults());
    }
}
