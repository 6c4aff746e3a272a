package dev.mortem.format.pdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.synth.PdbModuleSynth;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;
import dev.mortem.testkit.synth.SmallPe;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Broken PDBs: MalformedException or a Diagnostic, in bounded time and memory. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostilePdbTest {
    private static final int MUTATIONS = 20_000;
    private static final int BLOCK_BYTES = 512;

    private static final List<byte[]> SOUND = Stream.of(
                    SmallPdb.x64(),
                    SmallPdb.x86(),
                    SmallPdb.rearranged(),
                    SmallPdb.x64().scattered())
            .map(PdbSynth::build)
            .toList();

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    private PdbFile open(byte[] bytes) throws MalformedException {
        return PdbFile.open(
                ByteSource.ofBytes("hostile.pdb", bytes, ByteOrder.LITTLE_ENDIAN),
                Limits.defaults(),
                diagnostics);
    }

    /** 1 where the file could be opened. */
    private static int tryReadAll(byte[] bytes) {
        DiagnosticLog log = new DiagnosticLog();
        try {
            PdbFile pdb = PdbFile.open(
                    ByteSource.ofBytes("hostile.pdb", bytes, ByteOrder.LITTLE_ENDIAN),
                    Limits.defaults(),
                    log);
            pdb.forEach(new PdbFile.Contents() {
                @Override
                public void procedure(PdbFunction procedure) {
                    pdb.framesAt(procedure.rva());
                }

                @Override
                public void line(long rva, Optional<PdbLine> line) {}

                @Override
                public void publicSymbol(PdbFunction symbol) {
                    pdb.functionAt(symbol.rva());
                }
            });
            for (long rva = 0xffc; rva < 0x1200; rva += 12) {
                pdb.functionAt(rva);
                pdb.framesAt(rva);
                pdb.windowsFramesAt(rva);
            }
            return 1;
        } catch (MalformedException malformed) {
            return 0;
        }
    }

    @Test
    void everyTruncationIsMalformedOrReadAsFarAsItGoes() {
        int read = 0;
        for (byte[] sound : SOUND) {
            for (int size = 0; size < sound.length; size++) {
                read += tryReadAll(Arrays.copyOf(sound, size));
            }
            assertThat(tryReadAll(sound)).isOne();
        }
        // its directory stands last
        assertThat(read).isLessThan(SOUND.size() * 2 * BLOCK_BYTES);
    }

    @Test
    void realOnesCutAtTheirBlocks() throws Exception {
        Optional<Path> real = Corpus.file("pdb/rizinorg__rizin-testbins/pdb/SimplePDB.pdb");
        Optional<Path> fuzzed = Corpus.file("pdb/rizinorg__rizin-testbins/pdb/fuzzed.pdb");
        assumeTrue(real.isPresent() && fuzzed.isPresent(), "the corpus has PDBs");
        byte[] whole = Files.readAllBytes(real.orElseThrow());
        for (int size = 0; size < whole.length; size += 4096) {
            for (int near = -1; near <= 1; near++) {
                tryReadAll(Arrays.copyOf(whole, Math.max(0, size + near)));
            }
        }
        assertThat(tryReadAll(whole)).isOne();
        byte[] broken = Files.readAllBytes(fuzzed.orElseThrow());
        assertThatThrownBy(() -> open(broken)).isInstanceOf(MalformedException.class);
    }

    @Test
    void mutationsNeverDoWorseThanADiagnostic() {
        SplittableRandom random = new SplittableRandom(1993);
        int read = 0;
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = SOUND.get(round % SOUND.size()).clone();
            int block = random.nextInt(mutated.length / BLOCK_BYTES);
            for (int flip = random.nextInt(6); flip >= 0; flip--) {
                // streams have some hundred bytes of the 512 of a block
                int at = block * BLOCK_BYTES + random.nextInt(random.nextBoolean() ? 128 : 512);
                mutated[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
            }
            read += tryReadAll(mutated);
        }
        assertThat(read).isBetween(MUTATIONS / 4, MUTATIONS);
    }

    /** Number of the directory's first block, from the block map. */
    private static int directory(ByteBuffer file) {
        return file.getInt(file.getInt(52) * BLOCK_BYTES) * BLOCK_BYTES;
    }

    private static ByteBuffer buffer(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void aDirectoryThatRepeatsABlockIsNoLargerThanTheFile() {
        byte[] file = SOUND.getFirst().clone();
        buffer(file).putInt(44, 48 << 20);

        assertThatThrownBy(() -> open(file))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("no more than the file has");
    }

    @Test
    void streamsOfOneBlockAreReadAndWrong() {
        byte[] file = SOUND.getFirst().clone();
        ByteBuffer bytes = buffer(file);
        int directory = directory(bytes);
        int streams = bytes.getInt(directory);
        int lists = directory + 4 + 4 * streams;
        int first = bytes.getInt(lists);
        for (int at = lists; at < directory + bytes.getInt(44); at += 4) {
            bytes.putInt(at, first);
        }

        tryReadAll(file);
        assertThat(streams).isGreaterThan(8);
    }

    @Test
    void aStreamLargerThanTheFileIsRefused() {
        byte[] file = SOUND.getFirst().clone();
        ByteBuffer bytes = buffer(file);
        bytes.putInt(directory(bytes) + 4 + 4 * DbiStream.INDEX, 0x7fff_0000);

        assertThatThrownBy(() -> open(file))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("a stream of 2,147,418,112 bytes");
    }

    @Test
    void blocksBehindTheEndAreMissingAlone() throws Exception {
        byte[] file = SOUND.getFirst().clone();
        ByteBuffer bytes = buffer(file);
        int directory = directory(bytes);
        int lastList = directory + bytes.getInt(44) - 4 * 3; // of the two modules and the sections
        bytes.putInt(lastList, 0x00ff_ffff);

        PdbFile pdb = open(file);
        assertThat(pdb.functionAt(0x1130).orElseThrow().name()).isEqualTo("?open@@YAXXZ");
        assertThat(pdb.functionAt(0x1010).orElseThrow().name())
                .as("the public symbol is left")
                .isEqualTo("?total@shop@@YAHXZ");
        assertThat(diagnostics.entries()).isNotEmpty();
    }

    @Test
    void aMillionInlineSitesInEachOther() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        int id = pdb.functionId("", "again");
        PdbModuleSynth module = pdb.blockBytes(4096).module("deep.obj").procedure("deep", 0, 0x40);
        for (int depth = 0; depth < 1_000_000; depth++) {
            module.inlineSite(id, depth == 0 ? "03 04 04 10" : "03 20 04 10");
        }
        PdbFile opened = open(pdb.build());

        assertThat(opened.framesAt(0x1024)).as("none of the outermost").hasSize(1);
        assertThat(opened.framesAt(0x1008)).hasSize(2);
    }

    @Test
    void annotationsThatAreCutNameWhatStandsBefore() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        int id = pdb.functionId("", "cut");
        pdb.module("cut.obj")
                .procedure("whole", 0, 0x40)
                .inlineSite(id, "03 04 04 10 ff")
                .endInline()
                .end();
        PdbFile opened = open(pdb.build());

        assertThat(opened.framesAt(0x1008)).hasSize(2);
        assertThat(opened.framesAt(0x1020)).as("nothing found before the break").hasSize(1);
        assertThat(diagnostics.entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.what()).contains("a first byte below 0xe0"));
    }

    @Test
    void recordsOfNoSizeEndTheModule() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        pdb.module("zero.obj").procedure("before", 0, 0x10).end();
        byte[] file = pdb.build();
        int at = find(file, new byte[] {2, 0, 6, 0});
        file[at] = 0;
        PdbFile opened = open(file);

        assertThat(opened.functionAt(0x1008).orElseThrow().name()).isEqualTo("before");
        assertThat(diagnostics.entries())
                .anySatisfy(entry -> assertThat(entry.what()).contains("0 bytes, 2 or more"));
    }

    private static int find(byte[] in, byte[] what) {
        for (int at = 0; at < in.length - what.length; at++) {
            if (Arrays.equals(in, at, at + what.length, what, 0, what.length)) {
                return at;
            }
        }
        throw new AssertionError("not there");
    }
}
