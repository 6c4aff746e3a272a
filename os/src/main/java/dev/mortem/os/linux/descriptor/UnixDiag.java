package dev.mortem.os.linux.descriptor;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The messages of sock_diag(7) about Unix sockets: a request for all of them, and answers of this
 * machine's byte order, each a datagram of several messages (linux/netlink.h, linux/sock_diag.h,
 * linux/unix_diag.h). Makes no call. Belongs to one thread.
 */
final class UnixDiag {
    /** NLMSG_ERROR and NLMSG_DONE of netlink(7), then SOCK_DIAG_BY_FAMILY. */
    private static final int NLMSG_ERROR = 2;

    private static final int NLMSG_DONE = 3;
    private static final int SOCK_DIAG_BY_FAMILY = 20;

    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_DUMP = 0x300;
    private static final int AF_UNIX = 1;

    /** UDIAG_SHOW_PEER, UDIAG_SHOW_RQLEN: what is wanted of each, and the attributes that it comes in. */
    private static final int SHOW_PEER = 4;

    private static final int SHOW_QUEUE = 0x10;
    private static final int UNIX_DIAG_PEER = 2;
    private static final int UNIX_DIAG_RQLEN = 4;

    private static final int HEADER_BYTES = 16;
    private static final int REQUEST_BYTES = HEADER_BYTES + 24;

    /** struct unix_diag_msg: family, type, state and padding of a byte each, the inode, a cookie of 8. */
    private static final int MESSAGE_BYTES = 16;

    private final Map<Long, Told> sockets = new HashMap<>();

    /**
     * What is told of one socket.
     *
     * @param peer the inode of the other end
     * @param receiveQueue bytes that wait to be read; of a listening one, connections to be accepted
     */
    record Told(OptionalLong peer, OptionalLong receiveQueue) {}

    /** Asks for all Unix sockets of our own network namespace. */
    static byte[] request() {
        return ByteBuffer.allocate(REQUEST_BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(REQUEST_BYTES)
                .putShort((short) SOCK_DIAG_BY_FAMILY)
                .putShort((short) (NLM_F_REQUEST | NLM_F_DUMP))
                .putInt(1) // sequence
                .putInt(0) // to the kernel
                .put((byte) AF_UNIX)
                .put((byte) 0) // protocol
                .putShort((short) 0)
                .putInt(-1) // of all states
                .putInt(0) // not one by its inode
                .putInt(SHOW_PEER | SHOW_QUEUE)
                .putLong(-1) // nor by its cookie
                .array();
    }

    /**
     * Reads one datagram.
     *
     * @return whether it ends the answer
     * @throws MalformedException also where the kernel refused the request
     */
    boolean read(byte[] datagram) throws MalformedException {
        ByteSource bytes = ByteSource.ofBytes("sock_diag", datagram, ByteOrder.nativeOrder());
        ByteCursor messages = bytes.cursor(0);
        while (messages.remaining() >= HEADER_BYTES) {
            long sizeBytes = bytes.u4("nlmsg_len", messages.position());
            if (sizeBytes < HEADER_BYTES) {
                throw messages.malformed("nlmsg_len", String.valueOf(sizeBytes), "16 or more");
            }
            int type = bytes.u2("nlmsg_type", messages.position() + 4);
            if (type == NLMSG_ERROR) {
                throw messages.malformed("nlmsg_type", "NLMSG_ERROR", "an answer");
            }
            if (type == NLMSG_DONE) {
                return true;
            }
            ByteSource message = messages.take("message", sizeBytes);
            if (type == SOCK_DIAG_BY_FAMILY) {
                socket(message.from("unix_diag_msg", HEADER_BYTES));
            }
            messages.skip("padding", Math.min(messages.remaining(), -sizeBytes & 3));
        }
        return false;
    }

    /** What was told, by the sockets' inodes. */
    Map<Long, Told> sockets() {
        return Map.copyOf(sockets);
    }

    private void socket(ByteSource message) throws MalformedException {
        long inode = message.u4("udiag_ino", 4);
        OptionalLong peer = OptionalLong.empty();
        OptionalLong queue = OptionalLong.empty();
        ByteCursor attributes = message.cursor(MESSAGE_BYTES);
        while (attributes.remaining() >= 4) {
            int sizeBytes = attributes.u2("nla_len");
            int type = attributes.u2("nla_type");
            if (sizeBytes < 4) {
                throw attributes.malformed("nla_len", String.valueOf(sizeBytes), "4 or more");
            }
            ByteSource value = attributes.take("attribute", sizeBytes - 4L);
            if (type == UNIX_DIAG_PEER) {
                peer = OptionalLong.of(value.u4("UNIX_DIAG_PEER", 0));
            } else if (type == UNIX_DIAG_RQLEN) {
                queue = OptionalLong.of(value.u4("udiag_rqueue", 0));
            }
            attributes.skip("padding", Math.min(attributes.remaining(), -sizeBytes & 3));
        }
        sockets.put(inode, new Told(peer, queue));
    }
}
