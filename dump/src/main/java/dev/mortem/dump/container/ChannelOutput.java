package dev.mortem.dump.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Through the kernel's page cache. */
public final class ChannelOutput implements FileOutput {
    private final FileChannel channel;
    private long end;
    private long allocatedBytes;

    public ChannelOutput(FileChannel channel) {
        this.channel = channel;
    }

    @Override
    public void write(ByteBuffer bytes, long fileOffset) throws IOException {
        long at = fileOffset;
        while (bytes.hasRemaining()) {
            int written = channel.write(bytes, at);
            at += written;
            allocatedBytes += written;
        }
        end = Math.max(end, at);
    }

    @Override
    public void finish(long sizeBytes) throws IOException {
        if (end < sizeBytes) {
            write(ByteBuffer.allocate(1), sizeBytes - 1);
        }
    }

    /** The block of the common file systems: a smaller one would save nothing. */
    @Override
    public int holeBytesMin() {
        return ZeroPages.PAGE_BYTES;
    }

    @Override
    public long allocatedBytes() {
        return allocatedBytes;
    }

    @Override
    public void close() {}
}
