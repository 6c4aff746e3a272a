package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.json.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class DemoCommandTest {
    @Test
    void theDemoExplainsWhatItDidAndLeavesNothingRunning(@TempDir Path folder) throws IOException {
        CommandRun run = CommandRun.of("demo", "--json", "-o", folder.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonObject demo =
                JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
        List<JsonObject> scenes = demo.objects("scenes");
        if (DemoWorker.compiler().isPresent()) {
            assertThat(scenes.stream().map(scene -> scene.text("rule").orElseThrow()))
                    .containsExactly("hang-deadlock", "crash-access-violation");
            assertThat(scenes.getLast().text("headline").orElseThrow()).contains("cart_total");
        }
        for (JsonObject scene : scenes) {
            assertThat(Path.of(scene.text("dump").orElseThrow())).startsWith(folder.toRealPath());
            assertThat(Files.readString(Path.of(scene.text("html").orElseThrow())))
                    .contains("<!DOCTYPE html>");
        }
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().command().stream())
                        .filter(command -> command.startsWith(folder.toString())))
                .isEmpty();
    }

    @Test
    void theCoreForMachinesWithoutACompilerIsExplained(@TempDir Path folder) throws Exception {
        Path core = Resources.copyTo("demo/null-pointer.core", folder.resolve("null-pointer.core"));
        CommandRun run = CommandRun.of("analyze", core.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("shop_total", "null pointer", "handle_request");
    }
}
