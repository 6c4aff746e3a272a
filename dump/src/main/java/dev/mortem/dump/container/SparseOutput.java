package dev.mortem.dump.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

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
        int from = 0;
        while (from < sizeBytes) {
            int data = pages(buffer, from, sizeBytes, false);
            if (data > from) {
                writeData(fileOffset + from, buffer, from, data - from);
            }
            from = pages(buffer, data, sizeBytes, true);
        }
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

    /** Where the run of pages that are zero, or are not, that starts at {@code from} ends. */
    private static int pages(byte[] buffer, int from, int sizeBytes, boolean zero) {
        int at = from;
        while (at < sizeBytes) {
            int page = Math.min(PAGE_BYTES, sizeBytes - at);
            if (Arrays.equals(buffer, at, at + page, ZEROS, 0, page) != zero) {
                return at;
            }
            at += page;
        }
        return sizeBytes;
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
