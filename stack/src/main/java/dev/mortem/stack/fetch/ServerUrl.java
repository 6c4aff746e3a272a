package dev.mortem.stack.fetch;

import dev.mortem.base.text.Escape;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The address of a server of symbols: http or https, a host, perhaps a port and a path, nothing else. A
 * password in it would end up in reports, so none is taken. One address may be asked as a debuginfod
 * server and as a symbol store.
 */
public final class ServerUrl {
    private static final String UNRESERVED =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    private final String base;

    private ServerUrl(String base) {
        this.base = base;
    }

    /**
     * @throws IllegalArgumentException when it is none; the message says what is wrong, without a
     *     password that may be in it
     */
    public static ServerUrl of(String text) {
        URI uri;
        try {
            uri = new URI(text.strip());
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(
                    "not a URL: " + malformed.getReason() + " at " + malformed.getIndex(),
                    malformed);
        }
        if (!isHttp(uri)) {
            throw new IllegalArgumentException("only http and https servers can be asked");
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("a URL without a host");
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("a user's name or password is not taken in a URL");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("a server's URL has no '?' and no '#'");
        }
        return new ServerUrl(uri.toASCIIString().replaceFirst("/+$", ""));
    }

    static boolean isHttp(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        return scheme.equals("http") || scheme.equals("https");
    }

    /** {@code /buildid/BUILDID/executable} or {@code /debuginfo}. */
    URI of(String buildId, String kind) {
        return URI.create(base + "/buildid/" + buildId + "/" + kind);
    }

    /**
     * {@code /buildid/BUILDID/source/SOURCE/FILE}: everything in the path that is not unreserved or a
     * slash is percent-encoded (RFC 3986, section 2.1).
     */
    URI ofSource(String buildId, String path) {
        return URI.create(base + "/buildid/" + buildId + "/source" + encoded(path));
    }

    /** A file of a symbol store by its path below the store's root. */
    URI ofStore(String path) {
        return URI.create(base + "/" + encoded(path));
    }

    private static String encoded(String path) {
        StringBuilder encoded = new StringBuilder();
        for (byte each : path.getBytes(StandardCharsets.UTF_8)) {
            char one = (char) (each & 0xff);
            if (one == '/' || UNRESERVED.indexOf(one) >= 0) {
                encoded.append(one);
            } else {
                encoded.append('%').append("%02X".formatted(each & 0xff));
            }
        }
        return encoded.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ServerUrl url && url.base.equals(base);
    }

    @Override
    public int hashCode() {
        return base.hashCode();
    }

    @Override
    public String toString() {
        return Escape.visible(base);
    }
}
