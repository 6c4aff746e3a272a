package dev.mortem.analyze.descriptor;

import dev.mortem.base.kernel.Endpoint;
import dev.mortem.base.kernel.InternetAddress;
import dev.mortem.base.snapshot.MemoryReader;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A struct sockaddr in memory (bits/sockaddr.h, netinet/in.h, sys/un.h): sockaddr_in has the port at 2
 * and the address at 4, sockaddr_in6 the address at 8, both in network order; sockaddr_un a path at 2.
 */
final class SocketAddress {
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    /** sizeof(struct sockaddr_storage); who says more means something else. */
    private static final int SIZE_MAX = 128;

    private SocketAddress() {}

    static Optional<Endpoint> read(MemoryReader memory, OptionalLong address, OptionalLong size) {
        if (address.isEmpty()
                || size.isEmpty()
                || size.getAsLong() < 3
                || size.getAsLong() > SIZE_MAX) {
            return Optional.empty();
        }
        OptionalLong family = memory.unsigned(address.getAsLong(), 2);
        return family.isEmpty()
                ? Optional.empty()
                : memory.bytes(address.getAsLong(), (int) size.getAsLong())
                        .flatMap(bytes -> endpoint((int) family.getAsLong(), bytes));
    }

    private static Optional<Endpoint> endpoint(int family, byte[] bytes) {
        return switch (family) {
            case AF_INET -> internet(bytes, 4, 4);
            case AF_INET6 -> internet(bytes, 8, 16);
            case AF_UNIX -> Optional.of(new Endpoint(path(bytes), OptionalInt.empty()));
            default -> Optional.empty();
        };
    }

    private static Optional<Endpoint> internet(byte[] bytes, int offset, int sizeBytes) {
        if (bytes.length < offset + sizeBytes) {
            return Optional.empty();
        }
        int port = (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
        String host = InternetAddress.text(Arrays.copyOfRange(bytes, offset, offset + sizeBytes));
        return Optional.of(new Endpoint(host, OptionalInt.of(port)));
    }

    /** An abstract name starts with a NUL (unix(7)), which is shown as "@". */
    private static String path(byte[] bytes) {
        int end = 3;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        String name = new String(bytes, 2, end - 2, StandardCharsets.UTF_8);
        return name.startsWith("\0") ? "@" + name.substring(1) : name;
    }
}
