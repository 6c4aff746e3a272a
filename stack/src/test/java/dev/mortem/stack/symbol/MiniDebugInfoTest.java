package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.format.elf.MiniDebugInfo;
import dev.mortem.stack.ModuleOnDisk;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.locate.SymbolsState;
import dev.mortem.testkit.fakes.FakeSnapshot;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A library made as the GDB manual says (Debugging Information in a Special Section). */
class MiniDebugInfoTest {
    private static final long BIAS = 0x7f00_1234_0000L;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @TempDir
    Path folder;

    private Path library = Path.of("");
    private Map<Long, String> functions = Map.of();

    @BeforeEach
    void compile() throws IOException {
        StringBuilder source = new StringBuilder();
        for (int index = 0; index < 40; index++) {
            source.append("__attribute__((noinline)) ")
                    .append(index % 3 == 0 ? "" : "static ")
                    .append("int step_%d(int n) { return n * %d + %s; }\n"
                            .formatted(
                                    index,
                                    index + 3,
                                    index == 0 ? "1" : "step_" + (index - 1) + "(n)"));
        }
        source.append("int last(int n) { return step_39(n); }\n");
        Path file = Files.writeString(folder.resolve("steps.c"), source);
        library = folder.resolve("libsteps.so");
        tool("gcc")
                .text(List.of(
                        "-O1",
                        "-shared",
                        "-fPIC",
                        "-Wl,--build-id",
                        "" + file,
                        "-o",
                        "" + library));
        functions = functions();
        assertThat(functions).hasSize(41);
    }

    @Test
    void functionsThatAreNotExportedAreNamed() throws IOException {
        embed(true);
        LoadedModule module = ModuleOnDisk.of(library, BIAS);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        try (ModuleImages images = images(snapshot, Limits.defaults())) {
            ModuleImage image = images.image(module);
            assertThat(image.symbols()).isEqualTo(SymbolsState.FUNCTIONS);
            assertThat(image.symbolsFrom()).contains(library + " (MiniDebugInfo)");
            assertThat(image.missingWhy().orElseThrow()).contains("no source lines");
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            functions.forEach((svma, name) -> assertThat(
                            symbolizer.functionAt(svma + BIAS).orElseThrow().raw())
                    .isEqualTo(name));
            assertThat(symbolizer.find(module, "step_1")).isPresent();
            assertThat(symbolizer.find(module, "step_3")).isPresent();
        }
        assertThat(diagnostics.entries()).isEmpty();
        gdbAgrees();
    }

    @Test
    void aBrokenStreamIsReportedAndTheExportsRemain() throws IOException {
        Path mini = embed(true);
        byte[] packed = Files.readAllBytes(mini);
        byte[] whole = Files.readAllBytes(library);
        int at = indexOf(whole, packed);
        for (int offset : List.of(8, packed.length / 2, packed.length - 20)) {
            byte[] broken = whole.clone();
            broken[at + offset] ^= 0x55;
            Files.write(library, broken);
            LoadedModule module = ModuleOnDisk.of(library, BIAS);
            FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
            DiagnosticLog log = new DiagnosticLog();
            try (ModuleImages images =
                    ModuleImages.of(snapshot, search(), Limits.defaults(), log)) {
                Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
                assertThat(symbolizer.find(module, "step_1")).isEmpty();
                assertThat(symbolizer.find(module, "step_3")).isPresent();
            }
            assertThat(log.entries()).hasSize(1);
            assertThat(log.entries().getFirst().where()).contains("libsteps.so");
        }
    }

