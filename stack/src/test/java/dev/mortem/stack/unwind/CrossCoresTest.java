package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Programs of other CPUs under qemu, which writes a core of the guest where it crashes: the same pcs as
 * gdb's, frame by frame, and the functions that the program's source names.
 */
class CrossCoresTest {
    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    /**
     * Without signals: gdb 13 reads the frames of qemu's for ever on AArch64, and wrongly on Arm. On Arm
     * it stops at start_thread, whose caller in clone has no exception table.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "aarch64 | aarch64-linux-gnu | -O0 -no-pie",
                "aarch64 | aarch64-linux-gnu | -O2 -no-pie",
                "aarch64 | aarch64-linux-gnu | -O2 -fomit-frame-pointer -static",
                "arm | arm-linux-gnueabihf | -O2 -funwind-tables -no-pie",
                "arm | arm-linux-gnueabihf | -O2 -funwind-tables -marm -no-pie",
                "arm | arm-linux-gnueabihf | -O0 -funwind-tables -static",
                "arm | arm-linux-gnueabihf | -O1 -g -no-pie",
            })
    void everyFrameIsGdbs(String cpu, String target, String options) throws Exception {
        Tool gdb = tool("gdb-multiarch");
        Path program = compile(target, options + " -DNO_SIGNALS");
        Path core = crash(cpu, target, program);

        Map<Long, List<Long>> expected = GdbStacks.of(
                gdb,
                folder,
                List.of(
                        "-ex",
                        "set sysroot /usr/" + target,
                        "-ex",
                        "file " + program,
                        "-ex",
                        "core-file " + core));

        List<CallStack> stacks = stacks(core, program, target);
        assertThat(expected).hasSize(8);
        assertThat(stacks).hasSize(8);
        int more = cpu.equals("arm") ? 1 : 0;
        for (CallStack stack : stacks) {
            List<Long> theirs = expected.getOrDefault(stack.threadId(), List.of());
            List<Long> ours = Cores.pcs(stack);
            assertThat(theirs).isNotEmpty();
            assertThat(ours).hasSizeBetween(theirs.size(), theirs.size() + more);
            assertThat(ours.subList(0, theirs.size())).isEqualTo(theirs);
            assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    /** What the program's source says, where gdb cannot tell. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "aarch64 | aarch64-linux-gnu | -O0 -no-pie",
                "aarch64 | aarch64-linux-gnu | -O0 -mbranch-protection=standard -no-pie",
                "arm | arm-linux-gnueabihf | -O0 -funwind-tables -marm -no-pie",
                "arm | arm-linux-gnueabihf | -O0 -funwind-tables -mthumb -no-pie",
                "arm | arm-linux-gnueabihf | -O0 -no-pie",
            })
    void handlersAndSignedAddressesAreFollowed(String cpu, String target, String options)
            throws Exception {
        Path program = compile(target, options);
        Path core = crash(cpu, target, program);

        List<List<String>> functions = new ArrayList<>();
        List<CallStack> stacks = stacks(core, program, target);
        NavigableMap<Long, String> symbols = symbols(program);
        for (CallStack stack : stacks) {
            functions.add(Cores.pcs(stack).stream()
                    .map(symbols::floorEntry)
                    .filter(Objects::nonNull)
                    .map(Map.Entry::getValue)
                    .toList());
        }
        assertThat(functions)
                .anySatisfy(stack -> assertThat(stack)
                        .containsSubsequence(
                                "stand", "on_signal", "on_first_signal", "interrupted", "handler"))
                .anySatisfy(stack ->
                        assertThat(stack).containsSubsequence("stand", "on_signal", "alternate"))
                .anySatisfy(stack -> assertThat(stack).containsSubsequence("call", "main"))
                .anySatisfy(stack ->
                        assertThat(stack).containsSubsequence("stand", "variable", "sized"))
                .anySatisfy(stack -> assertThat(stack)
                        .hasSizeGreaterThan(3000)
                        .containsSubsequence("stand", "deep", "deep", "recursion"));
        assertThat(stacks.stream().flatMap(stack -> stack.frames().stream()))
                .filteredOn(UnwoundFrame::signalFrame)
                .hasSize(3);
    }

    private List<CallStack> stacks(Path core, Path program, String target) throws Exception {
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults())) {
            QemuSnapshot snapshot =
                    new QemuSnapshot(dump.snapshot(), program, Path.of("/usr", target));
            return Cores.stacks(snapshot, ModuleSearch.ofThisMachine(), diagnostics);
        }
    }

    /** The functions of the program by address; behind the last one nothing. */
    private static NavigableMap<Long, String> symbols(Path program) throws IOException {
        NavigableMap<Long, String> symbols = new TreeMap<>();
        for (String line : tool("nm").text(List.of(program.toString())).lines().toList()) {
            String[] cells = line.trim().split(" +", -1);
            if (cells.length == 3 && !cells[2].startsWith("$")) {
                symbols.put(Long.parseUnsignedLong(cells[0], 16), cells[2]);
            }
        }
        return symbols;
    }

    private Path compile(String target, String options) throws IOException {
        Path source = folder.resolve("stacks.c");
        try (InputStream code = CrossCoresTest.class.getResourceAsStream("stacks.c")) {
            assertThat(code).isNotNull();
            Files.copy(code, source);
        }
        Path program = folder.resolve("stacks");
        List<String> arguments = new ArrayList<>(List.of(options.split(" ")));
        arguments.addAll(List.of("-pthread", "-w", "-o", program.toString(), source.toString()));
        tool(target + "-gcc").text(arguments);
        return program;
    }

    /** The core's name is qemu's: qemu_stacks_20260101-120000_123.core. */
    private Path crash(String cpu, String target, Path program) throws IOException {
        Path qemu = tool("qemu-" + cpu).program();
        tool("sh")
                .run(
                        folder,
                        List.of(
                                "-c",
                                "ulimit -c unlimited; exec " + qemu + " -L /usr/" + target + " "
                                        + program + " crash"));
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".core"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Tool tool(String name) {
        assumeTrue(Tool.find(name).isPresent(), "needs " + name);
        return Tool.find(name).orElseThrow();
    }
}
