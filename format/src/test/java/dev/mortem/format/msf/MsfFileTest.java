package dev.mortem.format.msf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.synth.MsfSynth;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

class MsfFileTest {
    private static final int BLOCK_BYTES = 512;

    private static ByteSource source(byte[] bytes) {
        return ByteSource.ofBytes("small.msf", bytes, ByteOrder.LITTLE_ENDIAN);
    }

    private static MsfFile open(byte[] bytes) throws MalformedException {
        return MsfFile.open(source(bytes), Limits.defaults());
    }

    /** Byte n of the stream is n, cut to a byte. */
    private static byte[] counted(int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        for (int at = 0; at < sizeBytes; at++) {
            bytes[at] = (byte) at;
        }
        return bytes;
    }

    private static byte[] file(boolean scattered, byte[]... streams) {
        MsfSynth file = MsfSynth.inMemory(BLOCK_BYTES);
        if (scattered) {
            file.scattered();
        }
        for (byte[] stream : streams) {
            file.stream(stream);
        }
        file.finish();
        return file.bytes();
    }

    @Test
    void aScatteredStreamReadsAsOne() throws Exception {
        for (boolean scattered : new boolean[] {false, true}) {
            MsfStream stream = open(file(scattered, new byte[9], counted(3000))).stream(
                            "Counted", 1)
                    .orElseThrow();

            assertThat(stream.sizeBytes()).isEqualTo(3000);
            assertThat(stream.slice("all", 0, 3000).bytes("all", 0, 3000)).isEqualTo(counted(3000));
            assertThat(stream.u4("within", 0x100)).isEqualTo(0x0302_0100L);
            assertThat(stream.u4("across", 510)).isEqualTo(0x0100_fffeL);
            assertThat(stream.u2("across", 511)).isEqualTo(0x00ff);
            assertThat(stream.atMost("end", 2998, 100).sizeBytes()).isEqualTo(2);
            assertThat(stream.atMost("behind", 4000, 100).sizeBytes()).isZero();
            assertThatThrownBy(() -> stream.u4("end", 2997))
                    .hasMessage("small.msf: Counted.end at 0xbb5: 4 bytes needed, 3 bytes left");
            assertThatThrownBy(() -> stream.slice("huge", 8, -1L))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void deletedStreamsAndOtherNumbersAreNone() throws Exception {
        byte[] bytes = file(false, new byte[4]);
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int directory = file.getInt(file.getInt(52) * BLOCK_BYTES) * BLOCK_BYTES;
        assertThat(open(bytes).stream("it", 0)).isPresent();
        file.putInt(directory + 4, -1);

        assertThat(open(bytes).stream("it", 0)).isEmpty();
        assertThat(open(bytes).stream("it", 1)).isEmpty();
        assertThat(open(bytes).stream("it", 0xffff)).isEmpty();
    }

    @Test
    void aScatteredPartIsCopiedUpToTheLimit() throws Exception {
        byte[] bytes = file(true, counted(2000));
        Limits limits = Limits.defaults().with(MsfFile.SPLICED_BYTES, 1000);
        MsfStream stream =
                MsfFile.open(source(bytes), limits).stream("Counted", 0).orElseThrow();

        assertThat(stream.slice("part", 100, 1000).sizeBytes()).isEqualTo(1000);
        assertThatThrownBy(() -> stream.slice("part", 100, 1001))
                .hasMessageContaining("1,001 scattered bytes, at most 1,000");
        assertThat(MsfFile.open(source(file(false, counted(2000))), limits).stream("Counted", 0)
                        .orElseThrow()
                        .slice("part", 100, 1001)
                        .sizeBytes())
                .as("in one piece it is not copied")
                .isEqualTo(1001);
    }

    @Test
    void aDirectoryWhoseBlocksTakeSeveralBlocksToList() throws Exception {
        MsfSynth file = MsfSynth.inMemory(BLOCK_BYTES);
        for (int stream = 0; stream < 20_000; stream++) {
            file.reserve();
        }
        file.fill(19_999, counted(600));
        file.finish();
        byte[] bytes = file.bytes();

        assertThat(open(bytes).stream("Last", 19_999).orElseThrow().u4("field", 4))
                .isEqualTo(0x0706_0504L);
        Limits fewer = Limits.defaults().with(MsfFile.STREAMS, 19_999);
        assertThatThrownBy(() -> MsfFile.open(source(bytes), fewer))
                .hasMessageContaining("20,000 streams, at most 19,999");
        Limits enough = Limits.defaults().with(MsfFile.DIRECTORY_BYTES, 80_012);
        assertThat(MsfFile.open(source(bytes), enough).isCut()).isFalse();
        Limits smaller = Limits.defaults().with(MsfFile.DIRECTORY_BYTES, 80_011);
        assertThatThrownBy(() -> MsfFile.open(source(bytes), smaller))
                .hasMessageContaining("80,012 bytes, at most 80,011");
    }

    @Test
    void aFileThatWasCutSaysSo() {
        byte[] bytes = file(false, counted(2000));

        assertThatThrownBy(() -> open(Arrays.copyOf(bytes, 3000)))
                .hasMessage(
                        "small.msf: bytes.NumBlocks at 0x28: the file was cut: it has 3,000 bytes,"
                                + " %,d bytes".formatted(bytes.length));
    }

    @Test
    void blockSizesThatAreNone() {
        for (int size : new int[] {0, 256, 513, 1 << 17, -512}) {
            byte[] bytes = file(false, counted(10));
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(32, size);
            assertThatThrownBy(() -> open(bytes))
                    .hasMessageContaining("a power of two from 512 to 65,536");
        }
    }
}
