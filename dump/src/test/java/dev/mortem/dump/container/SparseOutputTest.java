package dev.mortem.dump.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Which pages are left out. */
class SparseOutputTest {
    private static final int PAGE = 4096;

    @Test
    void aPageIsZeroOnlyIfEveryByteOfItIs() {
        byte[] bytes = new byte[5 * PAGE + 3];
        bytes[0] = 1; // in the first word
        bytes[2 * PAGE - 1] = 1; // the last byte of a page
        bytes[3 * PAGE + 8] = 1; // behind the first word
        assertThat(ZeroPages.of(MemorySegment.ofArray(bytes), bytes.length).stream())
                .containsExactly(2, 4, 5);
        bytes[5 * PAGE + 2] = 1; // in a cut page shorter than a word
        assertThat(ZeroPages.of(MemorySegment.ofArray(bytes), bytes.length).stream())
                .containsExactly(2, 4);
    }

    @Test
    void memoryOutsideOfTheHeapIsAtAPageAndKnowsItsZeros() {
        try (PageBuffer buffer = new PageBuffer(2 * PAGE)) {
            ByteBuffer bytes = buffer.bytes(2 * PAGE);
            assertThat(bytes.isDirect()).isTrue();
            assertThat(bytes.alignmentOffset(0, PAGE)).isZero();
            bytes.put(PAGE, (byte) 1);
            assertThat(buffer.zeroPages(2 * PAGE).stream()).containsExactly(0);
            buffer.clear(PAGE, PAGE + 1);
            assertThat(buffer.zeroPages(PAGE + 1).stream()).containsExactly(0, 1);
        }
    }

    @Test
    void pagesOfZerosAreLeftOut() throws Exception {
        assertThat(written("d0dd00d", PAGE))
                .containsExactly("0+4096", "8192+8192", "24576+" + (PAGE - 1));
        assertThat(written("00d0", PAGE)).containsExactly("8192+4096");
        assertThat(written("0000", PAGE)).isEmpty();
    }

    @Test
    void smallHolesAreFilledWhereTheyCostMore() throws Exception {
        assertThat(written("d0dd00d0", 2 * PAGE)).containsExactly("0+16384", "24576+4096");
        assertThat(written("d0d0d", 2 * PAGE)).containsExactly("0+" + (5 * PAGE - 1));
        assertThat(written("0d00d", 3 * PAGE)).containsExactly("4096+" + (4 * PAGE - 1));
    }

    /** Offset and size of each write of pages with data or zeros, the last one byte short. */
    private static List<String> written(String pages, int holeBytesMin) throws Exception {
        byte[] bytes = new byte[pages.length() * PAGE - 1];
        for (int page = 0; page < pages.length(); page++) {
            bytes[page * PAGE] = (byte) (pages.charAt(page) == 'd' ? 1 : 0);
        }
        Writes output = new Writes(holeBytesMin);
        new SparseOutput(output).write(0, bytes, bytes.length);
        return output.writes;
    }

    /** Remembers what was written. */
    private static final class Writes implements FileOutput {
        private final List<String> writes = new ArrayList<>();
        private final int holeBytesMin;

        Writes(int holeBytesMin) {
            this.holeBytesMin = holeBytesMin;
        }

        @Override
        public void write(ByteBuffer bytes, long fileOffset) {
            writes.add(fileOffset + "+" + bytes.remaining());
        }

        @Override
        public void finish(long sizeBytes) {
            writes.add("end " + sizeBytes);
        }

        @Override
        public int holeBytesMin() {
            return holeBytesMin;
        }

        @Override
        public long allocatedBytes() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
