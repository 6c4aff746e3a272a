package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.stack.symbol.LlvmSymbolizer.Place;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Functions, inlined chains, files and lines of sampled addresses, judged by llvm-symbolizer.
 *
 * <p>{@code -Dmortem.symbols.addresses=10000} asks for as many addresses of each file, {@code
 * -Dmortem.symbols.files=FILE,FILE} about more files, {@code -Dmortem.symbols.builds=all} compiles with
 * every combination of options; {@code bench/symbols-against-llvm.sh} does all three.
 */
class SymbolsAgainstLlvmTest {
    private static final int ADDRESSES = Integer.getInteger("mortem.symbols.addresses", 200);

    private static final List<String> FEW_BUILDS = List.of(
            "gcc -O0 -g -gdwarf-2 -gstrict-dwarf",
            "gcc -O2 -g -gdwarf-3 -gstrict-dwarf",
            "gcc -O2 -g -gdwarf-4 -ffunction-sections -Wl,--gc-sections",
            "gcc -O3 -g3 -gdwarf-5 -gz",
            "gcc -O1 -g1 -gdwarf-5",
            "gcc -O2 -g -gdwarf-5 -gdwarf64",
            "clang -O0 -g -gdwarf-3",
            "clang -O2 -g -gdwarf-5",
            "clang -O3 -g1 -gdwarf-4",
            "g++ -std=c++17 -O2 -g -gdwarf-5",
            "clang++ -std=c++17 -O1 -g -gdwarf-4",
            "g++ -std=c++17 -O2 -g -gdwarf-4 -fdebug-types-section",
            "g++ -std=c++17 -O2 -g -gdwarf-5 -fdebug-types-section",
            "clang++ -std=c++17 -O2 -g -gdwarf-4 -fdebug-types-section",
            "clang++ -std=c++17 -O2 -g -gdwarf-5 -fdebug-types-section -gpubnames",
            "clang -O2 -g -gdwarf-5 -gpubnames");

    @TempDir
    private static Path folder;

    @BeforeAll
    static void copySources() throws IOException {
        for (String name :
                List.of("cart.h", "cart.c", "shop.c", "pool.cpp", "queue.rs", "queue.go")) {
            try (InputStream source =
                    SymbolsAgainstLlvmTest.class.getResourceAsStream("/testdata/symbols/" + name)) {
                Files.write(folder.resolve(name), source.readAllBytes());
            }
        }
    }

    static Stream<String> builds() {
        if (!"all".equals(System.getProperty("mortem.symbols.builds"))) {
            return FEW_BUILDS.stream();
        }
        List<String> all = new ArrayList<>(FEW_BUILDS);
        for (String compiler : List.of("gcc", "clang", "g++ -std=c++17", "clang++ -std=c++17")) {
            for (String level : List.of("-O0", "-O1", "-O2", "-O3")) {
                for (String debug : List.of("-g1", "-g2", "-g3")) {
                    for (String version : List.of("-gdwarf-3", "-gdwarf-4", "-gdwarf-5")) {
                        all.add(String.join(" ", compiler, level, debug, version));
                    }
                }
            }
        }
        return all.stream().distinct();
    }

    @ParameterizedTest
    @MethodSource("builds")
    void aProgramOf(String build) throws IOException {
        Path program = compiled(build);
        compare(new SampledFile(program, program), program);
    }

    /**
     * Split units beside the program, and then in its package. The judge is asked about the same code
     * with its debug information in one piece: version 14 has no base address for the range lists of
     * split units, so it misses inlined functions that lie in pieces.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gcc -O2 -g -gdwarf-4",
                "gcc -O2 -g -gdwarf-5",
                "clang -O2 -g -gdwarf-4",
                "clang -O2 -g -gdwarf-5"
            })
    void splitUnitsAndTheirPackage(String build) throws IOException, MalformedException {
        Path whole = compiled(build);
        Path program = compiled(build + " -gsplit-dwarf");
        assertThat(code(program)).isEqualTo(code(whole));
        List<Path> splitFiles;
        try (Stream<Path> files = Files.list(program.resolveSibling(""))) {
            splitFiles = files.filter(file -> file.toString().endsWith(".dwo")).toList();
        }
        assertThat(splitFiles).hasSize(2);
        compare(new SampledFile(program, program), whole);
        tool("llvm-dwp").text(List.of("-e", program.toString(), "-o", program + ".dwp"));
        for (Path file : splitFiles) {
            Files.delete(file);
        }
        compare(new SampledFile(program, program), whole);
    }

    /** llvm-symbolizer reads no supplementary files: it is asked about the program before dwz. */
    @ParameterizedTest
    @ValueSource(strings = {"gcc -O2 -g -gdwarf-4", "g++ -std=c++17 -O2 -g -gdwarf-5"})
    void whatDwzShares(String build) throws IOException {
        Path program = compiled(build);
        Path one = program.resolveSibling("one");
        Path other = program.resolveSibling("other");
        Files.copy(program, one);
        Files.copy(program, other);
        Tool.Output shared = tool("dwz")
                .run(program.resolveSibling(""), List.of("-m", "shared.debug", "one", "other"));
        assertThat(shared.exitCode()).as(shared.text()).isZero();
        assertThat(program.resolveSibling("shared.debug")).exists();
        compare(new SampledFile(one, one), program);
    }

