package dev.mortem.os.linux.descriptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.Endpoint;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** The tables of /proc/PID/net, as a machine of this byte order prints them. */
class SocketTableTest {
    private static final String TCP_HEAD =
            "  sl  local_address rem_address   st tx_queue rx_queue tr"
                    + " tm->when retrnsmt   uid  timeout inode";

    private static final String UNIX_HEAD =
            "Num       RefCount Protocol Flags    Type St Inode Path";

    /** The four bytes of a word, first to last, as a number of this machine's order. */
    private static String word(int a, int b, int c, int d) {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        return little
                ? "%02X%02X%02X%02X".formatted(d, c, b, a)
                : "%02X%02X%02X%02X".formatted(a, b, c, d);
    }

    private static String line(
            String local, String remote, String state, String queues, long inode) {
        return "   7: " + local + " " + remote + " " + state + " " + queues
                + " 00:00000000 00000000  1000        0 " + inode
                + " 1 0000000000000000 20 4 30 10 -1";
    }

    private static final String HERE = word(10, 0, 0, 7) + ":C93A";
    private static final String SERVER = word(10, 0, 0, 5) + ":1538";
    private static final String ANY = "00000000:0000";

    private static Endpoint endpoint(String host, int port) {
        return new Endpoint(host, OptionalInt.of(port));
    }

    @Test
    void aConnectionHasTwoEndsAStateAndQueues() {
        SocketTable table = new SocketTable(Set.of(4711L));
        table.readInternet(
                "tcp",
                List.of(
                        TCP_HEAD,
                        line(HERE, SERVER, "01", "00000010:00000011", 4711),
                        line(SERVER, HERE, "01", "00000000:00000000", 4712)));
        assertThat(table.sockets())
                .isEqualTo(Map.of(
                        4711L,
                        new Socket(
                                Optional.of("tcp"),
                                Optional.of(endpoint("10.0.0.7", 51514)),
                                Optional.of(endpoint("10.0.0.5", 5432)),
                                Optional.of("ESTABLISHED"),
                                OptionalLong.of(16),
                                OptionalLong.of(17),
                                Optional.empty())));
    }

    @Test
    void whoListensHasNoOtherEnd() {
        SocketTable table = new SocketTable(Set.of(1L));
        table.readInternet(
                "tcp", List.of(line("00000000:1F90", ANY, "0A", "00000000:00000003", 1)));
        Socket socket = socket(table, 1L);
        assertThat(socket.isListening()).isTrue();
        assertThat(socket.local()).contains(endpoint("0.0.0.0", 8080));
        assertThat(socket.remote()).isEmpty();
        assertThat(socket.receiveQueue()).hasValue(3);
    }

    @Test
    void addressesOfIpv6AreFourWords() {
        String loopback = "0".repeat(24) + word(0, 0, 0, 1) + ":0050";
        String mapped = "0".repeat(16) + word(0, 0, 0xff, 0xff) + word(127, 0, 0, 1) + ":0050";
        assertThat(SocketTable.endpoint(loopback)).contains(endpoint("::1", 80));
        assertThat(SocketTable.endpoint(mapped)).contains(endpoint("127.0.0.1", 80));
    }

    @Test
    void udpIsUnconnectedNotClosed() {
        SocketTable table = new SocketTable(Set.of(1L, 2L));
        table.readInternet(
                "udp",
                List.of(
                        line("00000000:0035", ANY, "07", "00000000:00000000", 1),
                        line(HERE, SERVER, "01", "00000000:00000000", 2)));
        assertThat(socket(table, 1L).state()).contains("UNCONNECTED");
        assertThat(socket(table, 2L).state()).contains("ESTABLISHED");
        SocketTable tcp = new SocketTable(Set.of(1L));
        tcp.readInternet("tcp", List.of(line(HERE, SERVER, "07", "00000000:00000000", 1)));
        assertThat(socket(tcp, 1L).state()).contains("CLOSE");
    }

    @Test
    void theOtherEndIsTheLineWithTheEndsTurnedRound() {
        SocketTable table = new SocketTable(Set.of(4711L));
        List<String> lines = List.of(
                line(HERE, SERVER, "01", "00000000:00000000", 4711),
                line(SERVER, HERE, "01", "00000000:00000000", 4712),
                line(SERVER, word(10, 0, 0, 8) + ":C93A", "01", "00000000:00000000", 4713));
        table.readInternet("tcp", lines);
        assertThat(table.peers(lines)).isEqualTo(Map.of(4711L, 4712L));
        List<String> notAccepted =
                List.of(lines.getFirst(), line(SERVER, HERE, "01", "00000000:00000000", 0));
        assertThat(table.peers(notAccepted)).isEmpty();
    }

    @Test
    void unixSocketsHaveAPathAnAbstractNameOrNone() {
        SocketTable table = new SocketTable(Set.of(31L, 32L, 33L));
        table.readUnix(List.of(
                UNIX_HEAD,
                "0000000000000000: 00000002 00000000 00010000 0001 01    31 /run/my app.sock",
                "0000000000000000: 00000003 00000000 00000000 0001 03    32 @abstract",
                "0000000000000000: 00000003 00000000 00000000 0002 01    33",
                "0000000000000000: 00000003 00000000 00000000 0001 03    34 /run/another"));
        assertThat(table.sockets()).containsOnlyKeys(31L, 32L, 33L);
        assertThat(socket(table, 31L).isListening()).isTrue();
        assertThat(socket(table, 31L).local().map(Endpoint::text)).contains("/run/my app.sock");
        assertThat(socket(table, 32L).local().map(Endpoint::text)).contains("@abstract");
        assertThat(socket(table, 32L).state()).contains("ESTABLISHED");
        assertThat(socket(table, 33L).local()).isEmpty();
        assertThat(socket(table, 33L).state()).contains("UNCONNECTED");
    }

    @Test
    void linesOfAnUnknownFormAreNone() {
        SocketTable table = new SocketTable(Set.of(1L));
        table.readInternet("tcp", List.of("", TCP_HEAD, "7: x y 01 z 1 2 3 4 none"));
        table.readUnix(List.of("", UNIX_HEAD, "0: 1 2 3 4 5 six"));
        assertThat(table.sockets()).isEmpty();
        assertThat(table.peers(List.of(TCP_HEAD))).isEmpty();
        table.readInternet("tcp", List.of("7: x y GG z 0 0 0 0 1"));
        assertThat(socket(table, 1L).local()).isEmpty();
        assertThat(socket(table, 1L).state()).isEmpty();
        for (String text : List.of("", ":", "0100007F", "0100007F:", "0100007F:10000", "1:1")) {
            assertThat(SocketTable.endpoint(text)).as(text).isEmpty();
        }
    }

    private static Socket socket(SocketTable table, long inode) {
        return Optional.ofNullable(table.sockets().get(inode)).orElseThrow();
    }
}
