package dev.mortem.format.perfmap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.perfmap.PerfMap.Function;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

class PerfMapTest {
    private static final String NODE = """
            7f2a00001000 40 JS:*total /srv/shop/cart.js:12:15
            0x7f2a00001040 0x20 Builtin: Add
            7f2a00002000 100 py::serve:/srv/shop/app.py
            ffffffffff000000 10 last
            """;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @Test
    void namesGoUpToTheEndOfTheLine() {
        PerfMap map = read(NODE);
        assertThat(name(map, 0x7f2a_0000_1000L)).isEqualTo("JS:*total /srv/shop/cart.js:12:15");
        assertThat(name(map, 0x7f2a_0000_103fL)).isEqualTo("JS:*total /srv/shop/cart.js:12:15");
        assertThat(name(map, 0x7f2a_0000_1040L)).isEqualTo("Builtin: Add");
        assertThat(name(map, 0x7f2a_0000_1060L)).isEqualTo("none");
        assertThat(name(map, 0x7f2a_0000_0fffL)).isEqualTo("none");
        assertThat(name(map, 0x7f2a_0000_20ffL)).isEqualTo("py::serve:/srv/shop/app.py");
        assertThat(name(map, 0xffff_ffff_ff00_000fL)).isEqualTo("last");
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void ofOverlappingLinesTheLaterIsTrueAndTheEarlierGone() {
        PerfMap map = read("1000 100 old\n1100 100 beside\n1040 80 new\n");
        assertThat(name(map, 0x1000)).isEqualTo("none");
        assertThat(name(map, 0x1040)).isEqualTo("new");
        assertThat(name(map, 0x10bf)).isEqualTo("new");
        assertThat(name(map, 0x10c0)).isEqualTo("none");
        assertThat(name(map, 0x1100)).isEqualTo("beside");
        assertThat(name(read("1000 10 a\n1010 10 b\n0ff0 40 all\n"), 0x1010)).isEqualTo("all");
        assertThat(name(read("1000 10 a\n1000 10 b\n"), 0x1000)).isEqualTo("b");
    }

    @Test
    void whatIsNoLineIsPassedOverAndCounted() {
        PerfMap map = read("""
                1000 10 good
                x 10 no number
                2000 -1 no size

                3000
                4000 10
                +5000 10 sign
                fffffffffffffff8 10 wraps
                11111111111111111 10 more than 64 bits
                6000 0 nothing
                7000 10 also good
                8000 10 cut in the mid""");
        assertThat(map.functions()).extracting(Function::name).containsExactly("good", "also good");
        assertThat(diagnostics.entries()).hasSize(1);
        assertThat(diagnostics.entries().getFirst().what()).startsWith("9 lines are not");
    }

    @Test
    void linesBytesAndNamesAreLimited() {
        Limits twoLines = Limits.defaults().with(PerfMap.LINES_MAX, 2);
        assertThat(read("1 1 a\n2 1 b\n", twoLines).functions()).hasSize(2);
        assertThat(diagnostics.entries()).isEmpty();
        assertThat(read("1 1 a\n2 1 b\n3 1 c\n", twoLines).functions()).hasSize(2);
        assertThat(diagnostics.entries().getLast().consequence())
                .isEqualTo("functions behind line 2 have no names");
        Limits sixBytes = Limits.defaults().with(PerfMap.FILE_BYTES, 6);
        assertThat(read("1 1 a\n2 1 b\n", sixBytes).functions()).hasSize(1);
        String longName = "n".repeat(100_000);
        String read =
                read("1 1 " + longName + "\n2 1 b\n").functions().getFirst().name();
        assertThat(read).hasSizeLessThan(1100).endsWith("n…");
    }

    @Test
    void everyTruncationHasTheFirstNamesOnly() {
        List<Function> whole = read(NODE).functions();
        byte[] bytes = NODE.getBytes(StandardCharsets.UTF_8);
        for (int size = 0; size <= bytes.length; size++) {
            List<Function> part = read(Arrays.copyOf(bytes, size)).functions();
            assertThat(whole).containsAll(part);
        }
    }

    @Test
    void mutationsNeverDoWorseThanADiagnostic() {
        byte[] sound = NODE.getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 20_000; round++) {
            byte[] mutated = sound.clone();
            for (int flip = random.nextInt(6); flip >= 0; flip--) {
                int at = random.nextInt(mutated.length);
                mutated[at] = (byte)
                        (random.nextBoolean()
                                ? "0f \n".charAt(random.nextInt(4))
                                : random.nextInt(256));
            }
            List<Function> functions = read(mutated).functions();
            for (int index = 1; index < functions.size(); index++) {
                Function before = functions.get(index - 1);
                assertThat(Long.compareUnsigned(
                                before.address() + before.sizeBytes() - 1,
                                functions.get(index).address()))
                        .isNegative();
            }
        }
    }

    private static String name(PerfMap map, long address) {
        return map.at(address).map(Function::name).orElse("none");
    }

    private PerfMap read(String text) {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    private PerfMap read(String text, Limits limits) {
        return read(text.getBytes(StandardCharsets.UTF_8), limits);
    }

    private PerfMap read(byte[] bytes) {
        return read(bytes, Limits.defaults());
    }

    private PerfMap read(byte[] bytes, Limits limits) {
        return PerfMap.read(
                ByteSource.ofBytes("perf-7.map", bytes, ByteOrder.LITTLE_ENDIAN),
                limits,
                diagnostics);
    }
}
