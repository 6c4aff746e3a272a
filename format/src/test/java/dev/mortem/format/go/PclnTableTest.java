package dev.mortem.format.go;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.GoTableSynth;
import dev.mortem.testkit.synth.GoTableSynth.Version;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Tables of each layout, laid out by hand. */
class PclnTableTest {
    private static final String TOTAL = "main.(*cart).total";
    private static final long TOTAL_SVMA = GoTableSynth.TEXT + 0x40;
    private static final int MUTATIONS = 5_000; // of each of the four layouts

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @ParameterizedTest
    @EnumSource
    void eachLayoutTellsFunctionFileAndLine(Version version) throws Exception {
        for (ElfTarget target : List.of(ElfTarget.X86_64, ElfTarget.I386, ElfTarget.PPC32)) {
            GoSymbols symbols = read(new GoTableSynth(target, version).image()).orElseThrow();
            long main = GoTableSynth.TEXT;
            String file = GoTableSynth.MAIN_FILE;
            assertThat(symbols.framesAt(main))
                    .containsExactly(new GoFrame("main.main", file, 10, false));
            assertThat(symbols.framesAt(main + 0xf).getFirst().line()).isEqualTo(10);
            assertThat(symbols.framesAt(main + 0x10).getFirst().line()).isEqualTo(12);
            assertThat(symbols.framesAt(TOTAL_SVMA + 0x1f))
                    .containsExactly(new GoFrame(TOTAL, GoTableSynth.CART_FILE, 33, false));
            assertThat(symbols.functionAt(TOTAL_SVMA + 1))
                    .contains(new GoSymbols.GoFunction(TOTAL, TOTAL_SVMA, 0x20));
            assertThat(symbols.functionAt(main - 1)).isEmpty();
            assertThat(symbols.functionAt(TOTAL_SVMA + 0x20)).isEmpty();
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"GO_1_18", "GO_1_20"})
    void inlinedCallsAreFramesOfTheirOwn(Version version) throws Exception {
        GoSymbols symbols =
                read(new GoTableSynth(ElfTarget.X86_64, version).image()).orElseThrow();
        assertThat(symbols.framesAt(TOTAL_SVMA + 8))
                .containsExactly(
                        new GoFrame("main.price", GoTableSynth.CART_FILE, 7, true),
                        new GoFrame(TOTAL, GoTableSynth.CART_FILE, 33, false));
        assertThat(symbols.framesAt(TOTAL_SVMA + 7)).hasSize(1);
        assertThat(symbols.framesAt(TOTAL_SVMA + 16)).hasSize(1);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void inAStoppedProcessMemoryIsEnough(Version version) throws Exception {
        byte[] image = new GoTableSynth(ElfTarget.X86_64, version).image();
        ElfFile headers = ElfFile.readImage(source(image), Limits.defaults(), diagnostics);
        GoSymbols symbols = GoSymbols.of(
                        Optional.empty(),
                        Optional.of(headers),
                        (part, svma, sizeBytes) -> inMemory(headers, part, svma, sizeBytes),
                        0,
                        Limits.defaults(),
                        diagnostics)
                .orElseThrow();
        assertThat(symbols.framesAt(TOTAL_SVMA).getLast().function()).isEqualTo(TOTAL);
        assertThat(symbols.framesAt(TOTAL_SVMA + 8).getFirst().line()).isEqualTo(7);
        Optional<GoSymbols> none = GoSymbols.of(
                Optional.empty(),
                Optional.of(headers),
                (part, svma, sizeBytes) -> headers.bytes().atMost(part, -1, 0),
                0,
                Limits.defaults(),
                diagnostics);
        assertThat(none).isEmpty();
        assertThat(diagnostics.entries()).isEmpty();
    }

    private static ByteSource inMemory(ElfFile headers, String part, long svma, long sizeBytes) {
        return headers.programHeaders().stream()
                .filter(segment -> segment.svmaRange().contains(svma))
                .findFirst()
                .map(segment -> headers.presentContent(segment)
                        .atMost(part, svma - segment.svma(), sizeBytes))
                .orElse(headers.bytes().atMost(part, -1, 0));
    }

    @ParameterizedTest
    @EnumSource
    void everyTruncationIsReadAsFarAsItGoes(Version version) throws Exception {
        byte[] sound = new GoTableSynth(ElfTarget.X86_64, version).image();
        for (int size = 64; size < sound.length; size++) {
            readAll(Arrays.copyOf(sound, size));
        }
    }

    @ParameterizedTest
    @EnumSource
    void mutationsNeverDoWorseThanADiagnostic(Version version) throws Exception {
        byte[] sound = new GoTableSynth(ElfTarget.X86_64, version).image();
        SplittableRandom random = new SplittableRandom(2009);
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = sound.clone();
            for (int flip = random.nextInt(4); flip >= 0; flip--) {
                // behind the header: the reader of ELF has tests of its own
                int at = 64 + random.nextInt(mutated.length - 64);
                mutated[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
            }
            readAll(mutated);
        }
    }

    private void readAll(byte[] image) throws Exception {
        Optional<GoSymbols> symbols = read(image);
        if (symbols.isPresent()) {
            for (long svma = GoTableSynth.TEXT - 1; svma < TOTAL_SVMA + 0x21; svma++) {
                for (GoFrame frame : symbols.get().framesAt(svma)) {
                    assertThat(frame.line()).isNotNegative();
                }
                symbols.get().functionAt(svma);
            }
        }
    }

    private Optional<GoSymbols> read(byte[] image) throws Exception {
        ElfFile file = ElfFile.read(source(image), Limits.defaults(), diagnostics);
        return GoSymbols.of(
                Optional.of(file),
                Optional.empty(),
                (part, svma, sizeBytes) -> file.bytes().atMost(part, -1, 0),
                0,
                Limits.defaults(),
                diagnostics);
    }

    private static ByteSource source(byte[] bytes) {
        return ByteSource.ofBytes("shop", bytes, ByteOrder.LITTLE_ENDIAN);
    }
}
