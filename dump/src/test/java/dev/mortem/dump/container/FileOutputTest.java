package dev.mortem.dump.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The contract of every output: what is written stands where it belongs, the rest is zeros. That
 * direct I/O is given whole blocks only is the kernel's to judge, where the dump's writer is tested.
 */
class FileOutputTest {
    private static final int CACHED = 0;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {CACHED, 512, 4096, 1 << 16, 1 << 20})
    void piecesOfAnySizeStandWhereTheyBelong(int blockBytes) throws Exception {
        SplittableRandom random = new SplittableRandom(7 + blockBytes);
        for (int round = 0; round < 20; round++) {
            byte[] expected = new byte[1 + random.nextInt(6 << 20)];
            Path path = folder.resolve("file");
            try (FileChannel channel = FileChannel.open(
                            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    FileOutput output = output(channel, blockBytes)) {
                fill(output, expected, random);
                output.finish(expected.length);
            }
            assertThat(Files.readAllBytes(path)).isEqualTo(expected);
            Files.delete(path);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {CACHED, 4096})
    void aFileOfNothingButAHoleHasItsLength(int blockBytes) throws Exception {
        for (int sizeBytes : new int[] {0, 1, 4096, 4097, 1 << 20}) {
            Path path = folder.resolve("file" + sizeBytes);
            try (FileChannel channel = FileChannel.open(
                            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    FileOutput output = output(channel, blockBytes)) {
                output.finish(sizeBytes);
                assertThat(output.allocatedBytes()).isLessThanOrEqualTo(4096);
            }
            assertThat(Files.readAllBytes(path)).isEqualTo(new byte[sizeBytes]);
        }
    }

    private static FileOutput output(FileChannel channel, int blockBytes) {
        return blockBytes == CACHED
                ? new ChannelOutput(channel)
                : new DirectOutput(channel, blockBytes);
    }

    /** Pieces and holes, some at pages and from pages of memory, others not. */
    private static void fill(FileOutput output, byte[] expected, SplittableRandom random)
            throws Exception {
        try (PageBuffer memory = new PageBuffer(2 << 20)) {
            int at = 0;
            while (at < expected.length) {
                int from = random.nextInt(3) == 0 ? 1 + random.nextInt(5000) : 0;
                int size = Math.min(expected.length - at, size(random));
                byte[] piece = new byte[size];
                random.nextBytes(piece);
                System.arraycopy(piece, 0, expected, at, size);
                ByteBuffer bytes = memory.bytes(from + size).position(from);
                bytes.duplicate().put(piece);
                output.write(bytes, at);
                assertThat(bytes.hasRemaining()).isFalse();
                Arrays.fill(piece, (byte) 0); // the memory may be used again at once
                bytes.duplicate().position(from).put(piece);
                at += size + (random.nextBoolean() ? 0 : size(random) / 4);
                at = random.nextBoolean() ? (at + 4095) & -4096 : at;
            }
        }
    }

    private static int size(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(100);
            case 1 -> 4096 * (1 + random.nextInt(16));
            case 2 -> 1 << 20;
            default -> 1 + random.nextInt(1 << 20);
        };
    }
}
