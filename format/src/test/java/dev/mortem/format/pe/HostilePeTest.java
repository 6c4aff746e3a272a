package dev.mortem.format.pe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.PeSynth;
import dev.mortem.testkit.synth.PeTables;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Broken images: MalformedException or a Diagnostic, in bounded time and memory. */
class HostilePeTest {
    private static final int MUTATIONS = 20_000;

    private static final List<byte[]> SOUND = List.of(
            SmallPe.x64().file(),
            SmallPe.arm64().file(),
            SmallPe.x86().file(),
            SmallPe.x64().mapped(),
            SmallPe.arm64().mapped());

    @Test
    void soundImagesAreReadWithoutADiagnostic() throws MalformedException {
        for (int which = 0; which < SOUND.size(); which++) {
            DiagnosticLog diagnostics = new DiagnosticLog();
            PeImage image = PeParts.open(SOUND.get(which), layout(which), diagnostics);
            assertThat(PeParts.readAll(image, diagnostics)).isGreaterThan(10);
            assertThat(diagnostics.entries()).isEmpty();
        }
    }

    @Test
    void everyTruncationIsMalformedOrReadAsFarAsItGoes() {
        int read = 0;
        for (int which = 0; which < 3; which++) {
            for (int size = 0; size < SOUND.get(which).length; size++) {
                read += tryReadAll(Arrays.copyOf(SOUND.get(which), size), layout(which));
            }
        }
        assertThat(read).isBetween(1, 3 * SOUND.getFirst().length);
    }

    @Test
    void mutationsNeverDoWorseThanADiagnostic() {
        SplittableRandom random = new SplittableRandom(1993);
        int read = 0;
        for (int round = 0; round < MUTATIONS; round++) {
            int which = round % SOUND.size();
            byte[] mutated = SOUND.get(which).clone();
            for (int flip = random.nextInt(6); flip >= 0; flip--) {
                // most bytes of a page are padding: half of the flips go into the headers
                int room = random.nextBoolean() ? 0x400 : mutated.length;
                int at = random.nextInt(room);
                mutated[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
            }
            read += tryReadAll(mutated, layout(which));
        }
        assertThat(read).isBetween(MUTATIONS / 10, MUTATIONS);
    }

    @Test
    void moreExportsThanOrdinalsAreRefused() throws MalformedException {
        byte[] file = SmallPe.x86().file();
        int directory = 0x600;
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(directory + 24, 0x1_0001);
        DiagnosticLog diagnostics = new DiagnosticLog();
        PeImage image = PeParts.open(file, PeLayout.FILE, diagnostics);
        assertThatThrownBy(() -> PeExports.read(image, diagnostics))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("65,537 exports, at most 65,536");
    }

    @Test
    void aForwarderToItselfIsOnlyAText() throws MalformedException {
        PeSynth synth = new PeSynth(PeSynth.AMD64);
        Layout data = synth.section(".rdata", PeSynth.DATA);
        PeTables.exports(
                synth,
                data,
                "loop.dll",
                1,
                List.of(new PeTables.Export("Loop", Label.of(0), "loop.Loop")));
        DiagnosticLog diagnostics = new DiagnosticLog();
        PeImage image = PeParts.open(synth.file(), PeLayout.FILE, diagnostics);
        assertThat(PeExports.read(image, diagnostics).find("Loop").orElseThrow().forwarder())
                .contains("loop.Loop");
    }

    @Test
    void aResourceTreeThatLeadsIntoItselfHasNoVersion() throws MalformedException {
        PeSynth synth = new PeSynth(PeSynth.AMD64);
        Layout data = synth.section(".rsrc", PeSynth.DATA);
        data.zeros(12).u2(0).u2(1).u4(16).u4(0x8000_0000L);
        synth.directory(PeSynth.RESOURCE, data.start(), data.here());
        DiagnosticLog diagnostics = new DiagnosticLog();
        PeImage image = PeParts.open(synth.file(), PeLayout.FILE, diagnostics);
        // its leaf is no place of data within the tree
        assertThatThrownBy(() -> VersionResource.read(image, diagnostics))
                .isInstanceOf(MalformedException.class);
    }

    private static PeLayout layout(int which) {
        return which < 3 ? PeLayout.FILE : PeLayout.MAPPED;
    }

    /** 1 where its headers could be read. */
    private static int tryReadAll(byte[] bytes, PeLayout layout) {
        DiagnosticLog diagnostics = new DiagnosticLog();
        try {
            PeParts.readAll(PeParts.open(bytes, layout, diagnostics), diagnostics);
            return 1;
        } catch (MalformedException malformed) {
            assertThat(malformed.getMessage()).isNotEmpty();
            return 0;
        }
    }
}
