package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.function.FirstParameter;
import dev.mortem.stack.ModuleOnDisk;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where first parameters are, of programs whose debug information was split off and of the same code with
 * it in one piece, which has lists of another form.
 */
class SplitParametersTest {
    private static final long BIAS = 0x7f00_0000_0000L;
    private static final int SAMPLES = 20_000;

    @TempDir
    private Path folder;

    /**
     * GCC 12 writes lists of version 4 that miss a place's last two bytes, where an entry begins within a
     * call; nothing is known there.
     */
    @ParameterizedTest
    @CsvSource({
        "gcc -O2 -g -gdwarf-4, 2",
        "gcc -O2 -g -gdwarf-5, 0",
        "clang -O2 -g -gdwarf-4, 0",
        "clang -O2 -g -gdwarf-5, 0"
    })
    void areThoseOfTheUnsplitProgram(String build, int missingPerEntry) throws IOException {
        Path whole = compiled("whole", build);
        Path split = compiled("split", build + " -gsplit-dwarf");
        long[] svmas = new SampledFile(whole, whole).sample(SAMPLES);
        Map<Long, String> expected = locations(whole, svmas);
        assertThat(expected.values().stream().filter(place -> !place.equals("none")))
                .hasSizeGreaterThan(100);
        compare(expected, locations(split, svmas), missingPerEntry);
        Path place = folder.resolve("split");
        tool("llvm-dwp").text(place, List.of("-e", "split", "-o", "split.dwp"));
        try (Stream<Path> files = Files.list(place)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".dwo")).toList()) {
                Files.delete(file);
            }
        }
        compare(expected, locations(split, svmas), missingPerEntry);
    }

    private static void compare(
            Map<Long, String> expected, Map<Long, String> found, int missingPerEntry) {
        int missing = 0;
        for (Map.Entry<Long, String> each : expected.entrySet()) {
            String place = found.getOrDefault(each.getKey(), "not asked");
            if (place.equals("none") && !each.getValue().equals("none")) {
                missing++;
            } else {
                assertThat(place).as("0x%x", each.getKey()).isEqualTo(each.getValue());
            }
        }
        // cart.c and shop.c have few calls whose return ends a place
        assertThat(missing).isLessThanOrEqualTo(10 * missingPerEntry);
    }

    private static Map<Long, String> locations(Path program, long[] svmas) throws IOException {
        LoadedModule module = ModuleOnDisk.of(program, BIAS);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        DiagnosticLog diagnostics = new DiagnosticLog();
        Map<Long, String> locations = new TreeMap<>();
        try (ModuleImages images = ModuleImages.of(
                snapshot, ModuleSearch.ofThisMachine(), Limits.defaults(), diagnostics)) {
            ModuleSymbols symbols = new ModuleSymbols(
                    images.image(module),
                    images.companions(module),
                    snapshot.memory(),
                    Limits.defaults(),
                    diagnostics);
            for (long svma : svmas) {
                Optional<FirstParameter> parameter = symbols.firstParameter(svma);
                locations.put(svma, parameter.map(SplitParametersTest::text).orElse("none"));
            }
        }
        assertThat(diagnostics.entries()).isEmpty();
        return locations;
    }

    private static String text(FirstParameter parameter) {
        return hex(parameter.location())
                + parameter.frame().base().map(base -> " in " + hex(base)).orElse("");
    }

    private static String hex(DwarfExpression expression) {
        ByteSource source = expression.bytes();
        byte[] bytes = new byte[(int) source.sizeBytes()];
        try {
            for (int at = 0; at < bytes.length; at++) {
                bytes[at] = (byte) source.u1("expression", at);
            }
        } catch (MalformedException malformed) {
            throw new AssertionError(malformed);
        }
        return HexFormat.of().formatHex(bytes);
    }

    /** In a folder of its own: clang names split units by their sources. */
    private Path compiled(String name, String build) throws IOException {
        Path place = Files.createDirectories(folder.resolve(name));
        for (String source : List.of("cart.h", "cart.c", "shop.c")) {
            try (InputStream text =
                    SplitParametersTest.class.getResourceAsStream("/testdata/symbols/" + source)) {
                Files.write(place.resolve(source), text.readAllBytes());
            }
        }
        List<String> words = new ArrayList<>(List.of(build.split(" ", -1)));
        words.addAll(List.of("-o", name, "cart.c", "shop.c"));
        tool(words.getFirst()).text(place, words.subList(1, words.size()));
        return place.resolve(name);
    }

    private static Tool tool(String name) {
        Optional<Tool> tool = Tool.find(name);
        assumeTrue(tool.isPresent(), "needs " + name);
        return tool.get();
    }
}
