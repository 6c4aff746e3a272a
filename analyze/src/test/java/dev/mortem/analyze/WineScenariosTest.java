package dev.mortem.analyze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The corpus's dumps of programs under Wine: function, file and line of each scenario. Of mingw's the
 * corpus does not have the files; one dump has all memory, and they are put together from there. That
 * one's program was built some minutes after the others', of the same sources: only the time stamps
 * differ, and are set to those of the dump that is looked at.
 */
class WineScenariosTest {
    private static final String FOLDER = "wine/dwarf/";
    private static final String PDB_FOLDER = "wine/pdb/";
    private static final String WITH_IMAGES = FOLDER + "stack_overflow.full.dmp.xz";

    /** What stands behind a file's symbols, which are not mapped: names of more than eight letters. */
    private static final byte[] SECTION_NAMES =
            """
            .debug_aranges
            .debug_info
            .debug_abbrev
            .debug_line
            .debug_frame
            .debug_str
            .debug_line_str
            .debug_loclists
            .debug_rnglists
            """.replace('\n', '\0').getBytes(StandardCharsets.US_ASCII);

    private static final List<String> PROGRAM = List.of("crashme.exe", "faultmod.dll");
    private static final Map<String, byte[]> UNMAPPED = new HashMap<>();

    @TempDir
    private Path images;

    static Stream<String> scenarios() throws IOException {
        return scenarios(FOLDER);
    }

    static Stream<String> scenariosWithPdb() throws IOException {
        return scenarios(PDB_FOLDER);
    }

    private static Stream<String> scenarios(String folder) throws IOException {
        Optional<Path> manifest = Corpus.file("manifest.json");
        if (manifest.isEmpty()) {
            return Stream.of("no corpus");
        }
        List<String> files = new ArrayList<>();
        for (JsonNode entry : new ObjectMapper().readTree(Files.readString(manifest.get()))) {
            String file = entry.path("file").asString("");
            if (file.startsWith(folder) && entry.at("/expected/frames").isArray()) {
                files.add(file);
            }
        }
        return files.stream();
    }

    @BeforeAll
    static void unmap() throws Exception {
        Optional<Path> whole = Corpus.file(WITH_IMAGES);
        if (whole.isEmpty()) {
            return;
        }
        try (OpenDump dump = DumpFiles.open(whole.get(), Limits.defaults())) {
            for (LoadedModule module : dump.snapshot().modules()) {
                if (PROGRAM.contains(module.name())) {
                    UNMAPPED.put(module.name(), asFile(dump.snapshot().memory(), module.base()));
                }
            }
        }
    }

