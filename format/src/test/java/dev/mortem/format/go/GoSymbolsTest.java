package dev.mortem.format.go;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.go.GoSymbols.GoFunction;
import dev.mortem.testkit.tool.GoCompiler;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Programs compiled here, stripped; the toolchain and the programs themselves are the judges. */
class GoSymbolsTest {
    private static final int ADDRESSES = 10_000;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @TempDir
    Path folder;

    private List<GoCompiler> compilers = List.of();

    @BeforeEach
    void find() throws Exception {
        compilers = GoCompiler.all();
        assumeTrue(!compilers.isEmpty(), "needs go");
    }

    @Test
    void functionsAndLinesAreThoseOfAddr2line() throws Exception {
        for (GoCompiler go : compilers) {
            Path program = go.build(folder, List.of("-ldflags=-s -w"));
            check(program, (symbols, addresses) -> {
                List<String> expected = go.addr2line(folder, program, addresses);
                assertThat(expected).hasSize(addresses.size());
                for (int index = 0; index < addresses.size(); index++) {
                    List<GoFrame> frames = symbols.framesAt(addresses.get(index));
                    GoFrame inner = frames.getFirst();
                    // data among the code has neither: the toolchain then prints ":-1"
                    String place = inner.line() == 0 ? ":-1" : inner.file() + ":" + inner.line();
                    assertThat(frames.getLast().function() + "\t" + place)
                            .as("%s of %s", Long.toHexString(addresses.get(index)), go)
                            .isEqualTo(expected.get(index).replaceFirst(":-[0-9]+$", ":-1"));
                }
            });
        }
    }

    @Test
    void inlinedFunctionsAreThoseOfTheRuntime() throws Exception {
        for (GoCompiler go : compilers) {
            Path program = go.build(folder, List.of("-ldflags=-s -w"));
            check(program, (symbols, addresses) -> {
                List<String> expected = go.ask(folder, program, addresses);
                int inlined = 0;
                for (int index = 0; index < addresses.size(); index++) {
                    List<GoFrame> frames = symbols.framesAt(addresses.get(index));
                    GoFrame inner = frames.getFirst();
                    if (expected.get(index).startsWith("\t")) {
                        // the runtime takes the first of all names for none
                        assertThat(inner.function())
                                .isEqualTo(symbols.function(0).name());
                        continue;
                    }
                    assertThat(printed(inner.function()) + "\t" + inner.file() + "\t"
                                    + inner.line())
                            .as("%s of %s", Long.toHexString(addresses.get(index)), go)
                            .isEqualTo(expected.get(index));
                    inlined += frames.size() - 1;
                }
                assertThat(inlined).isGreaterThan(1000);
            });
        }
    }

    /** The runtime leaves out type arguments: "largest[...]". */
    private static String printed(String function) {
        return function.replaceFirst("\\[.*]", "[...]");
    }

    private interface Check {
        void of(GoSymbols symbols, List<Long> addresses) throws Exception;
    }

    private void check(Path program, Check check) throws Exception {
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), diagnostics);
            GoSymbols symbols = symbols(file);
            check.of(symbols, addresses(symbols));
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    private GoSymbols symbols(ElfFile file) {
        return GoSymbols.of(
                        Optional.of(file),
                        Optional.empty(),
                        (part, svma, sizeBytes) -> file.bytes().atMost(part, -1, 0),
                        0,
                        Limits.defaults(),
                        diagnostics)
                .orElseThrow();
    }

    /** The start of each function, and places anywhere. */
    private static List<Long> addresses(GoSymbols symbols) throws Exception {
        List<Long> addresses = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(11);
        while (addresses.size() < ADDRESSES) {
            GoFunction function = symbols.function(random.nextInt(symbols.count()));
            if (!function.name().startsWith("go:text")) { // marks where such code starts or ends
                // not the last byte: the runtime is asked by the address behind
                addresses.add(
                        function.svma() + random.nextLong(Math.max(1, function.sizeBytes() - 1)));
            }
        }
        return addresses;
    }
}
