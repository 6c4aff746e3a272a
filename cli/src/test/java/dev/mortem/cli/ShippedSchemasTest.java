package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** The schemas object to what no command prints; what commands print is held against them in their tests. */
class ShippedSchemasTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "symbols",
                "symbolsFetch",
                "symbols-pack",
                "symbols-check",
                "watches",
                "watchEvent",
                "dumps",
                "dump"
            })
    void whatIsMissingIsSaid(String name) {
        assertThat(ShippedSchemas.problems("{\"schema\": \"mortem." + name + "/1\"}"))
                .isNotEmpty();
    }

    @Test
    void aFieldThatIsNotInTheSchemaIsSaid() {
        String events = """
                {"schema": "mortem.watchEvent/1", "time": "2026-03-01T12:00:00Z", "event": "awaiting"%s}""";
        assertThat(ShippedSchemas.problems(events.formatted(""))).isEmpty();
        assertThat(ShippedSchemas.problems(events.formatted(", \"pid\": 1"))).isNotEmpty();
        String dumps = """
                {"schema": "mortem.dumps/1", "dumps": []%s}""";
        assertThat(ShippedSchemas.problems(dumps.formatted(""))).isEmpty();
        assertThat(ShippedSchemas.problems(dumps.formatted(", \"more\": 1"))).isNotEmpty();
    }

    @Test
    void allEventsOfAWatchAreInItsSchema() {
        String about = "\"pid\": 42, \"image\": \"worker\"";
        List<String> events = List.of(
                "\"event\": \"targetEnded\", \"how\": \"with exit code 1\", " + about,
                "\"event\": \"targetEnded\", " + about,
                "\"event\": \"targetChanged\", " + about,
                "\"event\": \"busy\", " + about,
                "\"event\": \"passed\", \"signals\": 7, " + about,
                "\"event\": \"untraced\", \"why\": \"not permitted\", " + about,
                "\"event\": \"lost\", \"why\": \"not permitted\", " + about,
                "\"event\": \"failed\", \"why\": \"the disk is full\", " + about);
        for (String event : events) {
            assertThat(ShippedSchemas.problems("{\"schema\": \"mortem.watchEvent/1\","
                            + " \"time\": \"2026-03-01T12:00:00Z\", " + event + "}"))
                    .as(event)
                    .isEmpty();
        }
    }
}
