package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.symbol.Symbolizer;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The corpus's dumps of Wine: x64 images with {@code .pdata}, some of clang's and Wine's own of gcc's.
 * Functions, files and lines of the program are those that llvm-symbolizer tells by its PDBs.
 */
class WineStacksTest {
    private static final String WINE = "wine/";

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    /** @param frames each a function, perhaps with its line, or a module and an rva */
    private record Stack(List<String> frames, CallStack calls) {}

    /** main, the C runtime's two functions, and those of Windows that start a thread. */
    private static final String MAIN =
            "handle_request@crashme.c:154 main@crashme.c:161 crashme.exe+13ae"
                    + " mainCRTStartup BaseThreadInitThunk@thread.c:61 RtlUserThreadStart@thread.c:286";

    @ParameterizedTest
    @CsvSource({
        "av_null_dll, fm_read_flags@faultmod.c:6 fm_parse_record@faultmod.c:18"
                + " fm_parse_record@faultmod.c:14 fm_parse_record@faultmod.c:14"
                + " fm_parse_record@faultmod.c:14 run_av_null_dll@crashme.c:18",
        "av_write, av_write_leaf@crashme.c:13 av_write_mid@crashme.c:15 run_av_write@crashme.c:16",
        "fastfail, fastfail_leaf@crashme.c:39 run_fastfail@crashme.c:40",
        "float_div_zero, fp_div@crashme.c:82 run_float_div_zero@crashme.c:84",
        "illegal_instruction, ill_leaf@crashme.c:33 run_illegal_instruction@crashme.c:34",
        "misaligned_sse, misaligned_leaf@crashme.c:86 run_misaligned_sse@crashme.c:87",
        "noncanonical, cb_noncanonical@crashme.c:89 fm_dispatch@faultmod.c:24 run_noncanonical@crashme.c:90",
        "privileged, priv_leaf@crashme.c:36 run_privileged@crashme.c:37",
        "raise_clr_like, RaiseException@debug.c:302 raise_clr@crashme.c:49 run_raise_clr_like@crashme.c:51",
    })
    void everyStackLeadsToWhereWindowsStartsThreads(String scenario, String frames)
            throws Exception {
        Stack stack = stacks("pdb/" + scenario + ".normal.dmp", "bin", "dlls").getFirst();

        assertThat(stack.frames).containsExactlyElementsOf(words(frames + " " + MAIN));
        assertThat(stack.calls.end()).isEqualTo(new StackEnd.Complete());
        assertThat(stack.calls.frames())
                .extracting(UnwoundFrame::trust)
                .containsOnly(FrameTrust.CONTEXT, FrameTrust.UNWIND_INFO);
    }

    @Test
    void aCallThroughNullHasItsCaller() throws Exception {
        Stack stack = stacks("pdb/call_null.normal.dmp", "bin", "dlls").getFirst();

        assertThat(stack.frames)
                .containsExactlyElementsOf(
                        words("0 call_null@crashme.c:53 run_call_null@crashme.c:54 " + MAIN));
        assertThat(stack.calls.frames().get(1).trust()).isEqualTo(FrameTrust.FRAME_POINTER);
        assertThat(stack.calls.frames().get(2).trust()).isEqualTo(FrameTrust.UNWIND_INFO);
    }

    /** Leaf calls of the kernel, inlined functions, and the frames below them. */
    @Test
    void waitingThreadsAreNamedByTheDwarfInWinesLibraries() throws Exception {
        List<Stack> stacks = stacks("pdb/deadlock3.normal.dmp", "bin", "dlls");

        assertThat(stacks.getFirst().frames)
                .startsWith(
                        "NtWaitForMultipleObjects",
                        "WaitForMultipleObjectsEx@sync.c:341",
                        "WaitForMultipleObjectsEx@sync.c:334",
                        "WaitForMultipleObjects@sync.c:319",
                        "run_deadlock3@crashme.c:121");
        assertThat(stacks.get(1).frames)
                .containsExactly(
                        "NtWaitForAlertByThreadId",
                        "RtlWaitOnAddress@sync.c:937",
                        "wait_semaphore@sync.c:197",
                        "RtlpWaitForCriticalSection@sync.c:316",
                        "RtlEnterCriticalSection@sync.c:412",
                        "dl_worker@crashme.c:109",
                        "BaseThreadInitThunk@thread.c:61",
                        "RtlUserThreadStart@thread.c:286");
        assertThat(stacks).hasSize(4);
    }

