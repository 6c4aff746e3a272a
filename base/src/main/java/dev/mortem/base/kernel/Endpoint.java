package dev.mortem.base.kernel;

import java.util.OptionalInt;

/**
 * One side of a connection.
 *
 * @param host an address in digits, IPv6 without brackets; or a Unix socket's path, "@name" where it is
 *     abstract
 * @param port empty for a Unix socket
 */
public record Endpoint(String host, OptionalInt port) {
    /** "10.0.0.5:5432", "[2001:db8::5]:5432", "/run/app.sock". */
    public String text() {
        if (port.isEmpty()) {
            return host;
        }
        String address = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return address + ":" + port.getAsInt();
    }
}
