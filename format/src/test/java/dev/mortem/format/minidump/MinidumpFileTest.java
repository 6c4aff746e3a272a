package dev.mortem.format.minidump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.MinidumpBuilder;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Header, directory and text. */
class MinidumpFileTest {
    @Test
    void theHeaderIsReadAndWrittenAlike() throws Exception {
        byte[] bytes = new MinidumpBuilder()
                .flags(0x61826).takenAt(1_700_000_000).version(0x12ab_a793).stream(
                                MinidumpBuilder.COMMENT_A, (byte) 'x')
                        .build();
        MinidumpHeader header = MinidumpInput.of(bytes).file().header();
        assertThat(header).isEqualTo(new MinidumpHeader(1, 32, 1_700_000_000, 0x61826));
        byte[] written = header.write();
        assertThat(written).hasSize(MinidumpHeader.SIZE_BYTES);
        byte[] known = Arrays.copyOf(bytes, 32);
        known[6] = 0;
        known[7] = 0; // the writer's own half of the version
        assertThat(written).isEqualTo(known);
    }

    @Test
    void onlyTheSignatureMakesAMinidump() {
        for (String start : List.of("", "M", "MDM", "PMDM", "mdmp", "MDMQ")) {
            assertThat(MinidumpHeader.isMinidump(source(start.getBytes(StandardCharsets.US_ASCII))))
                    .as(start)
                    .isFalse();
        }
        byte[] sound = new MinidumpBuilder().build();
        assertThat(MinidumpHeader.isMinidump(source(sound))).isTrue();
        assertThatThrownBy(() -> MinidumpInput.of(Arrays.copyOf(sound, 31)))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> MinidumpInput.of(new byte[64]))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("MDMP");
    }

    @Test
    void anyVersionIsTaken() throws Exception {
        assertThat(MinidumpInput.of(new MinidumpBuilder().version(0)).file().streams())
                .isEmpty();
    }

    @Test
    void ofTwoStreamsTheFirstThatHasBytesIsTaken() throws Exception {
        MinidumpFile file = MinidumpInput.of(new MinidumpBuilder()
                        .unusedStream().stream(MinidumpBuilder.COMMENT_A).stream(
                                MinidumpBuilder.COMMENT_A, (byte) 'a')
                                .stream(MinidumpBuilder.COMMENT_A, (byte) 'b'))
                .file();
        assertThat(file.streams()).hasSize(4);
        assertThat(file.stream(MinidumpBuilder.COMMENT_A).orElseThrow().u1("text", 0))
                .isEqualTo('a');
        assertThat(file.stream(MinidumpBuilder.COMMENT_W)).isEmpty();
    }

    @Test
    void aStreamBehindTheEndIsGivenAsFarAsItIsThere() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .lyingStream(77, 0xffff_ffffL, MinidumpBuilder.layout().u4(5)));
        MinidumpFile.Stream stream = input.file().streams().getFirst();
        assertThat(stream.isCut()).isTrue();
        assertThat(stream.name()).isEqualTo("0x4d");
        assertThat(stream.content().sizeBytes()).isEqualTo(4);
        assertThat(input.file().hasCutStream()).isTrue();
        assertThat(input.reports())
                .containsExactly("4,294,967,295 bytes at 0x2c are stated, 4 are there");
    }

    @Test
    void theDirectoryIsReadAsFarAsItIsThere() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder().stream(MinidumpBuilder.COMMENT_A, (byte) 'a');
        MinidumpInput more = MinidumpInput.of(dump.claimStreams(0xffff_ffffL));
        // behind the one entry comes the comment: three bytes short of another entry
        assertThat(more.file().streams()).hasSize(1);
        assertThat(more.reports())
                .containsExactly("4,294,967,295 streams are stated, 1 can be read");
        MinidumpInput nowhere = MinidumpInput.of(
                new MinidumpBuilder().stream(10, (byte) 'a').claimDirectory(0xffff_fff0L));
        assertThat(nowhere.file().streams()).isEmpty();
        assertThat(nowhere.reports()).hasSize(1);
    }

    @Test
    void streamsAreCountedUpToTheLimit() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        for (int index = 0; index < 5; index++) {
            dump.stream(1000 + index, (byte) index);
        }
        byte[] bytes = dump.build();
        Limits four = Limits.defaults().with(MinidumpLimits.STREAMS, 4);
        Limits five = Limits.defaults().with(MinidumpLimits.STREAMS, 5);
        DiagnosticLog log = new DiagnosticLog();
        assertThat(MinidumpFile.read(source(bytes), five, log).streams()).hasSize(5);
        assertThat(log.entries()).isEmpty();
        assertThat(MinidumpFile.read(source(bytes), four, log).streams()).hasSize(4);
        assertThat(log.entries()).hasSize(1);
    }

    @Test
    void aTextMayHoldAnythingAndEndsAtANul() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        Label plain = dump.text("shop.exe");
        Label strange = dump.text("a\u001b[31m\u2028\ud83d\ude00\ud800");
        Label early = dump.text("ab\0cd");
        Label empty = dump.text("");
        MinidumpInput input = MinidumpInput.of(dump);
        assertThat(input.file().text("t", plain.value())).contains("shop.exe");
        assertThat(input.file().text("t", strange.value()).orElseThrow())
                .startsWith("a\u001b[31m\u2028\ud83d\ude00");
        assertThat(input.file().text("t", early.value())).contains("ab");
        assertThat(input.file().text("t", empty.value())).contains("");
        assertThat(input.file().text("t", 0)).isEmpty();
        assertThat(input.reports()).isEmpty();
    }

    @Test
    void aTextIsReadUpToTheLimit() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        Label longest = dump.text("x".repeat(32_768));
        Label longer = dump.text("x".repeat(32_769));
        Label lying = dump.blob().u4(0xffff_fffeL).u2('x').start();
        Label last = dump.blob().u4(2).start();
        MinidumpInput input = MinidumpInput.of(dump);
        assertThat(input.file().text("t", longest.value()).orElseThrow()).hasSize(32_768);
        assertThat(input.reports()).isEmpty();
        for (Label broken : List.of(longer, lying, last)) {
            assertThat(input.file().text("t", broken.value())).isEmpty();
        }
        assertThat(input.file().text("t", -2)).isEmpty();
        assertThat(input.reports()).hasSize(4);
    }

    /** Entries of a small file that point into one long text would make gigabytes of it. */
    @Test
    void textsThatOverlapAreBoundedByTheFile() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        Layout nested = dump.blob();
        int texts = 1000;
        for (int index = 0; index < texts; index++) {
            nested.u4(40_000);
        }
        Label first = nested.zeros(40_000).start();
        MinidumpInput input = MinidumpInput.of(dump);
        long chars = 0;
        for (int index = 0; index < texts; index++) {
            chars += input.file()
                    .text("t", first.value() + 4L * index)
                    .map(String::length)
                    .orElse(0);
        }
        assertThat(2 * chars).isLessThanOrEqualTo(input.file().bytes().sizeBytes());
        assertThat(input.reports()).isNotEmpty();
    }

    @Test
    void aTextThatManyNameIsReadOnce() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        Label shared = dump.text("Event");
        MinidumpInput input = MinidumpInput.of(dump);
        for (int index = 0; index < 1000; index++) {
            assertThat(input.file().text("t", shared.value())).contains("Event");
        }
        assertThat(input.reports()).isEmpty();
    }

    @Test
    void aListWithAHeaderNeedsRoomForItsOwnFields() throws Exception {
        byte[] entry = new byte[24];
        for (int headerBytes : List.of(0, 11)) {
            MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                    .stream(
                            MinidumpBuilder.UNLOADED_MODULE_LIST,
                            MinidumpBuilder.layout()
                                    .u4(headerBytes)
                                    .u4(24)
                                    .u4(1)
                                    .bytes(entry)));
            assertThat(UnloadedModuleEntry.readAll(input.file())).isEmpty();
            assertThat(input.reports()).hasSize(1);
        }
        MinidumpInput small = MinidumpInput.of(new MinidumpBuilder()
                .stream(
                        MinidumpBuilder.UNLOADED_MODULE_LIST,
                        MinidumpBuilder.layout().u4(12).u4(23).u4(1).bytes(entry)));
        assertThat(UnloadedModuleEntry.readAll(small.file())).isEmpty();
        assertThat(small.reports()).containsExactly("23 bytes, at least 24 bytes");
        MinidumpInput newer = MinidumpInput.of(new MinidumpBuilder()
                .stream(
                        MinidumpBuilder.UNLOADED_MODULE_LIST,
                        MinidumpBuilder.layout()
                                .u4(16)
                                .u4(32)
                                .u4(1)
                                .u4(0)
                                .u8(0x1000)
                                .zeros(24)));
        assertThat(UnloadedModuleEntry.readAll(newer.file()))
                .extracting(module -> module.range().start())
                .containsExactly(0x1000L);
        assertThat(newer.reports()).isEmpty();
    }

    @Test
    void everyStreamHasItsNameOrItsNumber() {
        assertThat(StreamType.name(3)).isEqualTo("ThreadList");
        assertThat(StreamType.name(20)).isEqualTo("JavaScriptData");
        assertThat(StreamType.name(23)).isEqualTo("IptTrace");
        assertThat(StreamType.name(0x4d7a0003)).isEqualTo("MozLinuxLimits");
        assertThat(StreamType.name(0x4b6b0002)).isEqualTo("ChromiumStabilityReport");
        assertThat(StreamType.name(0x8000)).isEqualTo("WindowsCE 0x8000");
        assertThat(StreamType.name(0x800d)).isEqualTo("0x800d");
        assertThat(StreamType.name(-1)).isEqualTo("0xffffffff");
    }

    @Test
    void theBitsTellTheKind() {
        assertThat(MinidumpType.kind(0)).isEqualTo("mini");
        assertThat(MinidumpType.kind(0x61964)).isEqualTo("mini");
        assertThat(MinidumpType.kind(0x61826)).isEqualTo("full");
        assertThat(MinidumpType.kind(0x1010ac)).isEqualTo("triage");
        assertThat(MinidumpType.kind(0x71b24)).isEqualTo("heap");
        assertThat(MinidumpType.kind(0x121)).isEqualTo("custom");
    }

    private static ByteSource source(byte[] bytes) {
        return ByteSource.ofBytes("test.dmp", bytes, ByteOrder.LITTLE_ENDIAN);
    }
}
