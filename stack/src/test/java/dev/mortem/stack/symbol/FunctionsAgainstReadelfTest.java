package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.stack.ModuleOnDisk;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Functions at sampled addresses of this machine's files, judged by binutils and GDB. */
class FunctionsAgainstReadelfTest {
    private static final int SAMPLES = 2_000;
    private static final Pattern ANSWER = Pattern.compile("(.*?)(?: \\+ (\\d+))? in section .*");
    private static final long BIAS = 0x7f12_3400_0000L;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/lib64/ld-linux-x86-64.so.2",
                "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
                "python3"
            })
    void functionsEqualThoseOfReadelfAndGdb(String name) throws IOException {
        Path path = fileOf(name);
        Tool readelf = tool("readelf");
        LoadedModule module = ModuleOnDisk.of(path, BIAS);
        DiagnosticLog diagnostics = new DiagnosticLog();
        try (FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
                ModuleImages images = ModuleImages.of(
                        snapshot, ModuleSearch.ofThisMachine(), Limits.defaults(), diagnostics)) {
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            ModuleImage image = images.image(module);
            List<Path> files = new ArrayList<>();
            image.debugPath().map(Path::of).ifPresent(files::add);
            files.add(path);
            ReadelfSymbols truth = ReadelfSymbols.of(readelf, files);
            long bias = image.bias().orElseThrow();

            List<Long> samples = samples(truth);
            for (long svma : samples) {
                Optional<FunctionAt> function = symbolizer.functionAt(svma + bias);
                Set<String> allowed = truth.namesAt(svma);
                if (function.filter(found -> found.raw().endsWith("@plt")).isPresent()) {
                    continue;
                }
                assertThat(function.map(FunctionAt::raw).map(Set::of).orElse(Set.of()))
                        .as("function at svma 0x%x: one of %s", svma, allowed)
                        .hasSize(Math.min(1, allowed.size()))
                        .isSubsetOf(allowed);
            }
            compareWithGdb(path, samples, symbolizer, bias);
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    private void compareWithGdb(Path path, List<Long> samples, Symbolizer symbolizer, long bias)
            throws IOException {
        Optional<Tool> gdb = Tool.find("gdb");
        if (gdb.isEmpty()) {
            return; // readelf has judged
        }
        StringBuilder commands = new StringBuilder("set print demangle off\n");
        samples.forEach(svma -> commands.append("info symbol 0x%x%n".formatted(svma)));
        Path script = folder.resolve("commands.gdb");
        Files.writeString(script, commands);
        List<String> answers = gdb.get()
                .text(List.of("-nx", "-batch", "-x", script.toString(), path.toString()))
                .lines()
                .filter(line ->
                        line.contains(" in section ") || line.startsWith("No symbol matches"))
                .toList();
        assertThat(answers).hasSameSizeAs(samples);
        int otherAliases = 0;
        for (int index = 0; index < answers.size(); index++) {
            long svma = samples.get(index);
            Optional<FunctionAt> ours = symbolizer.functionAt(svma + bias);
            Matcher theirs = ANSWER.matcher(answers.get(index));
            if (!theirs.matches()) {
                assertThat(ours).as("function at svma 0x%x", svma).isEmpty();
                continue;
            }
            long offset = theirs.group(2) == null ? 0 : Long.parseLong(theirs.group(2));
            assertThat(ours.map(FunctionAt::offsetBytes))
                    .as("offset at svma 0x%x: %s, GDB: %s", svma, ours, answers.get(index))
                    .contains(offset);
            if (!isSameName(ours.orElseThrow(), theirs.group(1))) {
                otherAliases++;
            }
        }
        // among aliases of one rank GDB takes any: lseek or lseek64, bcmp or memcmp
        assertThat(otherAliases).isLessThan(SAMPLES * 3 / 100);
    }

    /** GDB takes endings such as ".constprop.0" and ".cold" for Ada's and shortens or rewrites them. */
    private static boolean isSameName(FunctionAt ours, String theirs) {
        return ours.raw().equals(theirs)
                || theirs.equals(ours.raw().replaceFirst("\\.\\d+$", ""))
                || theirs.replace("[cold]", ".cold").equals(ours.raw());
    }

    /** Anywhere in code, and at the edges of functions. */
    private static List<Long> samples(ReadelfSymbols truth) {
        SplittableRandom random = new SplittableRandom(20);
        List<Long> starts = List.copyOf(truth.symbols().keySet());
        List<Long> samples = new ArrayList<>();
        while (samples.size() < SAMPLES) {
            if (samples.size() % 4 == 0) {
                long start = starts.get(random.nextInt(starts.size()));
                samples.add(start + random.nextInt(3) - 1);
            } else {
                ReadelfSymbols.Section section =
                        truth.code().get(random.nextInt(truth.code().size()));
                samples.add(section.svma() + random.nextLong(section.sizeBytes()));
            }
        }
        return samples;
    }

    private static Path fileOf(String name) throws IOException {
        if (name.startsWith("/")) {
            assumeTrue(Files.exists(Path.of(name)), "needs " + name);
            return Path.of(name).toRealPath();
        }
        Tool python = tool(name);
        return Path.of(python.text(List.of("-c", "import sys; print(sys.executable)"))
                        .strip())
                .toRealPath();
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }
}
