package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Minidumps with the Breakpad symbol files that belong to them by debug id: all such pairs of the corpus.
 * How many modules of a dump have a file in the tree was counted apart from this program, by the ids in
 * the module lists. The corpus has other symbol files (test_app.pdb, null_read_av, linux_inline) whose
 * dumps it lacks.
 */
class MinidumpSymbolFilesTest {
    private static final String BREAKPAD =
            "symbols/google__breakpad/src/processor/testdata/symbols";
    private static final String RUST = "symbols/rust-minidump__rust-minidump/testdata/symbols";
    private static final String MOZILLA =
            "symbols/mozilla-services__minidump-stackwalk/pgo_data/symbols";

    @TempDir
    private static Path unpacked;

    @ParameterizedTest
    @CsvSource({
        "mozilla-services__minidump-stackwalk/windows-x86.dmp,16",
        "mozilla-services__minidump-stackwalk/windows-aarch64.dmp,15",
        "mozilla-services__minidump-stackwalk/linux-x86_64.dmp,12",
        "mozilla-services__minidump-stackwalk/android-arm.dmp,3",
        "google__breakpad/tiny-exe-fastfail.dmp,2"
    })
    void everyModuleWithAFileInMozillasTreeHasItsSymbols(String dump, int modules)
            throws IOException {
        assertThat(modulesFrom(mozilla(), report(dump, mozilla()))).hasSize(modules);
    }

    /** Behind frames of xul.dll and libxul.so, whose symbols the corpus does not have. */
    @Test
    void firefoxOnWindowsX86() throws IOException {
        JsonObject report =
                report("mozilla-services__minidump-stackwalk/windows-x86.dmp", mozilla());
        assertThat(functions(report))
                .containsExactly(
                        "wmain(int, wchar_t**):138",
                        "__scrt_common_main_seh():288",
                        "BaseThreadInitThunk",
                        "_RtlUserThreadStart",
                        "_RtlUserThreadStart");
        assertThat(crashedFrames(report).getLast().text("module")).contains("ntdll.dll");
    }

    @Test
    void firefoxOnLinux() throws IOException {
        JsonObject report =
                report("mozilla-services__minidump-stackwalk/linux-x86_64.dmp", mozilla());
        assertThat(functions(report))
                .containsExactly("main:337", "__libc_start_main:314", "_start");
    }

    /** The ids of 2013's Breakpad stand in RSDS records. */
    @Test
    void breakpadsOverflowOnLinux() throws IOException {
        Path tree = folder(BREAKPAD);
        JsonObject report = report("google__breakpad/linux_overflow.dmp", tree);
        assertThat(modulesFrom(tree, report))
                .containsExactlyInAnyOrder(
                        "overflow", "libc-2.13.so", "libgcc_s.so.1", "ld-2.13.so");
        assertThat(functions(report))
                .containsExactly(
                        "gsignal",
                        "abort",
                        "__fsetlocking",
                        "__fortify_fail",
                        "__chk_fail",
                        "overflow(char const*):105",
                        "main:45",
                        "__libc_start_main");
        assertThat(crashedFrames(report).stream()
                        .map(frame -> frame.text("trust").orElse("")))
                .as("nothing is guessed")
                .allMatch(trust -> List.of("context", "cfi").contains(trust));
    }

    @Test
    void rustMinidumpsInlinedFunctionsOnMacOs() throws IOException {
        Path tree = folder(RUST);
        JsonObject report =
                report("rust-minidump__rust-minidump/pipeline-inlines-macos-segv.dmp", tree);
        assertThat(modulesFrom(tree, report)).containsExactly("crash-client");
        assertThat(report.object("reason").orElseThrow().text("name")).contains("EXC_BAD_ACCESS");
        assertThat(functions(report).subList(0, 8))
                .containsExactly(
                        "core::ptr::write_volatile::<u8>:1574 inline",
                        "sadness_generator::raise_segfault:133",
                        "crash_client::real_main::{closure#1}:88 inline",
                        "crash_client::real_main:132 inline",
                        "crash_client::main:142",
                        "<fn() as core::ops::function::FnOnce<()>>::call_once:248 inline",
                        "std::sys_common::backtrace::__rust_begin_short_backtrace::<fn(), ()>:122",
                        "std::rt::lang_start::<()>::{closure#0}:145");
        assertThat(functions(report).subList(8, 18))
                .contains("main", "std::rt::lang_start_internal:128");
    }

    /** A program beside its dump; its symbol file has unwind rules only and no MODULE record. */
    @Test
    void symbolicsCrashOnLinux() throws IOException {
        JsonObject report = report(
                "getsentry__symbolic/crash_linux.dmp", folder("minidump/getsentry__symbolic"));
        assertThat(functions(report).subList(0, 3))
                .containsExactly(
                        "(anonymous namespace)::crash():21",
                        "(anonymous namespace)::start():25",
                        "main:33");
    }

