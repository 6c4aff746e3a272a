package dev.mortem.base.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

class JsonTest {
    @Test
    void whatIsWrittenIsReadBack() {
        StringWriter text = new StringWriter();
        try (JsonOutput json = JsonOutput.indented(text)) {
            json.beginObject()
                    .text("name", "a \"b\" \u0001")
                    .address("base", -1)
                    .time("at", Optional.of(Instant.parse("2026-01-02T03:04:05.678901Z")))
                    .millis("took", Optional.of(Duration.ofSeconds(2)))
                    .number("absent", OptionalLong.empty())
                    .texts("list", List.of("x", "y"))
                    .beginObject("inner")
                    .flag("yes", true)
                    .endObject()
                    .endObject();
        }
        JsonObject read = JsonObject.parse(text.toString().getBytes(StandardCharsets.UTF_8))
                .orElseThrow();
        assertThat(read.text("name")).contains("a \"b\" \u0001");
        assertThat(read.text("base")).contains("0xffffffffffffffff");
        assertThat(read.time("at")).contains(Instant.parse("2026-01-02T03:04:05.678Z"));
        assertThat(read.number("took")).hasValue(2000);
        assertThat(read.number("absent")).isEmpty();
        assertThat(read.texts("list")).containsExactly("x", "y");
        assertThat(read.object("inner")).isPresent();
        assertThat(read.number("name")).isEmpty();
    }

    @Test
    void whatIsNoObjectIsNothing() {
        for (String text :
                List.of("", "[]", "{", "{\"a\":", "nonsense", "[".repeat(100_000), "{\"a\":[1,")) {
            assertThat(JsonObject.parse(text.getBytes(StandardCharsets.UTF_8))).isEmpty();
        }
    }

    @Test
    void numbersThatDoNotFitAndNullsAreAbsent() {
        String text =
                "{\"big\":123456789012345678901234567890,\"none\":null,\"half\":0.5,\"one\":1}";
        JsonObject read =
                JsonObject.parse(text.getBytes(StandardCharsets.UTF_8)).orElseThrow();
        assertThat(read.number("big")).isEmpty();
        assertThat(read.text("none")).isEmpty();
        assertThat(read.number("one")).hasValue(1);
    }

    @Test
    void textsThatWouldStirATerminalAreEscaped() {
        StringWriter text = new StringWriter();
        String hostile = "\u001b[2J\u007f\u009b1m\u202e\ud800x\ud83d\ude00\u2028ö";
        try (JsonOutput json = JsonOutput.oneLine(text)) {
            json.beginObject().text("name", hostile).number("\udfff", 1).endObject();
        }
        assertThat(text.toString())
                .isEqualToIgnoringCase("{\"name\":\"\\u001b[2J\\u007f\\u009b1m\\u202e\ufffdx"
                        + "\ud83d\ude00\\u2028ö\",\"\ufffd\":1}");
        JsonObject read = JsonObject.parse(text.toString().getBytes(StandardCharsets.UTF_8))
                .orElseThrow();
        assertThat(read.text("name")).contains(hostile.replace('\ud800', '\ufffd'));
    }

    @Test
    void durationsThatDoNotFitAreLeftOut() {
        StringWriter text = new StringWriter();
        try (JsonOutput json = JsonOutput.oneLine(text)) {
            json.beginObject()
                    .millis("took", Optional.of(Duration.ofSeconds(Long.MAX_VALUE)))
                    .endObject();
        }
        assertThat(text.toString()).isEqualTo("{}");
    }
}
