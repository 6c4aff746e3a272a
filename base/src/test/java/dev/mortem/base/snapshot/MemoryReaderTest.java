package dev.mortem.base.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** What a reader of arrays gives into memory outside of the heap. */
class MemoryReaderTest {
    private static final long BASE = 0xffff_8000_0000_0000L;

    @Test
    void theWholeTargetIsFilled() {
        byte[] memory = random(200_000);
        for (int sizeBytes : new int[] {0, 1, 4095, 4096, 4097, 69_632, 69_633, 200_000}) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment target = arena.allocate(sizeBytes);
                assertThat(reader(memory).read(BASE, target)).isEqualTo(sizeBytes);
                assertThat(target.mismatch(MemorySegment.ofArray(memory).asSlice(0, sizeBytes)))
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void nothingIsWrittenBehindTheFirstByteThatIsAbsent() {
        for (int present : new int[] {0, 1, 4096, 5000, 69_632, 80_000}) {
            byte[] memory = random(present);
            byte[] target = new byte[100_000];
            assertThat(reader(memory).read(BASE, MemorySegment.ofArray(target))).isEqualTo(present);
            byte[] expected = new byte[target.length];
            System.arraycopy(memory, 0, expected, 0, present);
            assertThat(target).isEqualTo(expected);
        }
    }

    @Test
    void aPartOfAnArrayIsATarget() {
        byte[] memory = random(64);
        byte[] target = new byte[64];
        MemorySegment part = MemorySegment.ofArray(target).asSlice(8, 16);
        assertThat(reader(memory).read(BASE + 4, part)).isEqualTo(16);
        assertThat(part.toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(java.util.Arrays.copyOfRange(memory, 4, 20));
        assertThat(target[7]).isZero();
        assertThat(target[24]).isZero();
    }

    private static byte[] random(int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        new SplittableRandom(sizeBytes).nextBytes(bytes);
        return bytes;
    }

    /** Memory that starts at {@link #BASE}. */
    private static MemoryReader reader(byte[] memory) {
        return new MemoryReader() {
            @Override
            public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
                int from = (int) (address - BASE);
                int size = Math.max(0, Math.min(sizeBytes, memory.length - from));
                System.arraycopy(memory, from, target, targetOffset, size);
                return size;
            }

            @Override
            public Machine machine() {
                return Machine.of(Cpu.X86_64);
            }
        };
    }
}
