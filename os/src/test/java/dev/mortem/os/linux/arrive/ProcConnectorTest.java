package dev.mortem.os.linux.arrive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.MalformedException;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The kernel's messages about processes, whole and cut. */
class ProcConnectorTest {
    private static final int FORK = 1;
    private static final int EXEC = 2;
    private static final int EXIT = 0x80000000;

    /** struct nlmsghdr (16), struct cn_msg (20), what, cpu, timestamp (8), four ids. */
    private static byte[] event(int what, int... ids) {
        ByteBuffer event = ByteBuffer.allocate(36 + 16 + 16).order(ByteOrder.nativeOrder());
        event.position(36);
        event.putInt(what).putInt(0).putLong(1);
        for (int id : ids) {
            event.putInt(id);
        }
        return event.array();
    }

    @Test
    void processesBeginByForkAndExec() throws Exception {
        assertThat(ProcConnector.began(event(FORK, 10, 10, 20, 20))).hasValue(20);
        assertThat(ProcConnector.began(event(EXEC, 20, 20))).hasValue(20);
    }

    @Test
    void threadsAndEndsAreNoBeginning() throws Exception {
        assertThat(ProcConnector.began(event(FORK, 10, 10, 21, 10))).isEmpty();
        assertThat(ProcConnector.began(event(EXIT, 20, 20))).isEmpty();
    }

    @Test
    void aCutMessageIsRefused() {
        byte[] whole = event(FORK, 10, 10, 20, 20);
        for (int size = 0; size < whole.length; size++) {
            byte[] cut = Arrays.copyOf(whole, size);
            assertThatThrownBy(() -> ProcConnector.began(cut))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void theRequestSaysItsSize() {
        byte[] request = ProcConnector.listenRequest();
        assertThat(request).hasSize(40);
        assertThat(ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).getInt())
                .isEqualTo(40);
    }
}