    @Test
    void sizeDecoderAndSumAreLimited() throws IOException {
        embed(true);
        LoadedModule module = ModuleOnDisk.of(library, BIAS);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        long sizeBytes;
        try (ModuleImages images = images(snapshot, Limits.defaults())) {
            sizeBytes = images.image(module).miniDebugInfo().orElseThrow().inflatedSizeBytes();
        }
        Limits exact = Limits.defaults().with(MiniDebugInfo.INFLATED_BYTES, sizeBytes);
        Limits tooSmall = Limits.defaults().with(MiniDebugInfo.INFLATED_BYTES, sizeBytes - 1);
        Limits noDecoder = Limits.defaults().with(MiniDebugInfo.DECODER_KIB, 100);
        assertThat(named(module, snapshot, exact)).isTrue();
        assertThat(named(module, snapshot, tooSmall)).isFalse();
        assertThat(diagnostics.entries().getLast().what()).contains("bytes inflated");
        assertThat(named(module, snapshot, noDecoder)).isFalse();
        assertThat(diagnostics.entries().getLast().what()).contains("memory");
    }

    private boolean named(LoadedModule module, FakeSnapshot snapshot, Limits limits) {
        try (ModuleImages images = images(snapshot, limits)) {
            return new Symbolizer(snapshot, images, limits)
                    .find(module, "step_1")
                    .isPresent();
        }
    }

    /** gdb names the same functions of the stripped file, which it can only know from there. */
    private void gdbAgrees() throws IOException {
        Optional<Tool> gdb = Tool.find("gdb");
        if (gdb.isEmpty()) {
            return;
        }
        long step1 = functions.entrySet().stream()
                .filter(entry -> entry.getValue().equals("step_1"))
                .findFirst()
                .orElseThrow()
                .getKey();
        String answer = gdb.get()
                .text(List.of(
                        "-batch",
                        "-nx",
                        "-ex",
                        "info symbol 0x" + Long.toHexString(step1),
                        "" + library));
        assertThat(answer).contains("step_1 in section .text");
    }

    /** The recipe of the manual; returns the compressed file. */
    private Path embed(boolean strip) throws IOException {
        Set<String> exported = tool("nm")
                .text(List.of("-D", "--defined-only", "--format=posix", "" + library))
                .lines()
                .map(line -> line.split(" ", 2)[0])
                .collect(Collectors.toSet());
        Path keep = folder.resolve("keep");
        Files.write(
                keep,
                functions.values().stream()
                        .filter(name -> !exported.contains(name))
                        .toList());
        Path debug = folder.resolve("debug");
        Path mini = folder.resolve("mini");
        tool("objcopy").text(List.of("--only-keep-debug", "" + library, "" + debug));
        tool("objcopy")
                .text(List.of(
                        "-S",
                        "--remove-section",
                        ".comment",
                        "--keep-symbols=" + keep,
                        "" + debug,
                        "" + mini));
        if (strip) {
            tool("strip").text(List.of("--strip-all", "-R", ".comment", "" + library));
        }
        Files.delete(debug);
        tool("xz").text(List.of("-f", "" + mini));
        Path packed = folder.resolve("mini.xz");
        tool("objcopy").text(List.of("--add-section", ".gnu_debugdata=" + packed, "" + library));
        return packed;
    }

    private Map<Long, String> functions() throws IOException {
        Map<Long, String> found = new TreeMap<>();
        tool("nm")
                .text(List.of("--defined-only", "--format=posix", "" + library))
                .lines()
                .map(line -> line.split(" ", -1))
                .filter(part -> part[1].equals("T") || part[1].equals("t"))
                .filter(part -> part[0].startsWith("step_") || part[0].equals("last"))
                .forEach(part -> found.put(Long.parseUnsignedLong(part[2], 16), part[0]));
        return found;
    }

    private ModuleImages images(FakeSnapshot snapshot, Limits limits) {
        return ModuleImages.of(snapshot, search(), limits, diagnostics);
    }

    private static ModuleSearch search() {
        return new ModuleSearch(List.of(), Optional.empty(), Optional.empty(), List.of());
    }

    private static int indexOf(byte[] whole, byte[] part) {
        for (int at = 0; at + part.length <= whole.length; at++) {
            if (Arrays.equals(whole, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        throw new AssertionError("the section is not in the file");
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }
}
