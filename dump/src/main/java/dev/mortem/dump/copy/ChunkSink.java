package dev.mortem.dump.copy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Takes the dump's bytes by ascending offset; what is left out is zeros. Belongs to one thread at a
 * time.
 */
interface ChunkSink extends AutoCloseable {
    /**
     * @param bytes outside of the heap, from its start to its limit
     * @param zeroPages which of its pages hold zeros only
     */
    void write(long fileOffset, ByteBuffer bytes, BitSet zeroPages) throws IOException;

    /**
     * No more will come; the dump is {@code sizeBytes} long.
     *
     * @return the length of the file that holds it
     */
    long finish(long sizeBytes) throws IOException;

    /** Releases what the sink holds, not the file. */
    @Override
    void close();
}
