package dev.mortem.dump.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Writes to a new file and leaves out pages of zeros: they read as zeros and take no space. Belongs
 * to one thread; the opener closes the channel.
 */
public final class SparseOutput {
    /** The block of the common file systems; a smaller hole would save nothing. */
    private static final int PAGE_BYTES = 4096;

    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    private final FileChannel channel;
    private long end;
    private long allocatedBytes;

    public SparseOutput(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Writes {@code sizeBytes} of the buffer at {@code fileOffset}, but for whole pages of zeros.
     */
    public void write(long fileOffset, byte[] buffer, int sizeBytes) throws IOException {
        write(fileOffset, buffer, sizeBytes, zeroPages(buffer, sizeBytes));
    }

    /** The same where it is known already which pages hold zeros only. */
    public void write(long fileOffset, byte[] buffer, int sizeBytes, BitSet zeroPages)
            throws IOException {
        int pages = pages(sizeBytes);
        int from = zeroPages.nextClearBit(0);
        while (from < pages) {
            int nextZero = zeroPages.nextSetBit(from);
            int to = nextZero < 0 ? pages : nextZero;
            int start = from * PAGE_BYTES;
            int size = Math.min(sizeBytes, to * PAGE_BYTES) - start;
            writeData(fileOffset + start, buffer, start, size);
            from = zeroPages.nextClearBit(to);
        }
    }

    /** Which pages of the buffer hold zeros only, by their index; a page that is cut counts. */
    public static BitSet zeroPages(byte[] buffer, int sizeBytes) {
        BitSet zero = new BitSet(pages(sizeBytes));
        for (int page = 0; page < pages(sizeBytes); page++) {
            int start = page * PAGE_BYTES;
            int size = Math.min(PAGE_BYTES, sizeBytes - start);
            zero.set(page, Arrays.equals(buffer, start, start + size, ZEROS, 0, size));
        }
        return zero;
    }

    private static int pages(int sizeBytes) {
        return (sizeBytes + PAGE_BYTES - 1) / PAGE_BYTES;
    }

    /** Makes the file that long where its end is a hole. */
    public void finish(long sizeBytes) throws IOException {
        if (end < sizeBytes) {
            writeFully(ByteBuffer.allocate(1), sizeBytes - 1);
            end = sizeBytes;
        }
    }

    /** How many bytes were written, holes not counted. */
    public long allocatedBytes() {
        return allocatedBytes;
    }

    private void writeData(long fileOffset, byte[] buffer, int from, int sizeBytes)
            throws IOException {
        writeFully(ByteBuffer.wrap(buffer, from, sizeBytes), fileOffset);
        end = Math.max(end, fileOffset + sizeBytes);
        allocatedBytes += sizeBytes;
    }

    private void writeFully(ByteBuffer bytes, long fileOffset) throws IOException {
        long at = fileOffset;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }
}
