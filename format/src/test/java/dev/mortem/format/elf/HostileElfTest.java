package dev.mortem.format.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.synth.NullPointerCrash;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Broken files: MalformedException or a Diagnostic, in bounded time and memory. */
class HostileElfTest {
    private static final byte[] SOUND = new NullPointerCrash().image();
    private static final int MUTATIONS = 10_000;

    @Test
    void theSoundFileIsReadWithoutADiagnostic() throws Exception {
        DiagnosticLog diagnostics = new DiagnosticLog();
        readAll(SOUND, diagnostics);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void everyTruncationIsMalformedOrReadAsFarAsItGoes() {
        for (int size = 0; size < SOUND.length; size++) {
            tryReadAll(Arrays.copyOf(SOUND, size));
        }
    }

    @Test
    void mutationsNeverDoWorseThanADiagnostic() {
        SplittableRandom random = new SplittableRandom(1995);
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = SOUND.clone();
            for (int flip = random.nextInt(4); flip >= 0; flip--) {
                int at = random.nextInt(mutated.length);
                mutated[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
            }
            tryReadAll(mutated);
        }
    }

    @Test
    void aCompressedSectionThatClaimsTooMuchIsRefusedBeforeItIsInflated() {
        ByteBuffer chdr = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        chdr.putInt(1).putInt(0).putLong(1L << 40).putLong(1);
        assertRefused(chdr.array(), "at most 42,312 from 40 deflated");
        chdr.putInt(0, 2);
        assertRefused(chdr.array(), "at most 1,073,741,824");
        chdr.putLong(8, -1L);
        assertRefused(chdr.array(), "18446744073709551615 bytes");
        chdr.putLong(8, 100);
        assertRefused(chdr.array(), "a sound zstd frame");
        chdr.putInt(0, 1);
        assertRefused(chdr.array(), "a zlib stream");
        chdr.putInt(0, 7);
        assertRefused(chdr.array(), "ELFCOMPRESS_ZSTD");
    }

    private static void assertRefused(byte[] content, String message) {
        SectionHeader section = new SectionHeader(
                1,
                ".debug_info",
                SectionHeader.SHT_PROGBITS,
                SectionHeader.SHF_COMPRESSED,
                0,
                0,
                content.length,
                0,
                0,
                0,
                1);
        ByteSource stored = ByteSource.ofBytes("x", content, ByteOrder.LITTLE_ENDIAN);
        assertThatThrownBy(() -> CompressedSection.inflated(
                        section, ElfClass.ELFCLASS64, stored, Limits.defaults()))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining(message);
    }

    private static void tryReadAll(byte[] bytes) {
        DiagnosticLog diagnostics = new DiagnosticLog();
        try {
            readAll(bytes, diagnostics);
        } catch (MalformedException malformed) {
            assertThat(malformed.getMessage()).isNotEmpty();
        }
    }

    private static void readAll(byte[] bytes, DiagnosticLog diagnostics) throws MalformedException {
        ByteSource source = ByteSource.ofBytes("test.so", bytes, ByteOrder.LITTLE_ENDIAN);
        ElfFile file = ElfFile.read(source, Limits.defaults(), diagnostics);
        file.buildId();
        file.debugLink();
        for (ProgramHeader segment : file.programHeaders()) {
            file.presentContent(segment).sizeBytes();
        }
        dynamic(file, diagnostics);
        for (SectionHeader section : file.sections()) {
            try {
                file.content(section).sizeBytes();
                boolean symbols = section.type() == SectionHeader.SHT_SYMTAB
                        || section.type() == SectionHeader.SHT_DYNSYM;
                if (symbols) {
                    file.symbols(section).forEach(symbol -> assertThat(symbol).isNotNull());
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "this section");
            }
        }
    }

    /** The file as if it were an image: its svmas are its offsets. */
    private static void dynamic(ElfFile file, DiagnosticLog diagnostics) {
        try {
            var dynamic = ElfDynamic.read(
                    file,
                    0,
                    (part, svma, size) -> file.bytes().atMost(part, svma, size),
                    Limits.defaults(),
                    diagnostics);
            if (dynamic.isPresent()) {
                dynamic.get().soname();
                dynamic.get().symbols().forEach(symbol -> assertThat(symbol).isNotNull());
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "dynamic symbols");
        }
    }
}
