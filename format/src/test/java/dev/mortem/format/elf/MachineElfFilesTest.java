package dev.mortem.format.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The programs and libraries of the machine that runs the tests: every one is read without a fault.
 */
class MachineElfFilesTest {
    private static final int FILES_MAX = 400;

    @Test
    void everyProgramAndLibraryIsReadWithoutADiagnostic() throws Exception {
        List<Path> files = elfFiles();
        assumeTrue(!files.isEmpty(), "needs ELF files in /usr/lib or /usr/bin");
        for (Path path : files) {
            DiagnosticLog diagnostics = new DiagnosticLog();
            try (MappedFile file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
                readAll(ElfFile.read(file.source(), Limits.defaults(), diagnostics));
            }
            assertThat(diagnostics.entries()).as(path.toString()).isEmpty();
        }
    }

    private static void readAll(ElfFile file) throws MalformedException {
        for (SectionHeader section : file.sections()) {
            assertThat(file.content(section).sizeBytes()).isGreaterThanOrEqualTo(0);
            if (section.type() == SectionHeader.SHT_DYNSYM) {
                for (ElfSymbol symbol : file.symbols(section)) {
                    assertThat(symbol.name()).isNotNull();
                }
            }
        }
        file.buildId().ifPresent(id -> assertThat(id).matches("[0-9a-f]{16,}"));
        file.debugLink().ifPresent(link -> assertThat(link.fileName()).isNotEmpty());
    }

    private static List<Path> elfFiles() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path folder : List.of(Path.of("/usr/bin"), Path.of("/usr/lib"))) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> tree = Files.walk(folder, 3)) {
                    tree.filter(Files::isRegularFile)
                            .filter(MachineElfFilesTest::isLinkedElf)
                            .sorted()
                            .limit(FILES_MAX / 2)
                            .forEach(found::add);
                }
            }
        }
        return found;
    }

    private static boolean isLinkedElf(Path path) {
        try (MappedFile file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            return ElfHeader.isElf(file.source());
        } catch (IOException unreadable) {
            return false;
        }
    }
}
