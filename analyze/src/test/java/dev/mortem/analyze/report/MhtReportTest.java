package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

class MhtReportTest {
    private static final RenderOptions OPTIONS = RenderOptions.plain(ZoneId.of("Europe/Berlin"));

    /** Takes the message apart as a mail program does, and writes each part into a file. */
    private static final String TAKE_APART = """
        import email, email.policy, sys
        with open(sys.argv[1], 'rb') as file:
            message = email.message_from_binary_file(file, policy=email.policy.default)
        assert not message.defects, message.defects
        assert message.get_content_type() == 'multipart/related'
        parts = list(message.iter_parts())
        assert [part.get_content_type() for part in parts] == ['text/html', 'application/json']
        assert 'Date' not in message or message['Date'].datetime.tzinfo is not None
        for part in parts:
            assert not part.defects, part.defects
            with open(sys.argv[2] + '/' + part.get_filename(), 'wb') as out:
                out.write(part.get_payload(decode=True))
        with open(sys.argv[2] + '/subject', 'w', encoding='utf-8') as out:
            out.write(message['Subject'])
        """;

    @TempDir
    Path folder;

    static Stream<Map.Entry<String, Report>> samples() {
        return TextReportTest.samples();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isAMailWithHtmlAndJsonInIt(Map.Entry<String, Report> sample) throws IOException {
        Optional<Tool> python = Tool.find("python3");
        assumeTrue(python.isPresent(), "needs python3");
        Path file = Files.writeString(folder.resolve("report.mht"), mht(sample.getValue()));
        Path script = Files.writeString(folder.resolve("apart.py"), TAKE_APART);
        Tool.Output output = python.orElseThrow()
                .run(List.of(script.toString(), file.toString(), folder.toString()));
        assertThat(output.exitCode()).as(output.text()).isZero();
        assertThat(text("report.html")).isEqualTo(rendered(ReportFormat.HTML, sample.getValue()));
        assertThat(text("report.json")).isEqualTo(rendered(ReportFormat.JSON, sample.getValue()));
        assertThat(ReportSchema.shipped().problems(text("report.json"))).isEmpty();
        assertThat(text("subject"))
                .startsWith(sample.getValue().headline().summary().substring(0, 5));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isAsciiInShortLines(Map.Entry<String, Report> sample) throws IOException {
        String document = mht(sample.getValue());
        assertThat(document.chars())
                .allMatch(each -> each < 127 && (each >= ' ' || "\r\n\t".indexOf(each) >= 0));
        String[] lines = document.split("\r\n", -1);
        assertThat(lines).allMatch(line -> line.length() <= 76);
        assertThat(lines).noneMatch(line -> line.contains("\n") || line.contains("\r"));
        assertThat(Stream.of(lines).filter(line -> line.startsWith("------=_"))).hasSize(3);
        assertThat(lines).noneMatch(line -> line.endsWith(" ") || line.endsWith("\t"));
    }

    @Test
    void theHeadNamesNothingOfTheReportUnencoded() throws IOException {
        String document = mht(SampleReports.hostile());
        String head = document.substring(0, document.indexOf("\r\n\r\n"));
        assertThat(head.lines().map(line -> line.replaceFirst("[:;= ].*", "")))
                .allMatch(name -> List.of(
                                "From",
                                "Subject",
                                "Date",
                                "MIME-Version",
                                "Content-Type",
                                "",
                                "\tboundary")
                        .contains(name));
    }

    private String text(String name) throws IOException {
        return Files.readString(folder.resolve(name), StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    private static String mht(Report report) throws IOException {
        return rendered(ReportFormat.MHT, report);
    }

    private static String rendered(ReportFormat format, Report report) throws IOException {
        StringWriter text = new StringWriter();
        format.render(report, text, OPTIONS);
        return text.toString();
    }
}
