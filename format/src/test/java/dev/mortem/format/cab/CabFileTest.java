package dev.mortem.format.cab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.synth.CabSynth;
import dev.mortem.testkit.synth.LzxSynth;
import dev.mortem.testkit.synth.LzxSynth.Kind;
import dev.mortem.testkit.synth.SmallPe;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

class CabFileTest {
    private static final int DAMAGES = 20_000;

    /** A way to pack, with a name to show. */
    record Packing(String name, Packer packer) {
        @Override
        public String toString() {
            return name;
        }
    }

    interface Packer {
        byte[] pack(CabSynth cab);
    }

    static Stream<Packing> packings() {
        List<Kind> all = List.of(Kind.VERBATIM, Kind.UNCOMPRESSED, Kind.ALIGNED);
        return Stream.of(
                new Packing("stored", CabSynth::stored),
                new Packing("MSZIP", CabSynth::msZip),
                new Packing("LZX verbatim", cab -> cab.lzx(LzxSynth.of(Kind.VERBATIM))),
                new Packing("LZX aligned", cab -> cab.lzx(LzxSynth.of(Kind.ALIGNED))),
                new Packing("LZX uncompressed", cab -> cab.lzx(LzxSynth.of(Kind.UNCOMPRESSED))),
                new Packing(
                        "LZX of all kinds",
                        cab -> cab.lzx(new LzxSynth(
                                17, all, List.of(5_001, 40_000, 32_768, 1, 70_003), true))),
                new Packing(
                        "LZX of ends on blocks",
                        cab -> cab.lzx(new LzxSynth(
                                15,
                                List.of(Kind.UNCOMPRESSED, Kind.UNCOMPRESSED, Kind.ALIGNED),
                                List.of(32_767, 1, 32_769, 32_767),
                                true))));
    }

    /** One of each, with blocks so small that damage hits what is between them. */
    static Stream<Packing> compressions() {
        LzxSynth all = new LzxSynth(
                15,
                List.of(Kind.VERBATIM, Kind.UNCOMPRESSED, Kind.ALIGNED),
                List.of(1_500, 301, 2_000),
                true);
        return Stream.of(
                new Packing("stored", CabSynth::stored),
                new Packing("MSZIP", CabSynth::msZip),
                new Packing("LZX", cab -> cab.lzx(all)));
    }

