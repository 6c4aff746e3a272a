package dev.mortem.dump.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;

import dev.mortem.dump.Tool;
import dev.mortem.dump.copy.MemoryPlan;
import dev.mortem.dump.core.PatternSnapshot.Page;
import dev.mortem.dump.write.Gap;
import dev.mortem.dump.write.PartialFile;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Every way to the disk brings the same bytes there, and none takes room for zeros. */
class CoreOutputTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void theBytesAreThoseOfTheLayoutAndTheMemory(boolean compress, boolean direct)
            throws Exception {
        WriteOptions options = options(compress, direct);
        PatternSnapshot process = odd();
        Path file = folder.resolve("odd.core");
        WrittenDump written = new CoreWriter().write(process, file, options, WriteListener.none());
        assertThat(written.sizeBytes()).isEqualTo(Files.size(file));
        assertThat(written.allocatedBytes())
                .isBetween(1L, compress ? written.sizeBytes() + 4096 : written.sizeBytes());
        assertThat(written.gaps()).extracting(Gap::address).containsExactly(0x30_0000L);
        assertThat(written.gaps()).extracting(Gap::sizeBytes).containsExactly(0x3000L);
        byte[] expected = expected(process);
        assertThat(content(file, compress)).isEqualTo(expected);
        if (compress) {
            assertSoundToZstd(file, expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void aProcessWithoutMemoryIsADumpToo(boolean compress, boolean direct) throws Exception {
        PatternSnapshot process = new PatternSnapshot(page -> Page.NOISE);
        Path file = folder.resolve("empty.core");
        new CoreWriter().write(process, file, options(compress, direct), WriteListener.none());
        assertThat(content(file, compress)).isEqualTo(expected(process));
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void zerosTakeNoRoom(boolean direct) throws Exception {
        // noise, zeros that are read, zeros that are not, noise
        PatternSnapshot process = new PatternSnapshot(page ->
                        page < 0x1000_0000 + MIB || page >= 0x2000_0000 ? Page.NOISE : Page.ZEROS)
                .region(0x1000_0000, 65 * MIB)
                .region(0x1800_0000, 64 * MIB, 0)
                .region(0x2000_0000, MIB);
        Path file = folder.resolve("holes.core");
        WrittenDump written =
                new CoreWriter().write(process, file, options(false, direct), WriteListener.none());
        assertThat(written.sizeBytes()).isEqualTo(130 * MIB + 4096);
        assertThat(written.allocatedBytes()).isEqualTo(2 * MIB + 4096);
        String blocks = Tool.run(folder, "stat", "-c", "%b", file.toString()).strip();
        // some for the file system's own
        assertThat(Long.parseLong(blocks) * 512).isBetween(2 * MIB, 2 * MIB + (64 << 10));
        assertThat(Files.mismatch(file, whole(process))).isEqualTo(-1);
    }

    @Test
    void aHoleOfGibibytesIsCompressedToNearlyNothing() throws Exception {
        PatternSnapshot process =
                new PatternSnapshot(page -> Page.NOISE).region(0x1000_0000, 4096 * MIB, 4096);
        Path file = folder.resolve("hole.core.zst");
        WrittenDump written = new CoreWriter()
                .write(process, file, WriteOptions.compressed(), WriteListener.none());
        assertThat(written.sizeBytes()).isLessThan(MIB);
        assertThat(process.reads()).isOne();
        try (InputStream stream = unpacking(file)) {
            assertThat(stream.skip(Long.MAX_VALUE)).isEqualTo(4096 * MIB + 4096);
        }
    }

    /** Each page is tried, but only once, and all are one gap. */
    @Test
    void aGibibyteThatCannotBeReadIsOneGapAndOneHole() throws Exception {
        PatternSnapshot process = new PatternSnapshot(
                        page -> page < 0x2000_0000 ? Page.NOISE : Page.UNREADABLE)
                .region(0x2000_0000 - 3 * 4096, 1024 * MIB);
        Path file = folder.resolve("gap.core");
        WrittenDump written =
                new CoreWriter().write(process, file, WriteOptions.plain(), WriteListener.none());
        assertThat(written.gaps())
                .containsExactly(new Gap(
                        0x2000_0000,
                        1024 * MIB - 3 * 4096,
                        "could not be read while the dump was written"));
        assertThat(process.reads()).isLessThanOrEqualTo(1024 * 256 + 2);
        assertThat(written.allocatedBytes()).isEqualTo(4 * 4096 + 1);
    }

    /** Regions and pieces that start and end anywhere; all kinds of pages. */
    private static PatternSnapshot odd() {
        return new PatternSnapshot(page -> page >= 0x30_0000 && page < 0x30_3000
                        ? Page.UNREADABLE
                        : (page >>> 12) % 7 == 3 ? Page.ZEROS : Page.NOISE)
                .region(0x1_0000, 1)
                .region(0x2_0000, 0)
                .region(0x3_0000, 0x1801)
                .region(0x4_0123, 5 * MIB / 4 + 77)
                .region(0x20_0000, 3 * MIB)
                .region(0x100_0123, 2 * MIB, MIB + 1)
                .region(0x200_0000, 4095);
    }

    /** By the layout that readelf and gdb judge elsewhere. */
    private static byte[] expected(PatternSnapshot process) throws Exception {
        CoreLayout layout = CoreLayout.of(process);
        byte[] bytes = new byte[Math.toIntExact(layout.sizeBytes())];
        System.arraycopy(layout.head(), 0, bytes, 0, layout.head().length);
        for (MemoryPlan plan : layout.plans()) {
            long bias = plan.fileOffset() - plan.region().range().start();
            plan.data().forEach(range -> {
                for (long at = range.start(); at != range.end(); at++) {
                    bytes[(int) (at + bias)] = process.byteAt(at);
                }
            });
        }
        return bytes;
    }

    private Path whole(PatternSnapshot process) throws Exception {
        return Files.write(folder.resolve("expected"), expected(process));
    }

    private static byte[] content(Path file, boolean compressed) throws IOException {
        try (InputStream stream =
                compressed ? unpacking(file) : new FileInputStream(file.toFile())) {
            return stream.readAllBytes();
        }
    }

    private static InputStream unpacking(Path file) throws IOException {
        return new ZstdInputStreamNoFinalizer(new FileInputStream(file.toFile()));
    }

    /** One frame with a checksum; named as skipped where the tool is not there. */
    private void assertSoundToZstd(Path file, byte[] expected) throws Exception {
        Tool.require("zstd");
        assertThat(Tool.run(folder, "zstd", "-lv", file.toString()))
                .containsPattern("Zstandard Frames: 1\n")
                .contains("XXH64");
        Tool.run(folder, "zstd", "-q", "-d", file.toString(), "-o", "unpacked.core");
        assertThat(Files.readAllBytes(folder.resolve("unpacked.core"))).isEqualTo(expected);
    }

    private WriteOptions options(boolean compress, boolean direct) {
        if (direct) {
            assumeDirect(folder);
        }
        return new WriteOptions(compress, direct);
    }

    static void assumeDirect(Path folder) {
        try (PartialFile file = PartialFile.create(folder.resolve("probe"), true)) {
            assertThat(file.channel().isOpen()).isTrue();
        } catch (IOException refused) {
            assumeTrue(false, "needs a file system with direct I/O");
        }
    }
}
