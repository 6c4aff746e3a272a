package dev.mortem.os.linux.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Masks of a status file, whole and cut. */
class DispositionsTest {
    private static final String STATUS =
            "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\nSigCgt:\t80000001800104e8\n";

    private static long mask(String text, String name) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096).put(bytes).flip();
        return Dispositions.mask(
                buffer, bytes.length, ("\n" + name + ":\t").getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aMaskIsFoundByItsName() {
        assertThat(mask(STATUS, "SigCgt")).isEqualTo(0x80000001800104e8L);
        assertThat(mask(STATUS, "SigIgn")).isEqualTo(0x1000);
    }

    @Test
    void aMaskThatIsNotThereWholeIsNone() {
        int begins = STATUS.indexOf("SigCgt");
        for (int size = begins; size < STATUS.length() - 1; size++) {
            assertThat(mask(STATUS.substring(0, size), "SigCgt")).isZero();
        }
    }
}
