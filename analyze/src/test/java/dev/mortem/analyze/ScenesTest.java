package dev.mortem.analyze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.analyze.report.Report;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/** The kernel's cores of crashes, and gcore's of hangs, from start to headline. */
class ScenesTest {
    @TempDir
    private static Path folder;

    private static Path built(String compiler, String source, String... options)
            throws IOException {
        return LiveScenes.built(folder, source, compiler, List.of(options));
    }

    private static Path core(Path program, String way) throws IOException {
        return LiveScenes.crashed(folder, program, way);
    }

    private static Report analyzed(Path file) throws Exception {
        return LiveScenes.analyzed(file, LiveScenes.OPTIONS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | crash-access-violation | shop_total() | read 4 bytes through a null "
                        + "pointer",
                "wild | crash-access-violation | wild_write() | wrote 4 bytes at 0x123456789000",
                "canonical | crash-access-violation | not_canonical() | = 0x4141414141414141)",
                "call-null | crash-access-violation | call_null() | through a null function "
                        + "pointer",
                "call-data | crash-access-violation | call_data() | which may not be executed",
                "constant | crash-access-violation | write_constant() | which may not be written",
                "strlen | crash-access-violation | measure() | of libc.so.6",
                "overflow | crash-stack-overflow | parse_ | call each other in a circle",
                "overflow-thread | crash-stack-overflow | parse_ | call each other in a circle",
                "abort | crash-abort | give_up() | it called abort()",
                "assert | crash-abort | check_cart() | cart must not be empty",
                "double-free | crash-heap-corruption | drop_twice() | double free",
                "divide | crash-divide-by-zero | average() | divided an integer by zero",
                "illegal | crash-illegal-instruction | unreachable_code() | ud2",
                "bus | crash-bus-error | write_cut_file() | wrote 1 byte",
                "sent | crash-other | main() | SIGSEGV",
            })
    void aCrashIsNamedAndBlamed(String way, String rule, String function, String text)
            throws Exception {
        Report report = analyzed(core(built("gcc", "crash.c", "-g", "-O0"), way));
        assertThat(report.headline().rule()).isEqualTo(rule);
        assertThat(report.headline().summary()).contains(function).contains(text);
        assertThat(report.threads().getFirst().stackEnd()).isEqualTo("complete");
    }

    @Test
    void aCppExceptionIsNamedWithItsText() throws Exception {
        Report report = analyzed(core(built("g++", "throw.cpp", "-g", "-O0"), "x"));
        assertThat(report.headline().rule()).isEqualTo("crash-unhandled-native-exception");
        assertThat(report.headline().summary())
                .contains("in shop::reserve(int) of throw-g-O0")
                .contains("type shop::out_of_stock: \"only 2 items left\"");
    }

    @ParameterizedTest
    @CsvSource({"null", "canonical", "assert", "double-free", "divide", "overflow"})
    void theSignatureIsTheSameHoweverItWasCompiled(String way) throws Exception {
        Path plain = built("gcc", "crash.c", "-g", "-O0");
        Path optimised = built("gcc", "crash.c", "-g", "-O2");
        Report.Signature signature = analyzed(core(plain, way)).signature();
        assertThat(signature.quality()).isEqualTo("symbols");
        assertThat(signature.hash()).matches("[0-9a-f]{16}");
        assertThat(analyzed(core(optimised, way)).signature()).isEqualTo(signature);
        assertThat(analyzed(core(stripped(optimised), way)).signature()).isEqualTo(signature);
        assertThat(analyzed(core(plain, way)).signature())
                .isEqualTo(signature); // elsewhere in memory
        String other = way.equals("null") ? "strlen" : "null";
        assertThat(analyzed(core(plain, other)).signature().hash()).isNotEqualTo(signature.hash());
    }

