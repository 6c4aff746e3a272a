package dev.mortem.dump.copy;

import dev.mortem.dump.container.FileOutput;
import dev.mortem.dump.container.SparseOutput;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** The dump as it is; pages of zeros become holes. */
final class SparseSink implements ChunkSink {
    private final SparseOutput output;

    SparseSink(FileOutput output) {
        this.output = new SparseOutput(output);
    }

    @Override
    public void write(long fileOffset, ByteBuffer bytes, BitSet zeroPages) throws IOException {
        output.write(fileOffset, bytes, zeroPages);
    }

    @Override
    public long finish(long sizeBytes) throws IOException {
        output.finish(sizeBytes);
        return sizeBytes;
    }

    @Override
    public void close() {}
}
