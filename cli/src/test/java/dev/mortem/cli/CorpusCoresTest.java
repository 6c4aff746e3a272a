package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every core of the corpus has a report, and the cores of our own program the right one. */
class CorpusCoresTest {
    private static final String OWN = "own/linux/";

    @Test
    void everyCoreHasAReport() throws IOException {
        assumeTrue(Corpus.folder().isPresent(), "needs the corpus");
        List<Path> cores;
        try (Stream<Path> files = Files.walk(Corpus.folder().orElseThrow())) {
            cores = files.filter(Files::isRegularFile)
                    .filter(file -> file.toString()
                            .matches(".*/(core|own)/.*(\\.core(\\.bz2)?|/core\\.[a-z]+(\\.xz)?)"))
                    .sorted()
                    .toList();
        }
        assertThat(cores).hasSizeGreaterThanOrEqualTo(20);
        for (Path core : cores) {
            CommandRun run = CommandRun.of("analyze", "--json", core.toString());
            assertThat(run.exitCode()).as(core + ": " + run.err()).isZero();
            JsonObject report =
                    JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
            assertThat(report.objects("findings")).as(core.toString()).isNotEmpty();
            assertThat(report.objects("threads")).as(core.toString()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "core.segv,segv_leaf,11,0x1234,crash-access-violation",
        "core.fpe,divide,14,,crash-divide-by-zero"
    })
    void aCrashOfOurOwnProgramIsExplained(
            String core, String function, int line, String address, String rule)
            throws IOException {
        JsonObject report = report(core);
        JsonObject headline = report.objects("findings").getFirst();
        assertThat(headline.text("rule")).contains(rule);
        assertThat(headline.text("summary").orElseThrow()).contains(function);
        Optional.ofNullable(address)
                .ifPresent(expected -> assertThat(
                                report.object("reason").orElseThrow().text("address"))
                        .contains(expected));
        List<JsonObject> frames = crashedFrames(report);
        assertThat(frames.getFirst().text("function")).contains(function);
        assertThat(frames.getFirst().number("line")).hasValue(line);
        assertThat(frames.getFirst().text("file").orElseThrow()).endsWith("crashlin.c");
        assertThat(frames.stream().map(frame -> frame.text("function").orElse("")))
                .contains("main");
    }

    @Test
    void theDeadlockOfOurOwnProgramIsFound() throws IOException {
        JsonObject report = report("core.deadlock.xz");
        assertThat(report.objects("findings").stream()
                        .map(found -> found.text("rule").orElse("")))
                .contains("hang-deadlock");
        assertThat(report.objects("locks")).hasSizeGreaterThanOrEqualTo(2);
    }

    private static JsonObject report(String core) {
        Optional<Path> file = Corpus.file(OWN + core);
        assumeTrue(file.isPresent(), "needs the corpus");
        CommandRun run = CommandRun.of(
                "analyze",
                "--json",
                "--symbols",
                Corpus.file(OWN + "crashlin").orElseThrow().toString(),
                file.get().toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
    }

    private static List<JsonObject> crashedFrames(JsonObject report) {
        long crashed = report.object("reason").orElseThrow().number("threadId").orElseThrow();
        return report.objects("stacks").stream()
                .filter(stack -> stack.numbers("threadIds").contains(crashed))
                .findFirst()
                .orElseThrow()
                .objects("frames");
    }
}
