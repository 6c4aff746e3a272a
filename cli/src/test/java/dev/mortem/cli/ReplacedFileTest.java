package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

class ReplacedFileTest {
    @TempDir
    Path folder;

    @Test
    void theOldFileGoesWhenThereIsANewOne() throws IOException {
        Path file = Files.writeString(folder.resolve("a.core"), "old");
        try (ReplacedFile replaced = ReplacedFile.putAside(file)) {
            assertThat(file).doesNotExist();
            Files.writeString(file, "new");
            assertThat(replaced).isNotNull();
        }
        assertThat(file).hasContent("new");
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void itComesBackWhenThereIsNone() throws IOException {
        Path file = Files.writeString(folder.resolve("a.core"), "old");
        ReplacedFile.putAside(file).close();
        assertThat(file).hasContent("old");
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void aFolderAndNothingStayWhatTheyAre() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("a.core"));
        ReplacedFile.putAside(inner).close();
        ReplacedFile.putAside(folder.resolve("b.core")).close();
        assertThat(inner).isDirectory();
        assertThat(files()).isEqualTo(1);
    }

    private long files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }
}
