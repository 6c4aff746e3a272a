package dev.mortem.format.elf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.synth.NullPointerCrash;

import org.junit.jupiter.api.Test;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Broken MiniDebugInfo: MalformedException, in bounded time and memory, and never other bytes. */
class HostileMiniDebugInfoTest {
    private static final byte[] INNER = new NullPointerCrash().image();
    private static final int MUTATIONS = 20_000;

    @Test
    void theSoundStreamIsTheInnerFile() throws Exception {
        MiniDebugInfo mini = read(packed(INNER, XZ.CHECK_CRC64));
        assertThat(mini.inflatedSizeBytes()).isEqualTo(INNER.length);
        assertThat(mini.file().bytes().bytes("all", 0, INNER.length)).isEqualTo(INNER);
        assertThat(mini.file()).isSameAs(mini.file());
    }

    @Test
    void everyTruncationIsMalformed() throws Exception {
        byte[] sound = packed(INNER, XZ.CHECK_CRC64);
        for (int size = 0; size < sound.length; size++) {
            assertThat(outcome(Arrays.copyOf(sound, size))).isEqualTo("malformed");
        }
    }

    @Test
    void mutationsAreMalformedOrTheSameFile() throws Exception {
        byte[] sound = packed(INNER, XZ.CHECK_CRC64);
        SplittableRandom random = new SplittableRandom(2009);
        int refused = 0;
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = sound.clone();
            for (int flip = random.nextInt(4); flip >= 0; flip--) {
                int at = random.nextInt(mutated.length);
                mutated[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
            }
            String outcome = outcome(mutated);
            assertThat(outcome).isIn("malformed", "same");
            refused += outcome.equals("malformed") ? 1 : 0;
        }
        assertThat(refused).isGreaterThan(MUTATIONS / 2);
    }

    @Test
    void withoutAChecksumTheInnerFileMayBeAnythingAndIsReadAsSuch() throws Exception {
        byte[] sound = packed(INNER, XZ.CHECK_NONE);
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 2_000; round++) {
            byte[] mutated = sound.clone();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
            assertThat(outcome(mutated)).isIn("malformed", "same", "other");
        }
    }

    @Test
    void manyZerosAreRefusedBeforeTheyAreInflated() throws Exception {
        byte[] bomb = packed(new byte[65 << 20], XZ.CHECK_NONE);
        assertThat(bomb.length).isLessThan(20_000);
        assertThat(outcome(bomb)).isEqualTo("malformed");
    }

    private static String outcome(byte[] stored) {
        try {
            MiniDebugInfo mini = read(stored);
            byte[] inflated = mini.file().bytes().bytes("all", 0, (int) mini.inflatedSizeBytes());
            return Arrays.equals(inflated, INNER) ? "same" : "other";
        } catch (MalformedException expected) {
            return "malformed";
        }
    }

    private static MiniDebugInfo read(byte[] stored) throws MalformedException {
        return MiniDebugInfo.read(
                ByteSource.ofBytes("shop", stored, ByteOrder.LITTLE_ENDIAN),
                Limits.defaults(),
                new DiagnosticLog());
    }

    private static byte[] packed(byte[] content, int check) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        LZMA2Options fast = new LZMA2Options(0);
        try (XZOutputStream out = new XZOutputStream(packed, fast, check)) {
            out.write(content);
        }
        return packed.toByteArray();
    }
}
