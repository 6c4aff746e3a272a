package dev.mortem.format.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/** readelf and objcopy agree with what we read of files that the machine's compiler makes. */
class ElfJudgesTest {
    private static final String SOURCE = """
            static int hidden(int x) { return x * 3; }
            int shop_total(int x) { return hidden(x) + 1; }
            int main(int n, char **v) { (void) v; return shop_total(n); }
            """;

    @TempDir
    Path folder;

    @Test
    void headersSegmentsAndSectionsAreThoseThatReadelfPrints() throws Exception {
        Path program = program("-g");
        String listed = run("readelf", "-hlSW", program.toString());
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = read(mapped.source());
            assertThat(listed).contains("0x%x".formatted(file.header().entry()));
            assertThat(listed)
                    .contains("Number of program headers:         "
                            + file.programHeaders().size());
            assertThat(listed)
                    .contains("Number of section headers:         "
                            + file.sections().size());
            for (SectionHeader section : file.sections()) {
                if (section.index() > 0) {
                    assertThat(listed)
                            .containsPattern("\\[ *%d\\] %s +\\S+ +%016x %06x %06x"
                                    .formatted(
                                            section.index(),
                                            section.name().replace(".", "\\."),
                                            section.svma(),
                                            section.fileOffset(),
                                            section.sizeBytes()));
                }
            }
            for (ProgramHeader segment : file.programHeaders()) {
                assertThat(listed)
                        .contains("0x%06x 0x%016x 0x%016x 0x%06x 0x%06x"
                                .formatted(
                                        segment.fileOffset(),
                                        segment.svma(),
                                        segment.svma(),
                                        segment.fileSizeBytes(),
                                        segment.memorySizeBytes()));
            }
        }
    }

    @Test
    void symbolsAndBuildIdAreThoseThatReadelfPrints() throws Exception {
        Path program = program("-g", "-Wl,--build-id=sha1");
        String listed = run("readelf", "-sW", "-n", program.toString());
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = read(mapped.source());
            assertThat(listed).contains("Build ID: " + file.buildId().orElseThrow());
            SymbolTable symbols = file.symbols(file.section(".symtab").orElseThrow());
            assertThat(listed).contains("'.symtab' contains " + symbols.count() + " entries");
            int functions = 0;
            for (ElfSymbol symbol : symbols) {
                if (symbol.isFunction() && symbol.isDefined()) {
                    functions++;
                    assertThat(listed)
                            .containsPattern("%016x +%d FUNC .* %s"
                                    .formatted(symbol.svma(), symbol.sizeBytes(), symbol.name()));
                }
            }
            assertThat(functions).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void compressedSectionsAreInflated() throws Exception {
        byte[] plain = section(program("-g"), ".debug_info").orElseThrow();
        for (String kind : List.of("zlib", "zstd", "zlib-gnu")) {
            Path packed = folder.resolve(kind);
            boolean known = exitCode(
                            "objcopy",
                            "--compress-debug-sections=" + kind,
                            folder.resolve("program").toString(),
                            packed.toString())
                    == 0;
            assumeTrue(known, "needs an objcopy that knows " + kind);
            Optional<byte[]> inflated =
                    section(packed, ".debug_info").or(() -> unchecked(packed, ".zdebug_info"));
            assertThat(inflated)
                    .as(kind)
                    .hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(plain));
        }
    }

    @Test
    void theDebugLinkNamesTheFileAndItsChecksum() throws Exception {
        Path program = program("-g");
        run("objcopy", "--only-keep-debug", program.toString(), "program.debug");
        run("objcopy", "--add-gnu-debuglink=program.debug", program.toString(), "linked");
        CRC32 crc = new CRC32();
        crc.update(Files.readAllBytes(folder.resolve("program.debug")));
        try (MappedFile mapped =
                MappedFile.open(folder.resolve("linked"), ByteOrder.LITTLE_ENDIAN)) {
            assertThat(read(mapped.source()).debugLink())
                    .contains(new DebugLink("program.debug", crc.getValue()));
        }
    }

    @Test
    void dynamicSymbolsOfAnImageAreThoseOfTheFile() throws Exception {
        for (String style : List.of("gnu", "sysv", "both")) {
            Path library =
                    program("-shared", "-fPIC", "-Wl,--hash-style=" + style, "-Wl,-soname,libx.so");
            try (MappedFile mapped = MappedFile.open(library, ByteOrder.LITTLE_ENDIAN)) {
                ElfFile file = read(mapped.source());
                SymbolTable expected = file.symbols(file.section(".dynsym").orElseThrow());
                DiagnosticLog diagnostics = new DiagnosticLog();
                ElfFile image = ElfFile.readImage(mapped.source(), Limits.defaults(), diagnostics);
                ElfDynamic dynamic = ElfDynamic.read(
                                image,
                                0x7f00_0000_0000L,
                                (part, svma, size) -> atSvma(image, part, svma, size),
                                Limits.defaults(),
                                diagnostics)
                        .orElseThrow();
                assertThat(dynamic.soname()).contains("libx.so");
                assertThat(names(dynamic.symbols())).as(style).isEqualTo(names(expected));
                assertThat(names(expected)).contains("shop_total");
                assertThat(diagnostics.entries()).isEmpty();
            }
        }
    }

    /** The file as the dynamic linker would map it. */
    private static ByteSource atSvma(ElfFile image, String part, long svma, long sizeBytes) {
        for (ProgramHeader segment : image.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD && segment.svmaRange().contains(svma)) {
                long offset = segment.fileOffset() + (svma - segment.svma());
                return image.bytes().atMost(part, offset, sizeBytes);
            }
        }
        return image.bytes().atMost(part, 0, 0);
    }

    private static List<String> names(SymbolTable symbols) {
        List<String> names = new ArrayList<>();
        symbols.forEach(symbol -> names.add(symbol.name()));
        return names;
    }

    private static Optional<byte[]> unchecked(Path path, String name) {
        try {
            return section(path, name);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static Optional<byte[]> section(Path path, String name) throws Exception {
        try (MappedFile mapped = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = read(mapped.source());
            Optional<SectionHeader> section = file.section(name);
            if (section.isEmpty()) {
                return Optional.empty();
            }
            ByteSource content = file.content(section.get());
            return Optional.of(content.bytes(name, 0, (int) content.sizeBytes()));
        }
    }

    private static ElfFile read(ByteSource source) throws MalformedException {
        DiagnosticLog diagnostics = new DiagnosticLog();
        ElfFile file = ElfFile.read(source, Limits.defaults(), diagnostics);
        assertThat(diagnostics.entries()).isEmpty();
        return file;
    }

    private Path program(String... options) throws Exception {
        for (String tool : List.of("gcc", "readelf", "objcopy")) {
            assumeTrue(Files.isExecutable(Path.of("/usr/bin", tool)), "needs " + tool);
        }
        Files.writeString(folder.resolve("program.c"), SOURCE);
        List<String> command = new ArrayList<>(List.of("gcc", "-o", "program", "program.c"));
        command.addAll(List.of(options));
        run(command.toArray(String[]::new));
        return folder.resolve("program");
    }

    private String run(String... command) throws Exception {
        Path output = folder.resolve("output.txt");
        assertThat(exitCode(output, command)).as(String.join(" ", command)).isZero();
        return Files.readString(output, StandardCharsets.ISO_8859_1);
    }

    private int exitCode(String... command) throws Exception {
        return exitCode(folder.resolve("output.txt"), command);
    }

    private int exitCode(Path output, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended).isTrue();
        return process.exitValue();
    }
}
