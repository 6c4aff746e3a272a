package dev.mortem.stack.fetch;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Proxies as most programs of Linux take them from the environment: {@code http_proxy}, {@code
 * https_proxy}, {@code all_proxy} and {@code no_proxy}, in small letters or large ones, the small first
 * (curl(1), "Environment"). Where none is set, those that the JVM was given. Safe for any thread.
 */
public final class EnvironmentProxies extends ProxySelector {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final Optional<InetSocketAddress> http;
    private final Optional<InetSocketAddress> https;
    private final List<String> direct;
    private final Optional<ProxySelector> others;

    private EnvironmentProxies(
            Optional<InetSocketAddress> http,
            Optional<InetSocketAddress> https,
            List<String> direct,
            Optional<ProxySelector> others) {
        this.http = http;
        this.https = https;
        this.direct = direct;
        this.others = others;
    }

    /** @throws IllegalArgumentException when a variable names no proxy; the message says which and why */
    public static EnvironmentProxies of(Map<String, String> environment) {
        Optional<InetSocketAddress> http = proxy(environment, "http_proxy");
        Optional<InetSocketAddress> https = proxy(environment, "https_proxy");
        return new EnvironmentProxies(
                http,
                https,
                exceptions(value(environment, "no_proxy").orElse("")),
                http.isEmpty() && https.isEmpty()
                        ? Optional.ofNullable(ProxySelector.getDefault())
                        : Optional.empty());
    }

    @Override
    public List<Proxy> select(URI uri) {
        if (others.isPresent()) {
            return others.get().select(uri);
        }
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        Optional<InetSocketAddress> proxy = secure ? https : http;
        return proxy.isEmpty() || isDirect(uri, secure)
                ? List.of(Proxy.NO_PROXY)
                : List.of(new Proxy(Proxy.Type.HTTP, proxy.get()));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // whoever asked hears of it as of any failure
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .or(() -> Optional.ofNullable(environment.get(name.toUpperCase(Locale.ROOT))))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    private static Optional<InetSocketAddress> proxy(Map<String, String> environment, String name) {
        // a CGI program gets a client's header "Proxy" as HTTP_PROXY (httpoxy, CVE-2016-5385)
        boolean cgi = environment.containsKey("REQUEST_METHOD") && name.equals("http_proxy");
        Optional<String> named = cgi
                ? Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank())
                : value(environment, name);
        return named.or(() -> value(environment, "all_proxy")).map(text -> address(name, text));
    }

    private static InetSocketAddress address(String name, String text) {
        try {
            URI uri = new URI(text.contains("://") ? text : "http://" + text);
            if (!"http".equalsIgnoreCase(uri.getScheme())) {
                throw new IllegalArgumentException(
                        name + ": only proxies that speak http are used, http://HOST:PORT");
            }
            if (uri.getRawUserInfo() != null) {
                throw new IllegalArgumentException(name
                        + ": a proxy that wants a password is not supported; run one on this"
                        + " machine that logs in to it");
            }
            if (uri.getHost() == null) {
                throw new IllegalArgumentException(name + ": names no host, http://HOST:PORT does");
            }
            return InetSocketAddress.createUnresolved(
                    uri.getHost(), uri.getPort() < 0 ? HTTP_PORT : uri.getPort());
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(
                    name + ": not a proxy's address: " + malformed.getReason(), malformed);
        }
    }

    private static List<String> exceptions(String text) {
        List<String> found = new ArrayList<>();
        for (String each : text.split("[,\\s]+", -1)) {
            if (!each.isEmpty()) {
                found.add(each.toLowerCase(Locale.ROOT));
            }
        }
        return List.copyOf(found);
    }

    /** {@code *}, a host, a domain with all below it, each perhaps with a port. */
    private boolean isDirect(URI uri, boolean secure) {
        String host = Optional.ofNullable(uri.getHost())
                .orElse("")
                .toLowerCase(Locale.ROOT)
                .replaceAll("^\\[|\\]$", "");
        int port = uri.getPort() >= 0 ? uri.getPort() : secure ? HTTPS_PORT : HTTP_PORT;
        return direct.stream().anyMatch(rule -> covers(rule, host, port));
    }

    private static boolean covers(String rule, String host, int port) {
        if (rule.equals("*")) {
            return true;
        }
        int colon = rule.lastIndexOf(':');
        boolean withPort = colon > 0
                && rule.indexOf(':') == colon
                && rule.substring(colon + 1).matches("[0-9]+");
        if (withPort && !rule.substring(colon + 1).equals(Integer.toString(port))) {
            return false;
        }
        String domain = (withPort ? rule.substring(0, colon) : rule)
                .replaceFirst("^\\*?\\.", "")
                .replaceAll("^\\[|\\]$", "");
        return host.equals(domain) || host.endsWith("." + domain);
    }
}
