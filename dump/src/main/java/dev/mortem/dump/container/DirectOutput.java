package dev.mortem.dump.container;

import dev.mortem.base.address.Addresses;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Past the kernel's page cache (open(2), O_DIRECT): whole blocks of the file from memory that starts
 * at one. What comes so is written as it is; all else is gathered first, and padded with zeros. A
 * finished file is on the disk.
 */
public final class DirectOutput implements FileOutput {
    /** Larger writes gain nothing; and no block of a file system is larger. */
    private static final int GATHERED_BYTES = 1 << 20;

    private static final int HOLE_BYTES_MIN = 1 << 16;

    private final FileChannel channel;
    private final int blockBytes;
    private final PageBuffer memory = new PageBuffer(GATHERED_BYTES);
    private final ByteBuffer gathered = memory.bytes(GATHERED_BYTES);

    /** Where the gathered bytes start in the file: at a block. */
    private long gatheredOffset;

    private long end;
    private long allocatedBytes;

    /**
     * @param channel opened for direct I/O
     * @param blockBytes that {@link #allows}
     */
    public DirectOutput(FileChannel channel, int blockBytes) {
        this.channel = channel;
        this.blockBytes = blockBytes;
    }

    /** Whether blocks of this size can be written; all file systems of disks have such. */
    public static boolean allows(long blockBytes) {
        return Long.bitCount(blockBytes) == 1 && blockBytes <= GATHERED_BYTES;
    }

    @Override
    public void write(ByteBuffer bytes, long fileOffset) throws IOException {
        long at = fileOffset;
        if (Addresses.alignDown(at, blockBytes) >= gatheredEnd()) {
            writeGathered();
        }
        if (gathered.position() == 0) {
            at += writeBlocks(bytes, at);
            gatheredOffset = Addresses.alignDown(at, blockBytes);
        }
        while (bytes.hasRemaining()) {
            pad((int) (at - gatheredOffset));
            int size = Math.min(gathered.remaining(), bytes.remaining());
            gathered.put(gathered.position(), bytes, bytes.position(), size);
            gathered.position(gathered.position() + size);
            bytes.position(bytes.position() + size);
            at += size;
            if (!gathered.hasRemaining()) {
                writeGathered();
            }
        }
    }

    @Override
    public void finish(long sizeBytes) throws IOException {
        writeGathered();
        if (end < sizeBytes) {
            gatheredOffset = Addresses.alignDown(sizeBytes - 1, blockBytes);
            pad(blockBytes);
            writeGathered();
        }
        if (end > sizeBytes) {
            channel.truncate(sizeBytes);
        }
        channel.force(true);
    }

    /**
     * Each write waits for the disk: where every other page is zeros, one by one they take several
     * times as long as all pages together.
     */
    @Override
    public int holeBytesMin() {
        return HOLE_BYTES_MIN;
    }

    @Override
    public long allocatedBytes() {
        return allocatedBytes;
    }

    @Override
    public void close() {
        memory.close();
    }

    /** Where the block ends that was begun last. */
    private long gatheredEnd() {
        return Addresses.alignUp(gatheredOffset + gathered.position(), blockBytes);
    }

    /** Writes what can be written as it is, from the first byte on; answers how much that was. */
    private int writeBlocks(ByteBuffer bytes, long fileOffset) throws IOException {
        int size = bytes.remaining() / blockBytes * blockBytes;
        boolean fits = bytes.isDirect()
                && bytes.alignmentOffset(bytes.position(), blockBytes) == 0
                && Addresses.alignDown(fileOffset, blockBytes) == fileOffset;
        if (!fits || size == 0) {
            return 0;
        }
        writeFully(bytes.slice(bytes.position(), size), fileOffset);
        bytes.position(bytes.position() + size);
        return size;
    }

    private void writeGathered() throws IOException {
        if (gathered.position() > 0) {
            pad((int) Addresses.alignUp(gathered.position(), blockBytes));
            writeFully(gathered.flip(), gatheredOffset);
            gatheredOffset = end;
            gathered.clear();
        }
    }

    private void pad(int size) {
        while (gathered.position() < size) {
            gathered.put((byte) 0);
        }
    }

    private void writeFully(ByteBuffer blocks, long fileOffset) throws IOException {
        long at = fileOffset;
        while (blocks.hasRemaining()) {
            int written = channel.write(blocks, at);
            at += written;
            allocatedBytes += written;
        }
        end = at;
    }
}
