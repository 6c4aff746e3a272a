package dev.mortem.dump.core;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.BitSet;

/** The core in one zstd frame (RFC 8878) of level 1 with a checksum. */
final class ZstdSink implements ChunkSink {
    /** Higher levels gain nothing on memory and are slower than a disk. */
    private static final int LEVEL = 1;

    private static final byte[] ZEROS = new byte[1 << 16];

    private final ZstdOutputStreamNoFinalizer output;
    private long position;

    ZstdSink(FileChannel channel) throws IOException {
        this.output = new ZstdOutputStreamNoFinalizer(Channels.newOutputStream(channel), LEVEL);
        output.setChecksum(true);
    }

    @Override
    public void write(long fileOffset, byte[] buffer, int sizeBytes, BitSet zeroPages)
            throws IOException {
        zerosUpTo(fileOffset);
        output.write(buffer, 0, sizeBytes);
        position += sizeBytes;
    }

    @Override
    public void finish(long sizeBytes) throws IOException {
        zerosUpTo(sizeBytes);
        output.closeWithoutClosingParentStream();
    }

    @Override
    public void close() throws IOException {
        output.closeWithoutClosingParentStream();
    }

    private void zerosUpTo(long fileOffset) throws IOException {
        while (position < fileOffset) {
            int chunk = (int) Math.min(ZEROS.length, fileOffset - position);
            output.write(ZEROS, 0, chunk);
            position += chunk;
        }
    }
}