    /** What the manifest says of dumps without symbols. */
    @ParameterizedTest
    @CsvSource({
        "google__breakpad/tiny-exe-fastfail.dmp,FAST_FAIL_FATAL_APP_EXIT,,tiny.exe,0x7ff75355af42",
        "google__breakpad/write_av_non_canonical.dmp,ACCESS_VIOLATION,0xfefefefefefefefe,"
                + "crash.exe,0x7ff738721331",
        "rust-minidump__rust-minidump/invalid-parameter.dmp,INVALID_PARAMETER,,"
                + "CrashTest.exe,0x7ff61bcfa9a3",
        "getsentry__symbolicator/windows.dmp,ACCESS_VIOLATION,0x45,crash.exe,0x2a2a3d",
        "llvm-mirror__lldb/test/Shell/Minidump/Windows/Sigsegv/Inputs/sigsegv.dmp,"
                + "ACCESS_VIOLATION,0x0,sigsegv.exe,0x7ff7a13110d9"
    })
    void reasonAddressAndFirstFrameAreTheKnownOnes(
            String dump, String name, String address, String module, String pc) throws IOException {
        JsonObject report = report(dump, unpacked);
        JsonObject reason = report.object("reason").orElseThrow();
        assertThat(reason.text("name")).contains(name);
        assertThat(reason.text("address")).isEqualTo(Optional.ofNullable(address));
        assertThat(crashedFrames(report).getFirst().text("module")).contains(module);
        assertThat(crashedFrames(report).getFirst().text("address")).contains(pc);
    }

    /** Its stack starts with what RtlCaptureContext and the exception record left: its own pc, twice. */
    @Test
    void aCopyOfThePcIsNoCaller() throws IOException {
        JsonObject report = report("rust-minidump__rust-minidump/invalid-parameter.dmp", unpacked);
        assertThat(crashedFrames(report).stream()
                        .map(frame -> frame.text("address").orElseThrow()))
                .containsOnlyOnce("0x7ff61bcfa9a3");
    }

    private static Path folder(String name) {
        Optional<Path> folder = Corpus.folder().map(corpus -> corpus.resolve(name));
        assumeTrue(folder.filter(Files::isDirectory).isPresent(), "needs the corpus");
        return folder.orElseThrow();
    }

    /** Mozilla's tree is packed file by file. */
    private static synchronized Path mozilla() throws IOException {
        Path packed = folder(MOZILLA);
        Path tree = unpacked.resolve("mozilla");
        if (Files.exists(tree)) {
            return tree;
        }
        Optional<Tool> xz = Tool.find("xz");
        assumeTrue(xz.isPresent(), "needs xz");
        List<String> arguments = new ArrayList<>(List.of("-d"));
        try (Stream<Path> files = Files.walk(packed)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = tree.resolve(packed.relativize(file));
                Files.createDirectories(copy.resolveSibling("."));
                Files.write(copy, Files.readAllBytes(file)); // the corpus's permissions stay there
                arguments.add(copy.toString());
            }
        }
        Tool.Output output = xz.orElseThrow().run(arguments);
        assertThat(output.exitCode()).as(output.text()).isZero();
        return tree;
    }

    private static JsonObject report(String dump, Path symbols) {
        Optional<Path> file = Corpus.file("minidump/" + dump);
        assumeTrue(file.isPresent(), "needs the corpus");
        CommandRun run = CommandRun.of(
                "analyze", "--json", "--symbols", symbols.toString(), file.get().toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
    }

    private static List<String> modulesFrom(Path tree, JsonObject report) {
        return report.objects("modules").stream()
                .filter(module -> module.text("symbolsFrom").orElse("").startsWith(tree.toString()))
                .map(module -> module.text("name").orElseThrow())
                .toList();
    }

    private static List<JsonObject> crashedFrames(JsonObject report) {
        long crashed = report.object("reason").orElseThrow().number("threadId").orElseThrow();
        return report.objects("stacks").stream()
                .filter(stack -> stack.numbers("threadIds").contains(crashed))
                .findFirst()
                .orElseThrow()
                .objects("frames");
    }

    /** The named frames of the crashed thread: "function:line inline". */
    private static List<String> functions(JsonObject report) {
        List<String> functions = new ArrayList<>();
        for (JsonObject frame : crashedFrames(report)) {
            Optional<String> name = frame.text("function");
            if (name.isPresent()) {
                String line = frame.number("line").isPresent()
                        ? ":" + frame.number("line").getAsLong()
                        : "";
                boolean inlined = frame.text("trust").orElse("").equals("inline");
                functions.add(name.get() + line + (inlined ? " inline" : ""));
            }
        }
        return functions;
    }
}
