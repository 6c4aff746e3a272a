package dev.mortem.stack.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;

class EnvironmentProxiesTest {
    @Test
    void eachSchemeHasItsProxyAndSmallLettersComeFirst() {
        Map<String, String> environment = Map.of(
                "HTTP_PROXY", "http://large:1",
                "http_proxy", "http://small:2/",
                "HTTPS_PROXY", "secure:3");
        assertThat(proxy(environment, "http://h/x")).isEqualTo("small:2");
        assertThat(proxy(environment, "https://h/x")).isEqualTo("secure:3");
        assertThat(proxy(Map.of("all_proxy", "http://any"), "https://h/x")).isEqualTo("any:80");
        assertThat(proxy(Map.of("https_proxy", "a:1"), "http://h/x")).isEqualTo("direct");
    }

    /** What a client of a web server can set is not believed. */
    @Test
    void aCgiProgramTakesNoProxyFromItsClient() {
        assertThat(proxy(
                        Map.of(
                                "HTTP_PROXY", "http://evil:1",
                                "https_proxy", "s:2",
                                "REQUEST_METHOD", "GET"),
                        "http://h/x"))
                .isEqualTo("direct");
    }

    @ParameterizedTest
    @CsvSource({
        "*, http://h/x, direct",
        "h, http://h/x, direct",
        "h, http://xh/x, p:1",
        ".example.com, http://a.example.com/x, direct",
        "example.com, http://a.EXAMPLE.com/x, direct",
        "example.com, http://badexample.com/x, p:1",
        "'a b,h:8080', http://h:8080/x, direct",
        "h:8080, http://h/x, p:1",
        "h:80, http://h/x, direct",
        "[::1], http://[::1]:99/x, direct",
    })
    void exceptionsAreReachedDirectly(String exceptions, String url, String expected) {
        assertThat(proxy(Map.of("http_proxy", "p:1", "NO_PROXY", exceptions), url))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user:secret@p:1",
                "socks5://p:1",
                "http://",
                "http://a b/",
                "https://p"
            })
    void whatIsNoProxyIsRefusedWithoutItsPassword(String value) {
        assertThatThrownBy(() -> EnvironmentProxies.of(Map.of("https_proxy", value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https_proxy")
                .hasMessageNotContaining("secret");
    }

    private static String proxy(Map<String, String> environment, String url) {
        Proxy proxy = EnvironmentProxies.of(environment).select(URI.create(url)).getFirst();
        return proxy.address() instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : "direct";
    }
}
