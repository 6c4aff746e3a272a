package dev.mortem.collect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.LineSource;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Lines that are appended to a file, through rotations. */
class FileLinesTest {
    @TempDir
    Path folder;

    private Path log = Path.of("");

    @BeforeEach
    void name() {
        log = folder.resolve("shop log ö.txt");
    }

    private static List<String> drain(FileLines lines) {
        List<Event> events = new ArrayList<>();
        lines.drainTo(events);
        return events.stream().map(event -> ((Event.LineCame) event).text()).toList();
    }

    private void append(String text) throws IOException {
        Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private FileLines follow() {
        return FileLines.fromNow(new LineSource.OfFile(log), log);
    }

    @Test
    void onlyWhatIsAppendedIsTold() throws IOException {
        append("old\n");
        try (FileLines lines = follow()) {
            assertThat(drain(lines)).isEmpty();
            append("new ö\r\nha");
            assertThat(drain(lines)).containsExactly("new ö");
            append("lf\n");
            assertThat(drain(lines)).containsExactly("half");
            assertThat(drain(lines)).isEmpty();
        }
    }

    @Test
    void aFileThatComesLaterIsReadFromItsStart() throws IOException {
        try (FileLines lines = follow()) {
            assertThat(drain(lines)).isEmpty();
            append("first\n");
            assertThat(drain(lines)).containsExactly("first");
        }
    }

    @Test
    void aRotatedFileIsReadToItsEndAndTheNewOneFromItsStart() throws IOException {
        append("old\n");
        try (FileLines lines = follow()) {
            append("last of the old\n");
            Files.move(log, folder.resolve("shop.log.1"));
            assertThat(drain(lines)).containsExactly("last of the old");
            append("first of the new\n");
            assertThat(drain(lines)).containsExactly("first of the new");
        }
    }

    @Test
    void aFileThatIsCutIsReadFromItsStart() throws IOException {
        append("a long old line\n");
        try (FileLines lines = follow()) {
            Files.writeString(log, "new\n", StandardOpenOption.TRUNCATE_EXISTING);
            assertThat(drain(lines)).containsExactly("new");
        }
    }

    @Test
    void aFileWithoutLineEndsDoesNotFillTheMemory() throws IOException {
        try (FileLines lines = follow()) {
            Files.write(log, "x".repeat(200_000).getBytes(StandardCharsets.UTF_8));
            assertThat(drain(lines)).hasSize(3).allMatch(line -> line.length() == 65_536);
        }
    }
}
