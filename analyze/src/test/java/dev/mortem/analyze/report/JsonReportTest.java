package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.text.Escape;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class JsonReportTest {
    private static final ReportSchema SCHEMA = ReportSchema.shipped();
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static Stream<Map.Entry<String, Report>> samples() {
        return Stream.of(
                Map.entry("report-crash", SampleReports.crash()),
                Map.entry("report-deadlock", SampleReports.deadlock()),
                Map.entry("report-overflow", SampleReports.overflow(40)),
                Map.entry("report-hostile", SampleReports.hostile()),
                Map.entry("report-unknown", SampleReports.unknown()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isAsExpectedAndValid(Map.Entry<String, Report> sample) throws IOException {
        String document = json(sample.getValue());
        assertThat(SCHEMA.problems(document)).isEmpty();
        Golden.check(sample.getKey(), "expected.json", document);
    }

    @Test
    void aStackOf50000FramesIsWrittenWhole() throws IOException {
        JsonNode document = MAPPER.readTree(json(SampleReports.overflow(50_000)));
        assertThat(document.at("/stacks/0/frames").size()).isEqualTo(50_000);
    }

    @Test
    void everyFieldOfTheContractIsWhereItSays() throws IOException {
        JsonNode document = MAPPER.readTree(json(SampleReports.crash()));
        assertThat(document.at("/reason/address").asString()).isEqualTo("0x18");
        assertThat(document.at("/process/os/name").asString()).isEqualTo("Debian GNU/Linux");
        assertThat(document.at("/process/upMs").asLong()).isEqualTo(273_600_000);
        assertThat(document.at("/stacks/0/frames/0/line").asInt()).isEqualTo(142);
        assertThat(document.at("/dump/takenAt").asString()).isEqualTo("2026-03-29T00:59:58.123Z");
        assertThat(document.at("/findings/0/rule").asString()).isEqualTo("crash-access-violation");
        assertThat(document.has("diagnostics")).isTrue();
        assertThat(document.toString()).doesNotContain(":null");
    }

    @Test
    void hostileTextIsInertAtATerminalAndReadsBack() throws IOException {
        String text = json(SampleReports.hostile());
        assertThat(text.codePoints().filter(each -> each != '\n')).noneMatch(Escape::isActive);
        assertThat(MAPPER.readTree(text).at("/findings/0/summary").asString())
                .isEqualTo(SampleReports.HOSTILE.replace('\ud800', '\ufffd'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "/schema \"mortem.report/2\"",
                "/analysedAt \"yesterday\"",
                "/durationMs -1",
                "/durationMs \"12\"",
                "/dump/format \"coredump\"",
                "/dump/truncated null",
                "/reason/kind \"crash\"",
                "/reason/address 24",
                "/reason/address \"0X18\"",
                "/reason/address \"0x018\"",
                "/reason/access \"exec\"",
                "/process/pid -1",
                "/process/cpu {}",
                "/threads/0/id \"4711\"",
                "/threads/0/stackEnd \"\"",
                "/stacks/0/threadIds []",
                "/stacks/0/frames/0/trust \"good\"",
                "/stacks/0/frames/0/kind \"interpreted\"",
                "/stacks/0/frames/0/line 0",
                "/stacks/0/frames/0/address \"0x10000000000000000\"",
                "/modules/0/symbols \"some\"",
                "/memory/byKind/0/regions -1",
                "/handles/byType/file -1",
                "/findings []",
                "/findings/0/severity \"fatal\"",
                "/findings/0/rule \"Crash\"",
                "/signature/hash \"9F86\"",
                "/signature/quality \"good\"",
                "/diagnostics/0/what 7",
            })
    void theSchemaRefusesWrongValues(String place, String value) throws IOException {
        ObjectNode document = (ObjectNode) MAPPER.readTree(json(SampleReports.crash()));
        int slash = place.lastIndexOf('/');
        JsonNode parent = document.at(place.substring(0, slash));
        ((ObjectNode) parent).set(place.substring(slash + 1), MAPPER.readTree(value));
        assertThat(SCHEMA.problems(document.toString())).isNotEmpty();
    }

    @Test
    void theSchemaRefusesUnknownMembersEverywhere() throws IOException {
        ObjectNode document = (ObjectNode) MAPPER.readTree(json(SampleReports.crash()));
        List<ObjectNode> objects = new ArrayList<>();
        collect(document, objects);
        assertThat(objects).hasSizeGreaterThan(50);
        for (ObjectNode object : sampled(objects)) {
            if (object.has("eventfd")) {
                continue; // handles are counted by whatever type the system names
            }
            object.put("Surprise", "0");
            assertThat(SCHEMA.problems(document.toString())).as("in %s", object).isNotEmpty();
            object.remove("Surprise");
        }
        assertThat(SCHEMA.problems(document.toString())).isEmpty();
    }

    @Test
    void theSchemaRefusesMissingMembers() throws IOException {
        ObjectNode document = (ObjectNode) MAPPER.readTree(json(SampleReports.unknown()));
        for (String name : document.propertyNames()) {
            ObjectNode without = document.deepCopy();
            without.remove(name);
            assertThat(SCHEMA.problems(without.toString())).as(name).isNotEmpty();
        }
    }

    @Test
    void aWriterThatFailsIsReportedAsItself() {
        Writer full = new Writer() {
            @Override
            public void write(char[] text, int from, int length) throws IOException {
                throw new IOException("no space left");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        for (ReportFormat format : ReportFormat.values()) {
            assertThatThrownBy(() -> format.render(
                            SampleReports.crash(), full, RenderOptions.plain(ZoneOffset.UTC)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("no space left");
        }
    }

    /** Objects of one kind come by the hundred; the first of each set of members will do. */
    private static List<ObjectNode> sampled(List<ObjectNode> objects) {
        List<ObjectNode> one = new ArrayList<>();
        List<List<String>> seen = new ArrayList<>();
        for (ObjectNode object : objects) {
            List<String> names = List.copyOf(object.propertyNames());
            if (!seen.contains(names)) {
                seen.add(names);
                one.add(object);
            }
        }
        return one;
    }

    private static void collect(JsonNode node, List<ObjectNode> objects) {
        if (node instanceof ObjectNode object) {
            objects.add(object);
            object.values().forEach(each -> collect(each, objects));
        } else if (node instanceof ArrayNode array) {
            array.values().forEach(each -> collect(each, objects));
        }
    }

    static String json(Report report) throws IOException {
        StringWriter text = new StringWriter();
        ReportFormat.JSON.render(report, text, RenderOptions.plain(ZoneOffset.UTC));
        return text.toString();
    }
}
