package dev.mortem.format.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.MinidumpBuilder;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Streams that are one structure, with literals. */
class MinidumpFactsStreamsTest {
    @Test
    void anExceptionHasItsParametersAndItsContext() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .exception(
                        7, 0xc000_0005L, 1, 0x7ff6_1234L, 0x9000, new long[] {8, -1}, new byte[] {42
                        }));
        ExceptionStream fault = ExceptionStream.read(input.file()).orElseThrow();
        assertThat(fault.threadId()).isEqualTo(7);
        assertThat(fault.record())
                .isEqualTo(new ExceptionRecord(0xc000_0005L, 1, 0x7ff6_1234L, List.of(8L, -1L)));
        assertThat(fault.nestedRecord()).isEqualTo(0x9000);
        assertThat(fault.context().orElseThrow().u1("context", 0)).isEqualTo(42);
        assertThat(input.reports()).isEmpty();
    }

    @Test
    void anExceptionHasAtMost15Parameters() throws Exception {
        for (int count : List.of(15, 16)) {
            MinidumpInput input =
                    MinidumpInput.of(new MinidumpBuilder().exception(7, 1, 2, new long[count]));
            ExceptionStream fault = ExceptionStream.read(input.file()).orElseThrow();
            assertThat(fault.record().parameters()).hasSize(15);
            assertThat(input.reports()).hasSize(count - 15);
        }
    }

    @Test
    void anExceptionWithoutItsContextIsOne() throws Exception {
        byte[] whole = new MinidumpBuilder().exception(7, 1, 2, new long[0]).build();
        MinidumpInput shorter = MinidumpInput.of(Arrays.copyOf(whole, 32 + 12 + 160));
        assertThat(ExceptionStream.read(shorter.file()).orElseThrow().threadId())
                .isEqualTo(7);
        MinidumpInput cut = MinidumpInput.of(Arrays.copyOf(whole, 32 + 12 + 35));
        assertThat(ExceptionStream.read(cut.file())).isEmpty();
        assertThat(cut.reports()).hasSize(2);
    }

    @Test
    void theSystemIsNamedAndNumbered() throws Exception {
        SystemInfo windows = SystemInfo.read(
                        MinidumpInput.of(new MinidumpBuilder().windows(9)).file())
                .orElseThrow();
        assertThat(windows.systemName()).isEqualTo("Windows");
        assertThat(windows.systemVersion()).isEqualTo("10.0.19041");
        assertThat(windows.processorCount()).isEqualTo(8);
        assertThat(windows.productType()).isEqualTo(1);
        assertThat(windows.architecture()).isEqualTo(SystemInfo.AMD64);
        Map<Long, String> names = Map.of(
                0x8101L, "macOS",
                0x8102L, "iOS",
                0x8201L, "Linux",
                0x8203L, "Android",
                0x8206L, "Fuchsia",
                0x99L, "platform 0x99");
        names.forEach((platform, name) ->
                assertThat(system(platform, 1, " SP 1 ").systemName()).isEqualTo(name));
        assertThat(system(2, 6, " SP 1 ").systemVersion()).isEqualTo("6.0.0 SP 1");
        assertThat(system(0x8201, 0, "Linux 5.4 #1 x86_64").systemVersion())
                .isEqualTo("Linux 5.4 #1 x86_64");
        assertThat(system(0x8201, 0, "").systemVersion()).isEqualTo("0.0.0");
    }

    private static SystemInfo system(long platform, int major, String servicePack) {
        try {
            MinidumpBuilder dump =
                    new MinidumpBuilder().system(9, platform, major, 0, 0, 1, servicePack);
            return SystemInfo.read(MinidumpInput.of(dump).file()).orElseThrow();
        } catch (MalformedException broken) {
            throw new AssertionError(broken);
        }
    }

    @Test
    void eachFormOfMiscInfoAddsToTheOneBefore() throws Exception {
        for (int form = 1; form <= 5; form++) {
            MinidumpInput input = MinidumpInput.of(
                    new MinidumpBuilder().miscInfo(form, 0x3ff, 4711, 1_700_000_000));
            MiscInfo info = MiscInfo.read(input.file()).orElseThrow();
            assertThat(info.processId()).hasValue(4711);
            assertThat(info.startedAt()).contains(Instant.ofEpochSecond(1_700_000_000));
            assertThat(info.userTime()).contains(Duration.ofSeconds(7));
            assertThat(info.kernelTime()).contains(Duration.ofSeconds(3));
            assertThat(info.processorMhz())
                    .isEqualTo(form >= 2 ? OptionalLong.of(3600) : OptionalLong.empty());
            assertThat(info.integrityLevel())
                    .isEqualTo(form >= 3 ? OptionalLong.of(0x3000) : OptionalLong.empty());
            assertThat(info.utcOffset().isPresent()).isEqualTo(form >= 3);
            info.utcOffset().ifPresent(offset -> assertThat(offset).isEqualTo(Duration.ofHours(1)));
            assertThat(info.buildText().orElse("")).isEqualTo(form >= 4 ? "19041.1.amd64fre" : "");
            assertThat(info.debugBuildText().orElse("")).isEqualTo(form >= 4 ? "dbghelp,1" : "");
            assertThat(info.xState().isPresent()).isEqualTo(form >= 5);
            info.xState().ifPresent(state -> {
                assertThat(state.contextSizeBytes()).isEqualTo(2696);
                assertThat(state.enabledFeatures()).isEqualTo(7);
            });
            assertThat(input.reports()).isEmpty();
        }
    }

    @Test
    void whatTheFlagsLeaveOutIsNotKnown() throws Exception {
        MiscInfo info = MiscInfo.read(
                        MinidumpInput.of(new MinidumpBuilder().miscInfo(4, 0, 4711, 99))
                                .file())
                .orElseThrow();
        assertThat(info.processId()).isEmpty();
        assertThat(info.startedAt()).isEmpty();
        assertThat(info.userTime()).isEmpty();
        assertThat(info.processorMhz()).isEmpty();
        assertThat(info.integrityLevel()).isEmpty();
        assertThat(info.utcOffset()).isEmpty();
        assertThat(info.buildText()).isEmpty();
        MiscInfo noStart = MiscInfo.read(
                        MinidumpInput.of(new MinidumpBuilder().miscInfo(1, 3, 1, 0))
                                .file())
                .orElseThrow();
        assertThat(noStart.startedAt()).isEmpty();
        assertThat(noStart.userTime()).isPresent();
    }

    /** A writer that reserves room and fills in the first form only. */
    @Test
    void miscInfoEndsWhereItSays() throws Exception {
        Layout first =
                MinidumpBuilder.layout().u4(24).u4(0x3ff).u4(5).u4(6).u4(7).u4(8);
        MiscInfo info = MiscInfo.read(MinidumpInput.of(new MinidumpBuilder()
                                .stream(MinidumpBuilder.MISC_INFO, first.fillTo(1364)))
                        .file())
                .orElseThrow();
        assertThat(info.processId()).hasValue(5);
        assertThat(info.processorMhz()).isEmpty();
        assertThat(info.integrityLevel()).isEmpty();
        Layout unsized = MinidumpBuilder.layout().u4(0).u4(1).u4(5).fillTo(24);
        assertThat(MiscInfo.read(MinidumpInput.of(new MinidumpBuilder()
                                        .stream(MinidumpBuilder.MISC_INFO, unsized))
                                .file())
                        .orElseThrow()
                        .processId())
                .hasValue(5);
    }

    @Test
    void commentsAreTextWithoutBlanksAround() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .stream(
                                MinidumpBuilder.COMMENT_A,
                                "narrow \u00e9\0rest".getBytes(StandardCharsets.ISO_8859_1))
                        .wideText(MinidumpBuilder.COMMENT_W, "\n*** \u4e16\u754c  "));
        assertThat(Comments.readAll(input.file()))
                .containsExactly("*** \u4e16\u754c", "narrow \u00e9");
        assertThat(Comments.readAll(MinidumpInput.of(new MinidumpBuilder()
                                .stream(MinidumpBuilder.COMMENT_A, (byte) ' ', (byte) 0))
                        .file()))
                .isEmpty();
    }

    @Test
    void theMachinesMemoryIsInPages() throws Exception {
        Layout info = MinidumpBuilder.layout().u2(1).u2(0xf);
        info.u4(156_250)
                .u4(4096)
                .u4(1000)
                .u4(1)
                .u4(2)
                .u4(65536)
                .u8(0x1_0000)
                .u8(-1)
                .u8(0xff);
        info.u4(8).zeros(60).u8(100).u8(200).u8(300).u8(400).zeros(200);
        MinidumpInput input = MinidumpInput.of(
                new MinidumpBuilder().stream(MinidumpBuilder.SYSTEM_MEMORY_INFO, info));
        assertThat(SystemMemoryInfo.read(input.file()))
                .contains(new SystemMemoryInfo(4096, 1000, 100, 200, 300, 400));
        MinidumpInput cut = MinidumpInput.of(
                new MinidumpBuilder().stream(MinidumpBuilder.SYSTEM_MEMORY_INFO, new byte[147]));
        assertThat(SystemMemoryInfo.read(cut.file())).isEmpty();
        assertThat(cut.reports()).hasSize(1);
    }

    @Test
    void theProcesssMemoryIsCountedInBothForms() throws Exception {
        Layout first = MinidumpBuilder.layout().u2(1).u2(0).u4(5);
        for (int value = 1; value <= 9; value++) {
            first.u8(value);
        }
        ProcessVmCounters old = ProcessVmCounters.read(MinidumpInput.of(new MinidumpBuilder()
                                .stream(MinidumpBuilder.PROCESS_VM_COUNTERS, first))
                        .file())
                .orElseThrow();
        assertThat(old)
                .isEqualTo(new ProcessVmCounters(
                        5,
                        1,
                        2,
                        7,
                        8,
                        9,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty()));
        for (int flags : List.of(0x1f, 0x1)) {
            Layout second = MinidumpBuilder.layout().u2(2).u2(flags).u4(5);
            for (int value = 1; value <= 18; value++) {
                second.u8(value);
            }
            ProcessVmCounters counters = ProcessVmCounters.read(
                            MinidumpInput.of(new MinidumpBuilder()
                                            .stream(MinidumpBuilder.PROCESS_VM_COUNTERS, second))
                                    .file())
                    .orElseThrow();
            boolean all = flags == 0x1f;
            assertThat(counters.privateBytes()).isEqualTo(11);
            assertThat(counters.peakVirtualBytes()).isEqualTo(optional(all, 9));
            assertThat(counters.virtualBytes()).isEqualTo(optional(all, 10));
            assertThat(counters.privateWorkingSetBytes()).isEqualTo(optional(all, 12));
            assertThat(counters.jobPrivateCommitLimitBytes()).isEqualTo(optional(all, 17));
        }
    }

    private static OptionalLong optional(boolean there, long value) {
        return there ? OptionalLong.of(value) : OptionalLong.empty();
    }

    @Test
    void breakpadSaysWhichThreadsItMeans() throws Exception {
        for (int validity = 0; validity <= 3; validity++) {
            BreakpadInfo info = BreakpadInfo.read(
                            MinidumpInput.of(new MinidumpBuilder().breakpad(validity, 11, 12))
                                    .file())
                    .orElseThrow();
            assertThat(info.dumpThreadId()).isEqualTo(optional((validity & 1) != 0, 11));
            assertThat(info.requestingThreadId()).isEqualTo(optional((validity & 2) != 0, 12));
        }
    }

    @Test
    void anAssertionIsKeptWhole() throws Exception {
        MinidumpInput input = MinidumpInput.of(
                new MinidumpBuilder().assertion("p != nullptr", "f", "shop.cpp", 42, 1));
        AssertionInfo info = AssertionInfo.read(input.file()).orElseThrow();
        assertThat(info).isEqualTo(new AssertionInfo("p != nullptr", "f", "shop.cpp", 42, 1));
        assertThat(info.kind()).isEqualTo("invalid parameter");
        assertThat(new AssertionInfo("", "", "", 0, 2).kind()).isEqualTo("pure virtual call");
        assertThat(new AssertionInfo("", "", "", 0, 9).kind()).isEqualTo("assertion 9");
        MinidumpInput cut = MinidumpInput.of(
                new MinidumpBuilder().stream(MinidumpBuilder.ASSERTION_INFO, new byte[775]));
        assertThat(AssertionInfo.read(cut.file())).isEmpty();
    }

    @Test
    void annotationsOfEveryKindAreGathered() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        Layout simple = dictionary(dump, "product", "shop", "channel", "beta");
        Layout moduleSimple = dictionary(dump, "product", "not this", "gpu", "none");
        Label text = dump.utf8("loose");
        Layout list = dump.blob().u4(1).u4(text);
        Label name = dump.utf8("thread count");
        Label value = dump.utf8("12");
        Layout objects = dump.blob().u4(2).u4(name).u2(1).u2(0).u4(value);
        objects.u4(name).u2(0x8000).u2(0).u4(0x7fff_fff0L);
        Layout module = located(dump.blob().u4(1), list);
        located(located(module, moduleSimple), objects);
        Layout modules = located(dump.blob().u4(1).u4(0), module);
        Layout info = MinidumpBuilder.layout().u4(1).zeros(32);
        located(located(info, simple), modules);
        MinidumpInput input = MinidumpInput.of(dump.stream(MinidumpBuilder.CRASHPAD_INFO, info));
        assertThat(CrashpadInfo.annotations(input.file()))
                .isEqualTo(Map.of(
                        "product",
                        "shop",
                        "channel",
                        "beta",
                        "gpu",
                        "none",
                        "annotation 3",
                        "loose",
                        "thread count",
                        "12"));
        assertThat(input.reports()).isEmpty();
    }

    private static Layout located(Layout out, Layout part) {
        return out.u4(part.sizeBytes()).u4(part.start());
    }

    /** Names and values by turns. */
    private static Layout dictionary(MinidumpBuilder dump, String... texts) {
        Layout entries = dump.blob().u4(texts.length / 2);
        for (String text : texts) {
            entries.u4(dump.utf8(text));
        }
        return entries;
    }

    @Test
    void filesOfProcAreKeptAsTheyWere() throws Exception {
        MinidumpInput input = MinidumpInput.of(
                new MinidumpBuilder().narrowText(MinidumpBuilder.LINUX_CMD_LINE, "a\0\u00e9\0"));
        assertThat(LinuxStreams.text(input.file(), MinidumpBuilder.LINUX_CMD_LINE))
                .contains("a\0\u00e9\0");
        assertThat(LinuxStreams.bytes(input.file(), MinidumpBuilder.LINUX_MAPS)).isEmpty();
    }
}
