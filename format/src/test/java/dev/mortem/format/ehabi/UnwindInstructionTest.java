package dev.mortem.format.ehabi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

/** EHABI, section 10.3: each row of the table of unwind instructions. */
class UnwindInstructionTest {
    @ParameterizedTest
    @CsvSource({
        "00, Move[bytes=4]",
        "3f, Move[bytes=256]",
        "40, Move[bytes=-4]",
        "7f, Move[bytes=-256]",
        "80 00, Refuse[]",
        "80 01, Pop[mask=16]",
        "84 08, Pop[mask=16512]",
        "8f ff, Pop[mask=65520]",
        "97, Take[register=7]",
        "9b, Take[register=11]",
        "a0, Pop[mask=16]",
        "a7, Pop[mask=4080]",
        "a8, Pop[mask=16400]",
        "af, Pop[mask=20464]",
        "b1 0f, Pop[mask=15]",
        "b2 00, Move[bytes=516]",
        "b2 81 01, Move[bytes=1032]",
        "b3 01, Move[bytes=20]",
        "b4, Move[bytes=4]",
        "b5, Move[bytes=0]",
        "b8, Move[bytes=12]",
        "bf, Move[bytes=68]",
        "c0, Move[bytes=8]",
        "c5, Move[bytes=48]",
        "c6 01, Move[bytes=16]",
        "c7 03, Move[bytes=8]",
        "c8 0f, Move[bytes=128]",
        "c9 81, Move[bytes=16]",
        "d0, Move[bytes=8]",
        "d7, Move[bytes=64]"
    })
    void eachEncoding(String code, String expected) throws MalformedException {
        assertThat(decode(code).toString()).isEqualTo("[" + expected + "]");
    }

    @Test
    void finishAndTheEndAreTheSame() throws MalformedException {
        assertThat(decode("a8 b0 ff ff")).isEqualTo(decode("a8"));
        assertThat(decode("b0")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9d", "9f", "b1 00", "b1 10", "b6", "b7", "c7 00", "c7 10", "ca", "cf", "d8", "ff",
                "80", "b1", "b2", "b2 80", "b3", "c6", "c7", "c8", "c9"
            })
    void spareAndCutOnesAreRefused(String code) {
        assertThatThrownBy(() -> decode(code)).isInstanceOf(MalformedException.class);
    }

    private static List<UnwindInstruction> decode(String hex) throws MalformedException {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        return UnwindInstruction.decode(ByteSource.ofBytes("test", bytes, ByteOrder.LITTLE_ENDIAN));
    }
}