    /** The program's files with the time stamps that the dump's modules have. */
    private void writeImages(Path file) throws Exception {
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            for (LoadedModule module : dump.snapshot().modules()) {
                byte[] image = UNMAPPED.get(module.name());
                if (image != null) {
                    ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
                    CodeId id = module.identity().orElseThrow().codeId().orElseThrow();
                    bytes.putInt(bytes.getInt(0x3c) + 8, id.timeDateStamp());
                    Files.write(images.resolve(module.name()), image);
                }
            }
        }
    }

    /** The headers, and each section from where it was mapped to where the headers say it is stored. */
    private static byte[] asFile(MemoryReader memory, long base) {
        ByteBuffer headers = bytes(memory, base, 0x1000);
        int coff = headers.getInt(0x3c) + 4;
        int sections = coff + 20 + headers.getShort(coff + 16);
        int count = headers.getShort(coff + 2);
        int end = 0x1000;
        for (int index = 0; index < count; index++) {
            int at = sections + 40 * index;
            end = Math.max(end, headers.getInt(at + 20) + headers.getInt(at + 16));
        }
        ByteBuffer file = ByteBuffer.allocate(end + 4 + SECTION_NAMES.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(0, headers, 0, headers.capacity());
        file.putInt(coff + 8, end).putInt(coff + 12, 0); // no symbols, then the names
        file.putInt(end, 4 + SECTION_NAMES.length).put(end + 4, SECTION_NAMES);
        for (int index = 0; index < count; index++) {
            int at = sections + 40 * index;
            int sizeBytes = Math.min(headers.getInt(at + 8), headers.getInt(at + 16));
            ByteBuffer section = bytes(
                    memory, base + Integer.toUnsignedLong(headers.getInt(at + 12)), sizeBytes);
            file.put(headers.getInt(at + 20), section, 0, sizeBytes);
        }
        return file.array();
    }

    private static ByteBuffer bytes(MemoryReader memory, long address, int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        memory.read(address, bytes, 0, sizeBytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void functionFileAndLineAreRight(String file) throws Exception {
        assumeTrue(Corpus.file(file).isPresent(), "needs the corpus's " + file);
        writeImages(Corpus.file(file).orElseThrow());

        assertFunctionFileAndLine(file, images);
    }

    /** The same program, and one of C++, as clang compiles them: CodeView in PDBs. */
    @ParameterizedTest
    @MethodSource("scenariosWithPdb")
    void functionFileAndLineOfAPdbAreRight(String file) throws Exception {
        assumeTrue(Corpus.file(file).isPresent(), "needs the corpus's " + file);

        assertFunctionFileAndLine(file, Corpus.folder().orElseThrow().resolve("wine/bin"));
    }

    private static void assertFunctionFileAndLine(String file, Path program) throws Exception {
        JsonNode expected = expected(file);
        AnalysisOptions options = AnalysisOptions.defaults("mortem test", Clock.systemUTC())
                .withSearch(ModuleSearch.ofThisMachine()
                        .withSymbolPaths(List.of(
                                program, Corpus.folder().orElseThrow().resolve("wine/dlls"))));
        Report report = LiveScenes.analyzed(Corpus.file(file).orElseThrow(), options);
        List<Report.ReportFrame> frames = toldStack(report);

        List<String> functions = frames.stream()
                .map(frame -> frame.function().orElse("0x" + Long.toHexString(frame.address())))
                .toList();
        assertThat(functions).containsSubsequence(functions(expected));
        expectedCode(expected).ifPresent(code -> {
            assertThat(report.reason().code().orElse("")).isEqualToIgnoringCase(code);
            assertThat(report.headline().rule()).startsWith("crash-");
        });
        String line = line(file, expected);
        if (!line.isEmpty()) {
            assertThat(frames).anySatisfy(frame -> {
                assertThat(frame.file().orElse("") + ":" + frame.line().orElse(0))
                        .endsWith("/" + line);
                assertThat(functions(expected)).contains(frame.function().orElse(""));
            });
        }
    }

    /** The stack overflows in the call, which the PDB has in the line behind the manifest's. */
    private static String line(String file, JsonNode expected) {
        return file.startsWith(PDB_FOLDER + "stack_overflow")
                ? "crashme.c:23"
                : expected.path("line").asString("");
    }

    private static List<Report.ReportFrame> toldStack(Report report) {
        long thread = report.headline().threadIds().stream()
                .findFirst()
                .orElseGet(() -> report.threads().getFirst().id());
        return report.stacks().stream()
                .filter(stack -> stack.threadIds().contains(thread))
                .findFirst()
                .orElseThrow()
                .frames();
    }

    /** Without the dots that stand for many frames of one function. */
    private static List<String> functions(JsonNode expected) {
        List<String> functions = new ArrayList<>();
        for (JsonNode name : expected.path("frames")) {
            if (!name.asString().equals("...")) {
                functions.add(name.asString());
            }
        }
        return functions;
    }

    private static Optional<String> expectedCode(JsonNode expected) {
        return Optional.of(expected.path("code").asString("")).filter(code -> !code.isEmpty());
    }

    private static JsonNode expected(String file) throws IOException {
        Path manifest = Corpus.file("manifest.json").orElseThrow();
        for (JsonNode entry : new ObjectMapper().readTree(Files.readString(manifest))) {
            if (entry.path("file").asString("").equals(file)) {
                return entry.path("expected");
            }
        }
        throw new IllegalStateException(file + " is not in the manifest");
    }
}