    @Test
    void aProgramInRust() throws IOException {
        Path program = folder.resolve("queue-rs");
        tool("rustc").text(List.of("-O", "-g", "-o", program.toString(), folder + "/queue.rs"));
        compare(new SampledFile(program, program), program);
    }

    @Test
    void aProgramInGo() throws IOException {
        Path program = folder.resolve("queue-go");
        tool("go").text(List.of("build", "-o", program.toString(), folder + "/queue.go"));
        compare(new SampledFile(program, program), program);
    }

    /** With its symbols in a separate file. */
    @Test
    void libc() throws IOException, MalformedException {
        Path libc = Path.of("/lib/x86_64-linux-gnu/libc.so.6");
        assumeTrue(Files.exists(libc), "needs " + libc);
        String id;
        try (MappedFile mapped = MappedFile.open(libc, ByteOrder.LITTLE_ENDIAN)) {
            id = ElfFile.read(mapped.source(), Limits.defaults(), ignored -> {})
                    .buildId()
                    .orElse("none");
        }
        Path symbols =
                Path.of("/usr/lib/debug/.build-id", id.substring(0, 2), id.substring(2) + ".debug");
        assumeTrue(Files.exists(symbols), "needs the symbols of libc (libc6-dbg)");
        compare(new SampledFile(libc, symbols), symbols);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "own/linux/crashlin",
                "minidump/getsentry__symbolic/crash_linux",
            })
    void aProgramOfTheCorpus(String name) throws IOException {
        Optional<Path> program = Corpus.file(name);
        assumeTrue(program.isPresent(), "needs the corpus");
        compare(new SampledFile(program.get(), program.get()), program.get());
    }

    /** Those of -Dmortem.symbols.files, separated by commas. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("namedFiles")
    void filesThatTheCommandLineNames(Path file) throws IOException {
        compare(new SampledFile(file, file), file);
    }

    static List<Path> namedFiles() {
        return Stream.of(System.getProperty("mortem.symbols.files", "").split(",", -1))
                .filter(file -> !file.isEmpty())
                .map(Path::of)
                .toList();
    }

    /**
     * @param judged the file that llvm-symbolizer is asked about
     */
    private static void compare(SampledFile file, Path judged) throws IOException {
        long[] svmas = file.sample(ADDRESSES);
        assertThat(svmas).as("functions of " + file.symbols()).hasSize(ADDRESSES);
        List<List<Place>> theirs =
                LlvmSymbolizer.chains(tool("llvm-symbolizer"), judged, svmas, folder);
        assertThat(theirs).hasSize(svmas.length);
        DiagnosticLog diagnostics = new DiagnosticLog();
        List<List<Place>> ours = file.chains(svmas, diagnostics);
        Map<String, Set<Long>> known = file.svmasByName();
        ChainComparison comparison = new ChainComparison((one, other) -> !Collections.disjoint(
                known.getOrDefault(one, Set.of()), known.getOrDefault(other, Set.of())));
        for (int index = 0; index < svmas.length; index++) {
            comparison.add(svmas[index], theirs.get(index), ours.get(index));
        }
        System.out.println(file.path() + ": " + comparison.summary());
        assertThat(diagnostics.entries()).as(file.path().toString()).isEmpty();
        assertThat(comparison.faults()).as(comparison.unexplained()).isZero();
    }

    private static byte[] code(Path program) throws IOException, MalformedException {
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), ignored -> {});
            SectionHeader text = file.section(".text").orElseThrow();
            return mapped.source().bytes(".text", text.fileOffset(), (int) text.sizeBytes());
        }
    }

    /** Each in a folder of its own, whose name says how it was built. */
    private static Path compiled(String build) throws IOException {
        List<String> words = Arrays.asList(build.split(" ", -1));
        Tool compiler = tool(words.getFirst());
        Path place = Files.createTempDirectory(folder, build.replaceAll("[^a-z0-9+=]+", "-"));
        boolean cpp = words.getFirst().endsWith("++");
        List<String> arguments = new ArrayList<>(words.subList(1, words.size()));
        arguments.addAll(List.of("-w", "-o", "program"));
        arguments.addAll(
                cpp
                        ? List.of(folder + "/pool.cpp")
                        : List.of(folder + "/shop.c", folder + "/cart.c"));
        Tool.Output output = compiler.run(place, arguments);
        assertThat(output.exitCode()).as(build + "\n" + output.text()).isZero();
        return place.resolve("program");
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }
}
