package dev.mortem.dump.container;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A new file that is written by ascending offset; what is left out reads as zeros. Belongs to one
 * thread at a time; the opener closes the file.
 */
public interface FileOutput extends AutoCloseable {
    /** Writes all that remains of {@code bytes}, which stands at its limit then. */
    void write(ByteBuffer bytes, long fileOffset) throws IOException;

    /** No more will come: makes the file {@code sizeBytes} long, which is no less than was written. */
    void finish(long sizeBytes) throws IOException;

    /** A hole of fewer bytes costs more than to write its zeros. */
    int holeBytesMin();

    /** How many bytes went to the file, holes not counted. */
    long allocatedBytes();

    /** Releases what the output holds, not the file. */
    @Override
    void close();
}
