package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;
import dev.mortem.testkit.synth.WindowsBlocks;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What a minidump of Windows tells reaches the reader of the report. */
class WindowsReportTest {
    @TempDir
    private Path folder;

    private Path dump = Path.of("");

    @BeforeEach
    void write() throws Exception {
        byte[] context = MinidumpContext.AMD64.with(Map.of("rip", 0x40_0010L, "rsp", 0x50_0040L));
        MinidumpBuilder built = new MinidumpBuilder()
                .system(9, 2, 10, 0, 19041, 8, "")
                .thread(7, 0x2e_0000, 0x50_0000, new byte[256], context)
                .exception(7, 0xc000_0005L, 0x40_0010, new long[] {8, 0x7000_0010L}, context)
                .module(0x40_0000, 0x1000, "C:\\srv\\shop.exe")
                .unloaded(0x7000_0000L, 0x1000, "plugin.dll", 9)
                .handle(4, "Event", "", 1)
                .handle(8, "Event", "", 1)
                .handle(12, "File", "\\Device\\x", 1)
                .wideText(
                        MinidumpBuilder.COMMENT_W,
                        "\n*** procdump.exe -ma -e shop.exe --password=hunter2"
                                + "\n*** Unhandled exception: C0000005");
        new WindowsBlocks(8, 0x20_0000)
                .commandLine("shop.exe --port 80 --password=hunter2")
                .image("C:\\srv\\shop.exe")
                .currentDirectory("C:\\srv\\")
                .environment("TOKEN=hunter2")
                .teb(0x2e_0000, 0x50_0000, 0x50_1000, 5, 0xc000_0034L)
                .forEach(built::memory);
        dump = Files.write(folder.resolve("shop.dmp"), built.build());
    }

    @Test
    void thePersonReadsWhoWhereAndWhatWasUnloaded() {
        CommandRun run = CommandRun.of("analyze", dump.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().replaceAll("\\s+", " "))
                .contains(
                        "shop.exe",
                        "Folder C:\\srv\\",
                        "written by ProcDump (procdump.exe -ma -e shop.exe",
                        "Unhandled exception: C0000005",
                        "0xC0000005 ACCESS_VIOLATION",
                        "it jumped to 0x70000010",
                        "plugin.dll, which was unloaded",
                        "last error of the thread: 5")
                .doesNotContain("hunter2");
    }

    @Test
    void theScriptFindsTheSame() {
        CommandRun run = CommandRun.of("analyze", "--json", dump.toString());
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.at("/reason/kind").asString()).isEqualTo("windowsException");
        assertThat(report.at("/reason/code").asString()).isEqualTo("0xC0000005");
        assertThat(report.at("/reason/access").asString()).isEqualTo("execute");
        assertThat(report.at("/process/os/version").asString()).isEqualTo("10.0.19041");
        assertThat(report.at("/windows/unloadedModules/0/name").asString()).isEqualTo("plugin.dll");
        assertThat(report.at("/handles/byType/Event").asInt()).isEqualTo(2);
        assertThat(report.at("/dump/streams").toString()).contains("HandleData", "CommentW");
        assertThat(report.at("/process").has("environment")).isFalse();
        assertThat(run.out()).doesNotContain("hunter2");
    }
}
