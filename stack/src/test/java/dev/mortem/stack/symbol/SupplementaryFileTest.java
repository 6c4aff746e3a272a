package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.stack.fetch.Lookup;
import dev.mortem.stack.fetch.SymbolSource;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.symbol.LlvmSymbolizer.Place;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The file that dwz made of what two debug files share, found by its build id, or not. */
class SupplementaryFileTest {
    @TempDir
    private Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final List<String> asked = new ArrayList<>();
    private String sharedId = "";
    private Path whole = Path.of("");
    private Path one = Path.of("");
    private Path shared = Path.of("");

    @BeforeEach
    void build() throws IOException, MalformedException {
        try (InputStream source =
                SupplementaryFileTest.class.getResourceAsStream("/testdata/symbols/pool.cpp")) {
            Files.write(folder.resolve("pool.cpp"), source.readAllBytes());
        }
        run("g++", "-std=c++17", "-O2", "-g", "-w", "-o", "whole", "pool.cpp");
        whole = folder.resolve("whole");
        one = Files.copy(whole, folder.resolve("one"));
        Files.copy(whole, folder.resolve("other"));
        run("dwz", "-m", "shared.debug", "one", "other");
        shared = Files.move(
                folder.resolve("shared.debug"),
                Files.createDirectory(folder.resolve("elsewhere")).resolve("kept"));
        try (MappedFile mapped = MappedFile.open(shared, ByteOrder.LITTLE_ENDIAN)) {
            sharedId = ElfFile.read(mapped.source(), Limits.defaults(), diagnostics)
                    .buildId()
                    .orElseThrow();
        }
    }

    @Test
    void itIsFoundInATreeByBuildId() throws IOException {
        Path tree = Files.createDirectories(
                folder.resolve("tree/.build-id").resolve(sharedId.substring(0, 2)));
        Files.move(shared, tree.resolve(sharedId.substring(2) + ".debug"));
        assertThat(chains(search().withSymbolPaths(List.of(folder.resolve("tree")))))
                .isEqualTo(wanted());
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aServerIsAskedForItWhereOneWasNamed() throws IOException {
        assertThat(chains(search().withServers(server(true)))).isEqualTo(wanted());
        assertThat(asked).containsExactly(sharedId);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void whereItIsNotHereItIsNamed() throws IOException {
        assertThat(chains(search().withServers(server(false)))).isNotEqualTo(wanted());
        assertThat(asked).containsExactly(sharedId);
        assertThat(diagnostics.entries())
                .singleElement()
                .asString()
                .contains("shared.debug", sharedId, "is not here");
    }

    private List<List<Place>> chains(ModuleSearch search) throws IOException {
        SampledFile file = new SampledFile(one, one);
        return file.chains(file.sample(400), search, diagnostics);
    }

    private List<List<Place>> wanted() throws IOException {
        SampledFile file = new SampledFile(whole, whole);
        return file.chains(file.sample(400), diagnostics);
    }

    private static ModuleSearch search() {
        return ModuleSearch.ofThisMachine();
    }

    private SymbolSource server(boolean hasIt) {
        return new SymbolSource() {
            @Override
            public Lookup executable(String buildId) {
                return new Lookup.NotFound("the test: 404");
            }

            @Override
            public Lookup debugFile(String buildId) {
                asked.add(buildId);
                return hasIt && buildId.equals(sharedId)
                        ? new Lookup.Found(shared, "the test: 200")
                        : new Lookup.NotFound("the test: 404");
            }

            @Override
            public Lookup source(String buildId, String path) {
                return new Lookup.NotFound("the test: 404");
            }
        };
    }

    private void run(String name, String... arguments) throws IOException {
        Optional<Tool> tool = Tool.find(name);
        assumeTrue(tool.isPresent(), "needs " + name);
        Tool.Output output = tool.orElseThrow().run(folder, List.of(arguments));
        assertThat(output.exitCode()).as(output.text()).isZero();
    }
}
