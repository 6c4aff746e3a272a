package dev.mortem.os.linux.descriptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.Endpoint;
import dev.mortem.os.linux.descriptor.UnixDiag.Told;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;

/** Answers of sock_diag(7), and what becomes of them. */
class UnixDiagTest {
    private static final int DONE = 3;
    private static final int ERROR = 2;
    private static final int SOCKET = 20;

    private static ByteBuffer bytes(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.nativeOrder());
    }

    private static byte[] message(int type, ByteBuffer body) {
        body.flip();
        byte[] content = new byte[body.limit()];
        body.get(content);
        int sizeBytes = 16 + content.length;
        return bytes(sizeBytes)
                .putInt(sizeBytes)
                .putShort((short) type)
                .putShort((short) 2)
                .putInt(1)
                .putInt(0)
                .put(content)
                .array();
    }

    /** A socket with its peer and what waits in its queue; 0 for no peer. */
    private static byte[] socket(int inode, int peer, int queue) {
        ByteBuffer body = bytes(64).putInt(0x0001_0101).putInt(inode).putLong(7);
        if (peer != 0) {
            body.putShort((short) 8).putShort((short) 2).putInt(peer);
        }
        body.putShort((short) 5)
                .putShort((short) 6)
                .put((byte) 0)
                .put(new byte[3]); // UNIX_DIAG_SHUTDOWN
        return message(
                SOCKET,
                body.putShort((short) 12).putShort((short) 4).putInt(queue).putInt(0));
    }

    private static byte[] joined(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        Arrays.stream(parts).forEach(all::put);
        return all.array();
    }

    @Test
    void peersAndQueuesAreReadFromSeveralDatagrams() throws Exception {
        UnixDiag answer = new UnixDiag();
        assertThat(answer.read(joined(socket(31, 32, 5), socket(32, 31, 0)))).isFalse();
        assertThat(answer.read(joined(socket(33, 0, 2), message(DONE, bytes(4).putInt(0)))))
                .isTrue();
        assertThat(answer.sockets())
                .isEqualTo(Map.of(
                        31L,
                        new Told(OptionalLong.of(32), OptionalLong.of(5)),
                        32L,
                        new Told(OptionalLong.of(31), OptionalLong.of(0)),
                        33L,
                        new Told(OptionalLong.empty(), OptionalLong.of(2))));
    }

    @Test
    void aRefusalIsNoAnswer() {
        byte[] refused = message(ERROR, bytes(20).putInt(-2).putLong(0).putLong(0));
        assertThatThrownBy(() -> new UnixDiag().read(refused))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("NLMSG_ERROR");
    }

    @Test
    void everyTruncationEndsWellOrIsRefused() throws Exception {
        byte[] whole = joined(socket(31, 32, 5), socket(32, 31, 0));
        int refused = 0;
        for (int length = 0; length < whole.length; length++) {
            UnixDiag answer = new UnixDiag();
            try {
                assertThat(answer.read(Arrays.copyOf(whole, length))).isFalse();
            } catch (MalformedException cut) {
                refused++;
            }
            assertThat(answer.sockets()).hasSizeLessThan(2);
        }
        assertThat(refused).isPositive();
    }

    @Test
    void damageDoesNoHarm() {
        byte[] whole = joined(socket(31, 32, 5), socket(32, 31, 0), socket(33, 0, 2));
        Random random = new Random(31);
        int refused = 0;
        for (int run = 0; run < 20_000; run++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            UnixDiag answer = new UnixDiag();
            try {
                answer.read(damaged);
            } catch (MalformedException malformed) {
                refused++;
            }
            assertThat(answer.sockets()).hasSizeLessThan(5);
        }
        assertThat(refused).isBetween(100, 19_900);
    }

    @Test
    void theRequestAsksForAllWithPeersAndQueues() {
        ByteBuffer request = ByteBuffer.wrap(UnixDiag.request()).order(ByteOrder.nativeOrder());
        assertThat(request.getInt(0)).isEqualTo(40).isEqualTo(request.capacity());
        assertThat(request.getShort(4)).isEqualTo((short) 20);
        assertThat(request.getShort(6)).isEqualTo((short) 0x301);
        assertThat(request.get(16)).isEqualTo((byte) 1);
        assertThat(request.getInt(20)).isEqualTo(-1);
        assertThat(request.getInt(28)).isEqualTo(0x14);
        assertThat(request.getLong(32)).isEqualTo(-1);
    }

    @Test
    void aClientIsToldTheServersPathAndWhoListensHowManyWait() {
        SocketTable table = new SocketTable(Set.of(31L, 33L, 35L));
        List<String> lines = List.of(
                "0: 00000003 00000000 00000000 0001 03    31",
                "0: 00000003 00000000 00000000 0001 03    32 /run/app.sock",
                "0: 00000002 00000000 00010000 0001 01    33 /run/own.sock",
                "0: 00000003 00000000 00000000 0001 03    35");
        table.readUnix(lines);
        assertThat(table.hasUnix()).isTrue();
        Map<Long, Long> peers = table.unixPeers(
                Map.of(
                        31L, new Told(OptionalLong.of(32), OptionalLong.of(5)),
                        32L, new Told(OptionalLong.of(31), OptionalLong.of(0)),
                        33L, new Told(OptionalLong.empty(), OptionalLong.of(2))),
                lines);
        assertThat(peers).isEqualTo(Map.of(31L, 32L));
        Socket client = socket(table, 31L);
        assertThat(client.remote().map(Endpoint::text)).contains("/run/app.sock");
        assertThat(client.receiveQueue()).hasValue(5);
        assertThat(socket(table, 33L).remote()).isEmpty();
        assertThat(socket(table, 33L).receiveQueue()).hasValue(2);
        assertThat(socket(table, 35L).receiveQueue()).as("not told of").isEmpty();
        assertThat(new SocketTable(Set.of(1L)).hasUnix()).isFalse();
    }

    private static Socket socket(SocketTable table, long inode) {
        return Optional.ofNullable(table.sockets().get(inode)).orElseThrow();
    }
}
