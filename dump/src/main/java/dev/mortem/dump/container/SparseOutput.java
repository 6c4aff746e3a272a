package dev.mortem.dump.container;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.BitSet;

/**
 * Writes to a new file and leaves out pages of zeros: they read as zeros and take no space. Belongs
 * to one thread at a time; the opener closes the file.
 */
public final class SparseOutput {
    private final FileOutput output;

    public SparseOutput(FileOutput output) {
        this.output = output;
    }

    public SparseOutput(FileChannel channel) {
        this(new ChannelOutput(channel));
    }

    /**
     * Writes {@code sizeBytes} of the buffer at {@code fileOffset}, but for whole pages of zeros where
     * there are enough of them.
     */
    public void write(long fileOffset, byte[] buffer, int sizeBytes) throws IOException {
        BitSet zeroPages = ZeroPages.of(MemorySegment.ofArray(buffer), sizeBytes);
        write(fileOffset, ByteBuffer.wrap(buffer, 0, sizeBytes), zeroPages);
    }

    /**
     * The same where it is known already which pages hold zeros only.
     *
     * @param bytes from its start to its limit
     */
    public void write(long fileOffset, ByteBuffer bytes, BitSet zeroPages) throws IOException {
        int pages = ZeroPages.count(bytes.limit());
        int from = zeroPages.nextClearBit(0);
        while (from < pages) {
            int to = nextHole(zeroPages, from, pages);
            int start = from * ZeroPages.PAGE_BYTES;
            int size = Math.min(bytes.limit(), to * ZeroPages.PAGE_BYTES) - start;
            output.write(bytes.slice(start, size), fileOffset + start);
            from = zeroPages.nextClearBit(to);
        }
    }

    /** The first page of the next hole that is large enough; zeros at the end are one. */
    private int nextHole(BitSet zeroPages, int from, int pages) {
        int zero = zeroPages.nextSetBit(from);
        while (zero >= 0) {
            int data = zeroPages.nextClearBit(zero);
            boolean isHole = (data - zero) * ZeroPages.PAGE_BYTES >= output.holeBytesMin();
            if (isHole || data >= pages) {
                return zero;
            }
            zero = zeroPages.nextSetBit(data);
        }
        return pages;
    }

    /** Makes the file that long where its end is a hole. */
    public void finish(long sizeBytes) throws IOException {
        output.finish(sizeBytes);
    }

    /** How many bytes were written, holes not counted. */
    public long allocatedBytes() {
        return output.allocatedBytes();
    }
}
