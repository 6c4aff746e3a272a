package dev.mortem.dump.core;

import dev.mortem.dump.container.SparseOutput;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.BitSet;

/** The core as it is; pages of zeros become holes. */
final class SparseSink implements ChunkSink {
    private final SparseOutput output;

    SparseSink(FileChannel channel) {
        this.output = new SparseOutput(channel);
    }

    @Override
    public void write(long fileOffset, byte[] buffer, int sizeBytes, BitSet zeroPages)
            throws IOException {
        output.write(fileOffset, buffer, sizeBytes, zeroPages);
    }

    @Override
    public void finish(long sizeBytes) throws IOException {
        output.finish(sizeBytes);
    }

    @Override
    public void close() {}
}
