package dev.mortem.base.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;

/** Debug ids and code ids in the words of Breakpad and of symbol servers. */
class DebugIdTest {
    private static final byte[] GUID = HexFormat.of().parseHex("9dd94932400c31498610f4e4fb0b6936");

    @Test
    void aGuidIsReadWithItsFirstThreeFieldsTurnedRound() {
        assertThat(DebugId.ofGuid(GUID, 1)).hasToString("3249D99D0C4049318610F4E4FB0B69361");
        assertThat(DebugId.ofGuid(GUID, -1))
                .hasToString("3249D99D0C4049318610F4E4FB0B6936ffffffff");
        assertThat(DebugId.ofGuid(GUID, 0x2a).symbolServerPath("a.pdb"))
                .isEqualTo("a.pdb/3249D99D0C4049318610F4E4FB0B69362a/a.pdb");
    }

    @Test
    void aBuildIdIsCutToAGuidOrFilledWithZeros() {
        byte[] longer = HexFormat.of().parseHex("9dd94932400c31498610f4e4fb0b6936aabbccdd");
        assertThat(DebugId.ofBuildId(longer)).isEqualTo(DebugId.ofGuid(GUID, 0));
        assertThat(DebugId.ofBuildId(new byte[] {1, 2, 3, 4, 5}))
                .hasToString("040302010005" + "0".repeat(20) + "0");
    }

    @Test
    void aTimestampHasEightDigits() {
        assertThat(DebugId.ofTimestamp(0x3a1f, 0x1c)).hasToString("00003A1F1c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3249D99D0C4049318610F4E4FB0B69361",
                "3249D99D0C4049318610F4E4FB0B6936ffffffff",
                "3249D99D0C4049318610F4E4FB0B69360",
                "00003A1F1c",
                "FFFFFFFFffffffff"
            })
    void parsingIsTheOppositeOfPrinting(String text) {
        assertThat(DebugId.parse(text).orElseThrow()).hasToString(text);
    }

    @Test
    void dashesAndCaseDoNotMatter() {
        assertThat(DebugId.parse("3249d99d-0c40-4931-8610-f4e4fb0b6936-1"))
                .contains(DebugId.ofGuid(GUID, 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00003A1F",
                "3249D99D0C4049318610F4E4FB0B6936",
                "3249D99D0C4049318610F4E4FB0B6936fffffffff",
                "3249D99D0C4049318610F4E4FB0B693G1",
                "00003A1F1c1c1c1c1",
                "\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661"
            })
    void otherTextIsNoId(String text) {
        assertThat(DebugId.parse(text)).isEmpty();
        assertThat(CodeId.parse("x" + text)).isEmpty();
    }

    @Test
    void aSignatureOfAnotherShapeIsADefect() {
        assertThatThrownBy(() -> new DebugId("3249d99d0c4049318610f4e4fb0b6936", 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DebugId.ofGuid(new byte[15], 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCodeIdIsTimeStampAndSize() {
        CodeId id = new CodeId(0x5ab38077, 0xa1000);
        assertThat(id).hasToString("5AB38077a1000");
        assertThat(CodeId.parse("5ab38077A1000")).contains(id);
        assertThat(CodeId.parse("000000001")).contains(new CodeId(0, 1));
        assertThat(new CodeId(-1, -1)).hasToString("FFFFFFFFffffffff");
        assertThat(CodeId.parse("FFFFFFFFffffffff")).contains(new CodeId(-1, -1));
        assertThat(CodeId.parse("5AB38077")).isEmpty();
        assertThat(CodeId.parse("5AB38077fffffffff")).isEmpty();
        assertThat(id.symbolServerPath("n.dll")).isEqualTo("n.dll/5AB38077a1000/n.dll");
    }
}
