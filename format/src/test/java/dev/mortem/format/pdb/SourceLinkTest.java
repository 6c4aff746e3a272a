package dev.mortem.format.pdb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.List;

class SourceLinkTest {
    private static final String MAP = """
            {"documents": {
              "C:\\\\shop\\\\*": "https://git.example/shop/1f2e/*",
              "C:\\\\shop\\\\third\\\\*": "https://git.example/third/77aa/*?raw",
              "C:\\\\shop\\\\one.cc": "https://git.example/one",
              "/src/*": "http://git.example/linux/*",
              "D:\\\\bad\\\\*": "javascript:alert(1)",
              "E:\\\\number": 7
            }}""";

    @ParameterizedTest
    @CsvSource({
        "C:\\shop\\a\\total.cc, https://git.example/shop/1f2e/a/total.cc",
        "c:\\SHOP\\Total.cc, https://git.example/shop/1f2e/Total.cc",
        "C:\\shop\\third\\z.c, https://git.example/third/77aa/z.c?raw",
        "C:\\shop\\one.cc, https://git.example/one",
        "/src/a b#c?.c, http://git.example/linux/a%20b%23c%3F.c",
    })
    void aFileHasTheUrlOfItsFolder(String file, String url) {
        assertThat(link(MAP).url(file)).contains(url);
    }

    @ParameterizedTest
    @ValueSource(strings = {"C:\\other\\a.c", "D:\\bad\\a.c", "E:\\number", "C:\\shop", "", "*"})
    void othersHaveNone(String file) {
        assertThat(link(MAP).url(file)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"documents\": []}", "{\"documents\": {\"C:"})
    void whatIsNoMapTellsNothing(String text) {
        assertThat(link(text).url("C:\\shop\\a.c")).isEmpty();
    }

    @Test
    void mapsOfSeveralStreamsAreOne() {
        SourceLink link = SourceLink.of(List.of(
                bytes("{\"documents\": {\"/a/*\": \"https://h/a/*\"}}"),
                bytes("no map"),
                bytes("{\"documents\": {\"/b/*\": \"https://h/b/*\"}}")));
        assertThat(link.url("/a/x")).contains("https://h/a/x");
        assertThat(link.url("/b/x")).contains("https://h/b/x");
    }

    private static SourceLink link(String text) {
        return SourceLink.of(List.of(bytes(text)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