    /** A copy without symbols, whose debug file lies beside it. */
    private static Path stripped(Path program) throws IOException {
        Tool objcopy = LiveScenes.tool("objcopy");
        Path place = Files.createDirectories(folder.resolve("stripped"));
        Path copy = place.resolve(program.getFileName());
        Path debug = place.resolve(program.getFileName() + ".debug");
        if (!Files.exists(copy)) {
            objcopy.text(List.of("--only-keep-debug", program.toString(), debug.toString()));
            objcopy.text(List.of(
                    "--strip-all",
                    "--add-gnu-debuglink=" + debug,
                    program.toString(),
                    copy.toString()));
        }
        return copy;
    }

    @ParameterizedTest
    @CsvSource({"deadlock, hang-deadlock, 2", "orphan, hang-lock-orphaned, 1"})
    void aHangIsNamed(String way, String rule, int waiting) throws Exception {
        Report report = live(way, "202 0x\\w+ 0x80 0x2 .*", waiting);
        assertThat(report.headline().rule()).isEqualTo(rule);
        assertThat(report.headline().summary())
                .contains(way.equals("orphan") ? "in take()" : "pay() (hang.c:15)");
        assertThat(report.locks()).hasSize(waiting);
        assertThat(report.reason().kind()).isEqualTo(Report.ReasonKind.ON_DEMAND);
    }

    @Test
    void anIdlePoolIsNotHung() throws Exception {
        Report report = live("idle", "202 0x\\w+ 0x189 .*", 8);
        assertThat(report.findings().stream().map(Report.Finding::rule))
                .startsWith("no-fault-found")
                .noneMatch(rule -> rule.startsWith("hang-"));
        assertThat(report.headline().summary())
                .contains("8 waiting for a condition in pool_next()");
        assertThat(report.stacks()).hasSize(2);
    }

    /** A core by gcore, taken once as many threads stand in a system call that fits. */
    private static Report live(String way, String call, int threads) throws Exception {
        Tool gcore = LiveScenes.tool("gcore");
        Path program = built("gcc", "hang.c", "-g", "-O1");
        Process process = new ProcessBuilder(program.toString(), way)
                .redirectErrorStream(true)
                .start();
        try {
            await(process.pid(), Pattern.compile(call, Pattern.DOTALL), threads);
            Path core = folder.resolve("live-" + way);
            gcore.text(List.of("-o", core.toString(), String.valueOf(process.pid())));
            return analyzed(Path.of(core + "." + process.pid()));
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static void await(long pid, Pattern call, int threads) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < deadline) {
            List<String> calls = LiveScenes.calls(pid);
            if (calls.stream().filter(call.asMatchPredicate()).count() == threads) {
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        throw new IOException(threads + " threads of " + pid + " did not come to wait");
    }

    @Test
    void theCorpussCoresSayWhatTheirManifestAndGdbSay() throws Exception {
        Optional<Path> segv = Corpus.file("own/linux/core.segv");
        assumeTrue(segv.isPresent(), "needs the corpus");
        Path program = Corpus.file("own/linux/crashlin").orElseThrow();
        AnalysisOptions withProgram = LiveScenes.OPTIONS.withSearch(
                LiveScenes.OPTIONS.search().withSymbolPaths(List.of(program)));
        Report read = LiveScenes.analyzed(segv.get(), withProgram);
        assertThat(read.headline().summary()).contains("segv_leaf() of crashlin (crashlin.c:11)");
        assertThat(read.reason().address()).hasValue(0x1234);
        Report division =
                LiveScenes.analyzed(Corpus.file("own/linux/core.fpe").orElseThrow(), withProgram);
        assertThat(division.headline().rule()).isEqualTo("crash-divide-by-zero");
        assertThat(division.headline().summary()).contains("divide() of crashlin (crashlin.c:14)");
        Report deadlock = LiveScenes.analyzed(
                Corpus.file("own/linux/core.deadlock.xz").orElseThrow(), withProgram);
        assertThat(deadlock.headline().rule()).isEqualTo("hang-deadlock");
        assertThat(deadlock.headline().summary())
                .contains("in dl1()")
                .contains("in dl2()")
                .contains("1 other thread waits behind them");
    }
}