    /** lldb stops short in the functions that throw; the manifest names them all. */
    @Test
    void anExceptionOfCxxLeadsToItsThrower() throws Exception {
        Stack stack = stacks("pdb/cxx_throw.normal.dmp", "bin", "dlls").getFirst();

        assertThat(stack.frames)
                .containsExactly(
                        "RaiseException@debug.c:302",
                        "_CxxThrowException@cxxthrow.cpp:19",
                        "shop::charge_card@cxxthrow.cpp:29",
                        "shop::Cart::checkout@cxxthrow.cpp:32",
                        "shop::process<shop::Cart>@cxxthrow.cpp:33",
                        "mainCRTStartup@cxxthrow.cpp:38",
                        "BaseThreadInitThunk@thread.c:61",
                        "RtlUserThreadStart@thread.c:286");
    }

    @Test
    void anOverflowedStackIsWhole() throws Exception {
        Stack stack = stacks("pdb/stack_overflow.normal.dmp", "bin", "dlls").getFirst();

        assertThat(stack.frames).hasSize(1812).endsWith(words(MAIN).toArray(String[]::new));
        assertThat(stack.frames.subList(1, 1800)).containsOnly("recurse@crashme.c:23");
        assertThat(stack.calls.end()).isEqualTo(new StackEnd.Complete());
    }

    /** A full dump has the images itself: code, unwind tables and exports. */
    @Test
    void theImagesInMemoryAreEnoughToUnwind() throws Exception {
        Stack stack = stacks("pdb/av_null_dll.full.dmp.xz").getFirst();

        assertThat(stack.frames)
                .containsExactly(
                        "faultmod.dll+13a0",
                        "fm_parse_record",
                        "fm_parse_record",
                        "fm_parse_record",
                        "fm_parse_record",
                        "crashme.exe+1560",
                        "crashme.exe+1e76",
                        "crashme.exe+1e05",
                        "crashme.exe+13ae",
                        "crashme.exe+14e6",
                        "BaseThreadInitThunk@thread.c:61",
                        "RtlUserThreadStart@thread.c:286");
        assertThat(stack.calls.end()).isEqualTo(new StackEnd.Complete());
    }

    /** As the manifest expects it, with no file at all: mingw's images have their DWARF mapped. */
    @Test
    void theDwarfInMemoryNamesFunctionsAndLines() throws Exception {
        Stack stack = stacks("dwarf/stack_overflow.full.dmp.xz").getFirst();

        assertThat(stack.frames.getFirst()).isEqualTo("recurse@crashme.c:22");
        assertThat(stack.frames.subList(0, 3_600))
                .allMatch(frame -> frame.startsWith("recurse@crashme.c:"));
        assertThat(stack.frames.stream()
                        .map(frame -> frame.replaceFirst("@.*", ""))
                        .toList())
                .containsSubsequence("run_stack_overflow", "handle_request", "main")
                .endsWith("BaseThreadInitThunk", "RtlUserThreadStart");
        assertThat(stack.calls.end()).isEqualTo(new StackEnd.Complete());
    }

    private List<Stack> stacks(String dumpName, String... folders) throws Exception {
        Path dumpPath = corpus(dumpName);
        List<Path> symbols =
                Stream.of(folders).map(folder -> corpus(folder, dumpPath)).toList();
        List<Stack> stacks = new ArrayList<>();
        try (OpenDump dump = DumpFiles.open(dumpPath, Limits.defaults());
                ModuleImages images = ModuleImages.of(
                        dump.snapshot(),
                        ModuleSearch.nowhere().withSymbolPaths(symbols),
                        Limits.defaults(),
                        diagnostics)) {
            StackUnwinder unwinder =
                    new StackUnwinder(dump.snapshot(), images, Limits.defaults(), diagnostics);
            Symbolizer symbolizer = new Symbolizer(dump.snapshot(), images, Limits.defaults());
            for (ThreadSnapshot thread : dump.snapshot().threads()) {
                CallStack calls = unwinder.unwind(thread);
                stacks.add(new Stack(
                        symbolizer.symbolize(calls).frames().stream()
                                .map(WineStacksTest::text)
                                .toList(),
                        calls));
            }
        }
        assertThat(diagnostics.entries()).isEmpty();
        return stacks;
    }

    private static String text(Frame frame) {
        if (frame.function().isPresent()) {
            return frame.function().get().display()
                    + frame.source()
                            .map(at -> at.file().replaceFirst(".*/", "@") + ":" + at.line())
                            .orElse("");
        }
        return frame.module()
                .map(module ->
                        module.name() + "+" + Long.toHexString(frame.address() - module.base()))
                .orElse(Long.toHexString(frame.address()));
    }

    private static List<String> words(String text) {
        return List.of(text.split(" "));
    }

    private static Path corpus(String name) {
        Optional<Path> file = Corpus.file(WINE + name);
        assumeTrue(file.isPresent(), WINE + name + " of the corpus");
        return file.orElseThrow();
    }

    private static Path corpus(String folder, Path dump) {
        return dump.resolveSibling("..").resolve(folder).normalize();
    }
}