    @ParameterizedTest
    @MethodSource("packings")
    void whatWasPackedComesOut(Packing packing) throws Exception {
        byte[] content = program(1, 200_001);
        byte[] small = "one more".getBytes(StandardCharsets.UTF_8);
        byte[] packed = packing.packer.pack(
                new CabSynth().file("small.txt", small).file("ntdll.pdb", content));

        CabFile cab = open(packed);

        assertThat(cab.entries())
                .extracting(CabEntry::name, CabEntry::sizeBytes)
                .containsExactly(tuple("small.txt", 8L), tuple("ntdll.pdb", 200_001L));
        assertThat(unpack(cab, 0)).isEqualTo(small);
        assertThat(unpack(cab, 1)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(ints = {15, 16, 17, 18, 19, 20, 21})
    void everyWindowHasItsPositionSlots(int windowBits) throws Exception {
        byte[] content = farApart((1 << windowBits) + 100_000, windowBits);
        byte[] packed = new CabSynth()
                .file("a.pdb", content)
                .lzx(new LzxSynth(
                        windowBits, List.of(Kind.ALIGNED, Kind.VERBATIM), List.of(100_000), false));

        assertThat(packed.length).isLessThan(content.length);
        assertThat(unpack(open(packed), 0)).isEqualTo(content);
    }

    @Test
    void reservedPartsArePassedOverAndChecksumsMayBeMissing() throws Exception {
        byte[] content = program(2, 50_000);
        byte[] packed = new CabSynth()
                .file("a.dll", content)
                .reserved(20)
                .withoutChecksums()
                .msZip();
        assertThat(unpack(open(packed), 0)).isEqualTo(content);
    }

    @Test
    void aFileOfNothingIsOne() throws Exception {
        assertThat(unpack(open(new CabSynth().file("a", new byte[0]).stored()), 0))
                .isEmpty();
    }

    /** cabextract knows nothing of our reader, and our writer nothing of cabextract. */
    @ParameterizedTest
    @MethodSource("packings")
    void anotherReaderFindsTheSame(Packing packing, @TempDir Path folder) throws Exception {
        assumeTrue(Tool.find("cabextract").isPresent(), "needs cabextract");
        byte[] content = program(3, 150_001);
        Path cab = Files.write(
                folder.resolve("a.ca_"),
                packing.packer.pack(new CabSynth().file("a.dll", content)));
        Tool.find("cabextract")
                .orElseThrow()
                .text(List.of("-q", "-d", folder.toString(), cab.toString()));
        assertThat(folder.resolve("a.dll")).hasBinaryContent(content);
    }

    @Test
    void aDamagedBlockIsSeenByItsChecksum() {
        byte[] packed = new CabSynth().file("a.dll", program(4, 100_000)).stored();
        packed[packed.length - 5] ^= 1;
        assertThatThrownBy(() -> unpack(open(packed), 0))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("checksum");
    }

    @ParameterizedTest
    @MethodSource("packings")
    void everyTruncationIsSeen(Packing packing) {
        byte[] packed = packing.packer.pack(new CabSynth().file("a.dll", program(5, 40_000)));
        int step = Math.max(1, packed.length / 700);
        for (int size = 0; size < packed.length; size += size < 200 ? 1 : step) {
            byte[] cut = Arrays.copyOf(packed, size);
            assertThatThrownBy(() -> unpack(open(cut), 0)).isInstanceOf(MalformedException.class);
            // the same where the header claims no more than there is
            if (size > 60) {
                putInt(cut, 8, size);
                assertThatThrownBy(() -> unpack(open(cut), 0))
                        .isInstanceOf(MalformedException.class);
            }
        }
    }

    /** Without checksums, so that the damage reaches what unpacks. */
    @ParameterizedTest
    @MethodSource("compressions")
    void damageIsRefusedOrDoesNoHarm(Packing packing) throws IOException {
        byte[] sound = packing.packer.pack(new CabSynth()
                .file("a.dll", SmallPe.x64().file())
                .file("b.dll", program(6, 3_000))
                .withoutChecksums());
        SplittableRandom random = new SplittableRandom(20261126);
        int refused = 0;
        long most = 0;
        for (int run = 0; run < DAMAGES; run++) {
            byte[] damaged = sound.clone();
            for (int change = random.nextInt(1, 5); change > 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                CabFile cab = open(damaged);
                for (CabEntry entry : cab.entries()) {
                    CountingOutput out = new CountingOutput();
                    cab.copy(entry, out);
                    most = Math.max(most, out.bytes);
                }
            } catch (MalformedException expected) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
        assertThat(most).isPositive().isLessThan(17 << 20);
    }

    private static final class CountingOutput extends OutputStream {
        private long bytes;

        @Override
        public void write(int one) {
            bytes++;
        }

        @Override
        public void write(byte[] some, int offset, int count) {
            bytes += count;
        }
    }

    @Test
    void aSmallCabinetThatClaimsMuchIsRefusedBeforeItIsUnpacked() {
        byte[] packed = new CabSynth().file("a.pdb", new byte[40_000]).msZip();
        putInt(packed, 44, 1 << 30); // CFFILE.cbFile
        assertThatThrownBy(() -> unpack(open(packed), 0))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("1,073,741,824 bytes in a cabinet of");
    }

    @Test
    void moreThanTheLimitIsRefused() throws Exception {
        byte[] packed = new CabSynth().file("a.pdb", new byte[1001]).stored();
        Limits small = Limits.defaults().with(CabFile.FILE_BYTES, 1000);
        CabFile cab = CabFile.open(source(packed), small);
        assertThatThrownBy(() -> unpack(cab, 0)).hasMessageContaining("at most 1,000");
        Limits enough = Limits.defaults().with(CabFile.FILE_BYTES, 1001);
        assertThat(unpack(CabFile.open(source(packed), enough), 0)).hasSize(1001);
    }

    @Test
    void moreFilesThanTheLimitAreRefused() throws Exception {
        byte[] packed =
                new CabSynth().file("a", new byte[1]).file("b", new byte[1]).stored();
        assertThat(CabFile.open(source(packed), Limits.defaults().with(CabFile.FILES, 2))
                        .entries())
                .hasSize(2);
        assertThatThrownBy(() ->
                        CabFile.open(source(packed), Limits.defaults().with(CabFile.FILES, 1)))
                .hasMessageContaining("2 files, at most 1");
    }

    @Test
    void whatIsNotReadIsNamed() {
        byte[] packed = new CabSynth().file("a", new byte[9]).stored();
        byte[] quantum = packed.clone();
        quantum[42] = 2;
        assertThatThrownBy(() -> unpack(open(quantum), 0)).hasMessageContaining("Quantum");
        byte[] part = packed.clone();
        part[30] = 1;
        assertThatThrownBy(() -> open(part)).hasMessageContaining("set of cabinets");
        assertThatThrownBy(() -> open("MZ".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("MSCF");
    }

    /** Text that repeats itself near and far, and calls of a few functions. */
    private static byte[] program(int seed, int sizeBytes) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = new byte[sizeBytes];
        for (int at = 0; at < sizeBytes; ) {
            int kind = random.nextInt(4);
            int size = Math.min(sizeBytes - at, 5 + random.nextInt(200));
            if (kind == 0 && at + 5 < sizeBytes) {
                bytes[at] = (byte) 0xe8;
                putInt(bytes, at + 1, 4096 * random.nextInt(1, 9) - at);
                at += 5;
                continue;
            }
            for (int index = 0; index < size; index++) {
                boolean copied = kind < 3 && at > 1000;
                bytes[at] = copied
                        ? bytes[at - (kind == 1 ? 7 : 900)]
                        : (byte) (random.nextInt(64) * random.nextInt(1, 3));
                at++;
            }
        }
        return bytes;
    }

    /** Noise, and runs of it again from as far back as the window reaches. */
    private static byte[] farApart(int sizeBytes, int windowBits) {
        SplittableRandom random = new SplittableRandom(windowBits);
        byte[] bytes = new byte[sizeBytes];
        random.nextBytes(bytes);
        int far = (1 << windowBits) - 3 - 50;
        for (int at = 1000; at + 300 < sizeBytes; at += 400) {
            int back = at > far ? far - random.nextInt(40) : 1 + random.nextInt(at - 1);
            for (int index = 0; index < 300; index++) {
                bytes[at + index] = bytes[at + index - back];
            }
        }
        return bytes;
    }

    private static void putInt(byte[] bytes, int at, int value) {
        for (int index = 0; index < 4 && at + index < bytes.length; index++) {
            bytes[at + index] = (byte) (value >>> (8 * index));
        }
    }

    private static ByteSource source(byte[] bytes) {
        return ByteSource.ofBytes("a.cab", bytes, ByteOrder.LITTLE_ENDIAN);
    }

    private static CabFile open(byte[] bytes) throws MalformedException {
        return CabFile.open(source(bytes), Limits.defaults());
    }

    private static byte[] unpack(CabFile cab, int index) throws MalformedException, IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        cab.copy(cab.entries().get(index), out);
        return out.toByteArray();
    }
}
