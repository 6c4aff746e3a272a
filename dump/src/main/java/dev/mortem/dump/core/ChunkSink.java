package dev.mortem.dump.core;

import java.io.IOException;
import java.util.BitSet;

/** Takes the file's bytes by ascending offset; what is left out is zeros. Belongs to one thread. */
interface ChunkSink extends AutoCloseable {
    void write(long fileOffset, byte[] buffer, int sizeBytes, BitSet zeroPages) throws IOException;

    /** No more will come; the file is {@code sizeBytes} long. */
    void finish(long sizeBytes) throws IOException;

    /** Releases what the sink holds, not the file. */
    @Override
    void close() throws IOException;
}
