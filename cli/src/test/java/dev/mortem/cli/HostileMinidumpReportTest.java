package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;
import dev.mortem.testkit.synth.WindowsBlocks;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Names in a minidump are somebody else's text: a report never sends them to a terminal as they are. */
class HostileMinidumpReportTest {
    private static final String NAME = "C:\\\u001b[2J\u0007\u009b31m\u202e\\<b>evil\r\n.dll";

    @TempDir
    Path folder;

    @Test
    void noReportHoldsAControlCharacterOfAName() throws Exception {
        Path dump = folder.resolve("evil.dmp");
        Files.write(dump, evil());
        for (String format : List.of("text", "html", "json")) {
            CommandRun run = CommandRun.of("analyze", dump.toString(), "--format", format);
            assertThat(run.exitCode()).as(format + run.err()).isZero();
            assertThat(run.out()).as(format).isNotEmpty();
            assertThat((run.out() + run.err())
                            .chars()
                            .filter(HostileMinidumpReportTest::isHarmful)
                            .mapToObj(Integer::toHexString))
                    .as(format)
                    .isEmpty();
            assertThat(run.out()).as(format).doesNotContain("hunter2");
        }
        assertThat(CommandRun.of("analyze", dump.toString(), "--format", "html").out())
                .doesNotContain("<b>evil");
    }

    private static boolean isHarmful(int letter) {
        boolean layout = letter == '\n' || letter == '\t';
        return (Character.isISOControl(letter) && !layout) || letter == 0x202e;
    }

    private static byte[] evil() {
        byte[] context = MinidumpContext.AMD64.with(Map.of("rip", 0x40_0010L, "rsp", 0x50_0040L));
        MinidumpBuilder dump = new MinidumpBuilder()
                .system(9, 2, 10, 0, 19041, 8, NAME)
                .thread(7, 0x2e_0000, 0x50_0000, new byte[256], context)
                .threadName(7, NAME)
                .exception(7, 0xc000_0005L, 0x40_0010, new long[] {0, 0}, context)
                .module(0x40_0000, 0x1000, NAME)
                .module(0x40_0800, 0x1000, NAME)
                .module(0x60_0000, 0, NAME)
                .unloaded(0x1000, 0x1000, NAME, 9)
                .handle(4, NAME, NAME, 1)
                .assertion("a" + NAME, "b" + NAME, "c" + NAME, 1, 1)
                .wideText(MinidumpBuilder.COMMENT_W, "*** procdump " + NAME + "\n*** " + NAME);
        new WindowsBlocks(8, 0x20_0000)
                .commandLine(NAME + " x")
                .image(NAME)
                .currentDirectory(NAME)
                .environment("SECRET=hunter2")
                .teb(0x2e_0000, 0x50_0000, 0x50_1000, 5, 6)
                .forEach(dump::memory);
        return dump.build();
    }
}
