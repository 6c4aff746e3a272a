package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.text.Escape;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.StringWriter;
import java.time.ZoneId;
import java.util.Map;
import java.util.stream.Stream;

class TextReportTest {
    private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");
    private static final RenderOptions PLAIN = RenderOptions.plain(ZONE);

    static Stream<Map.Entry<String, Report>> samples() {
        return Stream.of(
                Map.entry("report-crash", SampleReports.crash()),
                Map.entry("report-deadlock", SampleReports.deadlock()),
                Map.entry("report-overflow", SampleReports.overflow(50_000)),
                Map.entry("report-hostile", SampleReports.hostile()),
                Map.entry("report-unknown", SampleReports.unknown()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isAsExpected(Map.Entry<String, Report> sample) throws IOException {
        Golden.check(sample.getKey(), "expected.txt", text(sample.getValue(), PLAIN));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void staysWithin100ColumnsAndInert(Map.Entry<String, Report> sample) throws IOException {
        for (RenderOptions options : new RenderOptions[] {
            PLAIN, PLAIN.withVerbose(true), PLAIN.withUnicode(false).withVerbose(true)
        }) {
            String text = text(sample.getValue(), options);
            assertThat(text.lines()).allMatch(line -> TextPage.columns(line) <= TextPage.COLUMNS);
            assertThat(text.lines().flatMapToInt(String::codePoints)).noneMatch(Escape::isActive);
            if (!options.unicode()) {
                assertThat(text).matches("[ -~\n]*");
            }
        }
    }

    @Test
    void theHeadlineComesFirst() throws IOException {
        String[] lines = text(SampleReports.crash(), PLAIN).split("\n", 4);
        assertThat(lines[0]).startsWith("┌");
        assertThat(lines[1]).contains("ERROR").contains("crash-access-violation");
        assertThat(lines[2]).contains("Thread 4713 \"worker-2\" read through a null pointer");
    }

    @Test
    void verboseShowsWhatTheNormalViewSumsUp() throws IOException {
        String normal = text(SampleReports.crash(), PLAIN);
        String verbose = text(SampleReports.crash(), PLAIN.withVerbose(true));
        assertThat(normal).doesNotContain("libc.so.6 at").contains("2 more modules");
        assertThat(verbose).contains("libc.so.6 at").contains("0x7f3a1c211a2c cart::Cart::total");
    }

    @Test
    void timesAreInTheZoneThatWasAskedFor() throws IOException {
        // the hour in which summer time begins
        assertThat(text(SampleReports.crash(), PLAIN)).contains("taken 2026-03-29 01:59:58 +01:00");
        assertThat(text(SampleReports.crash(), RenderOptions.plain(ZoneId.of("UTC"))))
                .contains("taken 2026-03-29 00:59:58 +00:00");
    }

    @Test
    void coloursOnlyWhereAsked() throws IOException {
        String plain = text(SampleReports.crash(), PLAIN);
        String coloured = text(SampleReports.crash(), PLAIN.withColour(true));
        assertThat(plain).doesNotContain("\u001b");
        assertThat(coloured).contains("\u001b[1;31mERROR").contains("\u001b[0m");
        assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(plain);
    }

    @Test
    void aStackOf50000FramesIsAFewLines() throws IOException {
        String text = text(SampleReports.overflow(50_000), PLAIN);
        assertThat(text).contains("16,665 times the next 3 frames: 49,995 frames from #0 on");
        assertThat(text.lines()).hasSizeLessThan(80);
    }

    @Test
    void manyThreadsAndFramesAreBounded() throws IOException {
        Report large = SampleReports.large(500, 200);
        assertThat(text(large, PLAIN).lines()).hasSizeLessThan(700);
        assertThat(text(large, PLAIN)).contains("more threads with");
    }

    private static String text(Report report, RenderOptions options) throws IOException {
        StringWriter text = new StringWriter();
        ReportFormat.TEXT.render(report, text, options);
        return text.toString();
    }
}
