package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.json.JsonObject;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Every minidump of the corpus has a report, as text and as JSON, through the command line. */
class MinidumpReportsTest {
    private static final String NO_CORPUS = "no corpus";

    /** What a Java exception looks like that was printed or put into a sentence. */
    private static final Pattern JAVA =
            Pattern.compile("\\b(?:java|jdk|dev\\.mortem)\\.[\\w.]*[A-Z]\\w+"
                    + "|\\b(?!NS)[A-Z]\\w+Exception:|\\tat [\\w.]+\\(");

    static List<String> minidumps() throws IOException {
        if (Corpus.folder().isEmpty()) {
            return List.of(NO_CORPUS);
        }
        Path corpus = Corpus.folder().get();
        try (Stream<Path> browsers = Files.walk(corpus.resolve("minidump"));
                Stream<Path> wine = Files.walk(corpus.resolve("wine"))) {
            return Stream.concat(browsers, wine)
                    .filter(Files::isRegularFile)
                    .filter(MinidumpReportsTest::isMinidump)
                    .map(file -> corpus.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    /** By the signature, whatever the name; packed ones are named so. */
    private static boolean isMinidump(Path file) {
        if (file.toString().matches(".*dmp\\.(xz|gz|bz2|zst)")) {
            return true;
        }
        try (InputStream bytes = Files.newInputStream(file)) {
            return new String(bytes.readNBytes(4), StandardCharsets.ISO_8859_1).equals("MDMP");
        } catch (IOException unreadable) {
            return false;
        }
    }

    @Test
    void theCorpusHasMinidumps() throws IOException {
        assumeTrue(Corpus.folder().isPresent(), "needs the corpus");
        assertThat(minidumps()).hasSizeGreaterThanOrEqualTo(80);
    }

    @ParameterizedTest
    @MethodSource("minidumps")
    void hasAReport(String file) throws IOException {
        assumeTrue(!file.equals(NO_CORPUS), "needs the corpus");
        String dump = Corpus.file(file).orElseThrow().toString();
        CommandRun json = CommandRun.of("analyze", "--json", dump);
        assertThat(json.exitCode()).as(json.err()).isZero();
        assertThat(schema().validate(json.out(), InputFormat.JSON)).isEmpty();
        JsonObject report =
                JsonObject.parse(json.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
        assertThat(report.objects("findings")).isNotEmpty();
        assertThat(report.object("dump").orElseThrow().text("format")).contains("minidump");
        assertThat(JAVA.matcher(json.out() + json.err()).results().map(found -> found.group()))
                .isEmpty();

        CommandRun text = CommandRun.of("analyze", dump);
        assertThat(text.exitCode()).as(text.err()).isZero();
        assertThat(text.out()).contains("Dump ");
        assertThat(JAVA.matcher(text.out() + text.err()).results().map(found -> found.group()))
                .isEmpty();
    }

    private static Schema schema() throws IOException {
        String name = "mortem.report-1.schema.json";
        try (InputStream text =
                Objects.requireNonNull(Report.class.getResourceAsStream(name), name)) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(text);
        }
    }
}
