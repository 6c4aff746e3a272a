package dev.mortem.analyze.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.limit.Limits;
import dev.mortem.stack.fetch.SymbolSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class SourceLinesTest {
    private static final Instant STARTED = Instant.parse("2026-11-26T12:00:00Z");

    @TempDir
    Path folder;

    @Test
    void theLongestEndOfThePathDecides() throws IOException {
        Path inner = file("tree/a/b/c.c", "inner");
        file("tree/x/b/c.c", "other");
        file("tree/c.c", "outer");
        assertThat(shown("/build/project/a/b/c.c")).contains(inner.toString());
        assertThat(shown("/build/a/./d/../b/c.c")).contains(inner.toString());
        assertThat(shown("C:\\build\\a\\b\\c.c")).contains(inner.toString());
        assertThat(shown("hg:hg.example.org/shop:a/b/c.c:51b3")).contains(inner.toString());
        assertThat(around("/build/none.c", 1)).isEmpty();
        assertThat(around("/", 1)).isEmpty();
    }

    @Test
    void whatFitsEquallyWellIsSaidAndNotShown() throws IOException {
        file("tree/one/c.c", "one");
        file("tree/two/c.c", "two");
        Report.Source source = around("/build/c.c", 1).orElseThrow();
        assertThat(source.path()).isEmpty();
        assertThat(source.lines()).isEmpty();
        assertThat(source.note().orElseThrow()).contains("2 files", "one/c.c", "two/c.c");
    }

    @Test
    void nothingOutsideTheFolderIsFound() throws IOException {
        Path secret = file("outside/secret.c", "secret");
        Path tree = Files.createDirectories(folder.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("secret.c"), secret);
        Files.createSymbolicLink(
                tree.resolve("linked"), Files.createDirectories(folder.resolve("outside")));
        assertThat(around("/secret.c", 1)).isEmpty();
        assertThat(around("../outside/secret.c", 1)).isEmpty();
        assertThat(around(secret.toString(), 1)).isEmpty();
    }

    @Test
    void sevenLinesOnEachSideAreTaken() throws IOException {
        file("tree/c.c", numbered(100));
        Report.Source middle = around("/c.c", 50).orElseThrow();
        assertThat(middle.firstLine()).isEqualTo(43);
        assertThat(middle.lines()).hasSize(15).startsWith("line 43").endsWith("line 57");
        assertThat(around("/c.c", 1).orElseThrow().lines()).hasSize(8);
        assertThat(around("/c.c", 100).orElseThrow().lines()).hasSize(8).endsWith("line 100");
        for (int beyond : List.of(101, Integer.MAX_VALUE)) {
            Report.Source none = around("/c.c", beyond).orElseThrow();
            assertThat(none.lines()).isEmpty();
            assertThat(none.note()).isPresent();
        }
    }

    @Test
    void tabsLongLinesAndBrokenTextStayReadable() throws IOException {
        Path file = file("tree/c.c", "");
        byte[] text = ("\ta\tb\n" + "x".repeat(1000) + "\n\u00ff\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(file, text);
        Files.setLastModifiedTime(file, FileTime.from(STARTED.minusSeconds(60)));
        List<String> lines = around("/c.c", 1).orElseThrow().lines();
        assertThat(lines.get(0)).isEqualTo("    a   b");
        assertThat(lines.get(1)).hasSize(303).endsWith("...");
        assertThat(lines.get(2)).isEqualTo("\ufffd");
    }

    @Test
    void aFileThatWasChangedSinceIsShownWithANote() throws IOException {
        Path file = file("tree/c.c", "text");
        assertThat(around("/c.c", 1).orElseThrow().note()).isEmpty();
        Files.setLastModifiedTime(file, FileTime.from(STARTED.plusSeconds(1)));
        Report.Source changed = around("/c.c", 1).orElseThrow();
        assertThat(changed.lines()).containsExactly("text");
        assertThat(changed.note().orElseThrow()).contains("changed after");
    }

    @Test
    void aFileThatIsTooLargeIsNotRead() throws IOException {
        file("tree/c.c", "12345678");
        Limits limits = Limits.defaults().with(SourceText.FILE_BYTES, 8);
        assertThat(around("/c.c", 1, limits).orElseThrow().lines()).containsExactly("12345678");
        Report.Source refused = around("/c.c", 1, Limits.defaults().with(SourceText.FILE_BYTES, 7))
                .orElseThrow();
        assertThat(refused.lines()).isEmpty();
        assertThat(refused.note().orElseThrow()).contains("larger than 7 bytes");
    }

    @Test
    void aTreeThatIsTooLargeIsSaidToBe() throws IOException {
        file("tree/c.c", "text");
        Limits two = Limits.defaults().with(SourceFolders.ENTRIES, 2); // the folder and the file
        assertThat(around("/c.c", 1, two).orElseThrow().note()).isEmpty();
        assertThat(around("/none.c", 1, two)).isEmpty();
        Limits one = Limits.defaults().with(SourceFolders.ENTRIES, 1);
        Report.Source perhaps = around("/c.c", 1, one).orElseThrow();
        assertThat(perhaps.note().orElseThrow()).contains("stopped after 1 files");
        Report.Source none = around("/none.c", 1, one).orElseThrow();
        assertThat(none.lines()).isEmpty();
        assertThat(none.note().orElseThrow()).contains("stopped after 1 files", "--source");
    }

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(folder.resolve(name).resolve("..").normalize());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(STARTED.minusSeconds(60)));
        return file;
    }

    private static String numbered(int lines) {
        return IntStream.rangeClosed(1, lines)
                .mapToObj(number -> "line " + number)
                .collect(Collectors.joining("\n"));
    }

    private Optional<String> shown(String compilerPath) {
        return around(compilerPath, 1).flatMap(Report.Source::path);
    }

    private Optional<Report.Source> around(String compilerPath, int line) {
        return around(compilerPath, line, Limits.defaults());
    }

    private Optional<Report.Source> around(String compilerPath, int line, Limits limits) {
        return new SourceLines(
                        List.of(folder.resolve("tree")),
                        SymbolSource.NONE,
                        Optional.of(STARTED),
                        limits)
                .around(compilerPath, line, Optional.empty());
    }
}
