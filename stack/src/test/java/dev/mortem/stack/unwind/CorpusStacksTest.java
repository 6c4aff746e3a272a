package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The corpus's cores: the functions that the tests which they come from name. */
class CorpusStacksTest {
    private static final String ELFUTILS = "core/sourceware-org__elfutils/tests/";

    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    /** backtrace-subr.sh: check_main, check_backtracegen; every stack there reaches its outermost frame. */
    @ParameterizedTest
    @CsvSource({
        "x86_64, backtracegen sigusr2 stdarg main",
        "x32, backtracegen sigusr2 stdarg main",
        "i386, backtracegen sigusr2 stdarg main",
        "i386.fp, backtracegen sigusr2 stdarg main",
        "aarch64, backtracegen sigusr2 stdarg main",
        "aarch64.fp, backtracegen sigusr2 stdarg main"
    })
    void framesThatElfutilsTestsName(String cpu, String functions) throws Exception {
        Path executable = unpacked(ELFUTILS + "backtrace." + cpu + ".exec.bz2");
        Path core = corpus(ELFUTILS + "backtrace." + cpu + ".core.bz2");
        List<NamedStack> stacks = stacks(core, executable);

        List<String> all =
                stacks.stream().flatMap(stack -> stack.functions.stream()).toList();
        assertThat(all).contains(functions.split(" "));
        assertThat(stacks).hasSize(2);
        assertThat(stacks).allMatch(stack -> stack.end.equals(new StackEnd.Complete()));
        assertThat(diagnostics.entries()).isEmpty();
    }

    /**
     * gdb on the same cores and executables, past main to the outermost frame: the same pcs. Of the arm64
     * core without frame information gdb ends in main, at a caller whose frame it takes for the same.
     */
    @ParameterizedTest
    @CsvSource({"x86_64, 0", "x32, 0", "i386, 0", "i386.fp, 0", "aarch64, 0", "aarch64.fp, 2"})
    void pcsThatGdbFinds(String cpu, int framesThatGdbMisses) throws Exception {
        Path executable = unpacked(ELFUTILS + "backtrace." + cpu + ".exec.bz2");
        Path core = unpacked(ELFUTILS + "backtrace." + cpu + ".core.bz2");
        Map<Long, List<Long>> expected = GdbStacks.of(
                tool("gdb-multiarch"),
                folder,
                List.of(
                        "-iex",
                        "set debuginfod enabled off",
                        "-iex",
                        "set sysroot " + folder,
                        executable.toString(),
                        core.toString()));
        ModuleSearch search = ModuleSearch.ofThisMachine().withSymbolPaths(List.of(executable));
        int missed = 0;
        List<CallStack> stacks = Cores.stacks(core, search, diagnostics);
        assertThat(expected).hasSameSizeAs(stacks).hasSize(2);
        for (CallStack stack : stacks) {
            List<Long> gdb = expected.getOrDefault(stack.threadId(), List.of());
            assertThat(gdb).isNotEmpty();
            missed += stack.frames().size() - gdb.size();
            assertThat(Cores.pcs(stack)).startsWith(gdb.toArray(Long[]::new));
        }
        assertThat(missed).isEqualTo(framesThatGdbMisses);
    }

    /** It is compiled as any other function, and what stands where its caller would be is argc. */
    @Test
    void aFirstFunctionWithFrameInformationHasNoCaller() throws Exception {
        String place = "core/llvm-mirror__lldb/packages/Python/lldbsuite/test/functionalities"
                + "/postmortem/elf-core/altmain.";
        List<NamedStack> stacks = stacks(corpus(place + "core"), corpus(place + "out"));

        assertThat(stacks).hasSize(1);
        assertThat(stacks.getFirst().functions).containsExactly("_start");
        assertThat(stacks.getFirst().end).isEqualTo(new StackEnd.Complete());
    }

    @ParameterizedTest
    @CsvSource({
        "core.segv, segv_leaf segv_mid do_segv main",
        "core.fpe, divide do_fpe main",
        "core.deadlock.xz, do_deadlock main"
    })
    void framesOfOurOwnCores(String core, String functions) throws Exception {
        Path executable = corpus("own/linux/crashlin");
        List<NamedStack> stacks = stacks(corpus("own/linux/" + core), executable);

        assertThat(stacks)
                .anySatisfy(stack ->
                        assertThat(stack.functions).containsSubsequence(functions.split(" ")));
        assertThat(stacks).allMatch(stack -> stack.end.equals(new StackEnd.Complete()));
    }

