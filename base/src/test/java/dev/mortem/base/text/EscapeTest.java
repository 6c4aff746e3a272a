package dev.mortem.base.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;

class EscapeTest {
    @ParameterizedTest
    @CsvSource({
        "00, '\\x00'",
        "09, '\\t'",
        "0a, '\\n'",
        "0d, '\\r'",
        "1b, '\\x1b'",
        "7f, '\\x7f'",
        "9b, '\\x9b'",
        "ad, '\\xad'",
        "200b, '\\u200b'",
        "2028, '\\u2028'",
        "202e, '\\u202e'",
        "2066, '\\u2066'",
        "d800, '\\ud800'",
        "dfff, '\\udfff'",
        "e000, '\\ue000'",
        "feff, '\\ufeff'",
        "ffff, '\\uffff'",
        "e0001, '\\u{e0001}'",
        "10ffff, '\\u{10ffff}'",
    })
    void whatDoesNotShowItselfIsEscaped(String hex, String expected) {
        String text = "a" + Character.toString(Integer.parseInt(hex, 16)) + "b";
        assertThat(Escape.visible(text)).isEqualTo("a" + expected + "b");
        assertThat(Escape.ascii(text)).isEqualTo("a" + expected + "b");
    }

    @Test
    void whatShowsItselfStays() {
        String text = "C:\\x\\Größe ショップ 😀 ~";
        assertThat(Escape.visible(text)).isEqualTo(text);
        assertThat(Escape.ascii("ö😀")).isEqualTo("\\xf6\\u{1f600}");
        assertThat(Escape.visible("")).isEmpty();
    }

    @Test
    void everyCodePointComesOutHarmless() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            String text = Character.toString(codePoint);
            assertThat(Escape.visible(text).codePoints()).noneMatch(Escape::isActive);
            if (codePoint < 0x10000 || codePoint % 997 == 0) {
                assertThat(Escape.ascii(text)).matches("[ -~]+");
            }
        }
    }

    @Test
    void brokenPairsBecomeValidUnicode() {
        String broken = "a\ud800b\udc00\ud83d\ude00\ud83d";
        assertThat(Escape.wellFormed(broken)).isEqualTo("a\ufffdb\ufffd\ud83d\ude00\ufffd");
        assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(Escape.wellFormed(broken)))
                .isTrue();
        String whole = "whole 😀";
        assertThat(Escape.wellFormed(whole)).isSameAs(whole);
    }
}