    /** LLDB's TestNoReturnModuleEnd: the call is the last instruction of its module. */
    @Test
    void aCallThatNeverReturnsAtTheEndOfItsModule() throws Exception {
        String place =
                "core/llvm-mirror__lldb/packages/Python/lldbsuite/test/functionalities/unwind"
                        + "/noreturn/module-end/";
        List<NamedStack> stacks = stacks(corpus(place + "test.core"), corpus(place + "test.out"));

        assertThat(stacks.getFirst().functions).startsWith("func2", "func1", "_start");
    }

    private record NamedStack(List<String> functions, StackEnd end) {}

    private List<NamedStack> stacks(Path core, Path executable) throws Exception {
        ModuleSearch search = ModuleSearch.ofThisMachine().withSymbolPaths(List.of(executable));
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults());
                ModuleImages images =
                        ModuleImages.of(dump.snapshot(), search, Limits.defaults(), diagnostics)) {
            StackUnwinder unwinder =
                    new StackUnwinder(dump.snapshot(), images, Limits.defaults(), diagnostics);
            Map<String, NavigableMap<Long, String>> symbols = new HashMap<>();
            List<NamedStack> stacks = new ArrayList<>();
            for (ThreadSnapshot thread : dump.snapshot().threads()) {
                CallStack stack = unwinder.unwind(thread);
                List<String> functions = new ArrayList<>();
                for (UnwoundFrame frame : stack.frames()) {
                    functions.add(function(frame, images, symbols));
                }
                stacks.add(new NamedStack(functions, stack.end()));
            }
            return stacks;
        }
    }

    /** The last symbol at or below the address in the module's file, as readelf lists them. */
    private static String function(
            UnwoundFrame frame,
            ModuleImages images,
            Map<String, NavigableMap<Long, String>> symbols)
            throws IOException {
        if (frame.module().isEmpty()) {
            return "?";
        }
        ModuleImage image = images.image(frame.module().get());
        OptionalLong svma = image.svma(frame.lookupAddress());
        if (image.filePath().isEmpty() || svma.isEmpty()) {
            return "?";
        }
        String path = image.filePath().get();
        if (!Files.exists(Path.of(path))) {
            return "?"; // the vdso, whose file is memory
        }
        if (!symbols.containsKey(path)) {
            symbols.put(path, readSymbols(path));
        }
        Map.Entry<Long, String> found = symbols.get(path).floorEntry(svma.getAsLong());
        return found == null ? "?" : found.getValue();
    }

    private static NavigableMap<Long, String> readSymbols(String path) throws IOException {
        NavigableMap<Long, String> symbols = new TreeMap<>();
        for (String line : tool("readelf").text(List.of("-sW", path)).lines().toList()) {
            String[] cells = line.trim().split("\\s+", -1);
            boolean isFunction = cells.length == 8
                    && (cells[3].equals("FUNC") || cells[3].equals("NOTYPE"))
                    && !cells[6].equals("UND")
                    && !cells[7].startsWith("$");
            if (isFunction) {
                symbols.put(Long.parseUnsignedLong(cells[1], 16), cells[7]);
            }
        }
        return symbols;
    }

    private Path unpacked(String name) throws Exception {
        Path packed = corpus(name);
        Path plain = folder.resolve(packed.getFileName().toString().replace(".bz2", ""));
        Files.copy(packed, folder.resolve(packed.getFileName()));
        tool("bzip2").text(List.of("-d", folder.resolve(packed.getFileName()).toString()));
        return plain;
    }

    private static Path corpus(String name) {
        assumeTrue(Corpus.file(name).isPresent(), "needs the corpus: " + name);
        return Corpus.file(name).orElseThrow();
    }

    private static Tool tool(String name) {
        assumeTrue(Tool.find(name).isPresent(), "needs " + name);
        return Tool.find(name).orElseThrow();
    }
}
