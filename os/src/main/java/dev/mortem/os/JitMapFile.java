package dev.mortem.os;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/**
 * The map that a process writes of the code it makes at run time, {@code /tmp/perf-PID.map}, as it was
 * when the process stood: programs only append to it, so its first {@link #sizeBytes} are that moment's.
 *
 * <p>It stays open, whatever becomes of the process or of the file's name. Belongs to one thread at a time;
 * the snapshot that gave it out closes it.
 */
public final class JitMapFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 16;

    private final String path;
    private final SeekableByteChannel channel;
    private final long sizeBytes;

    /**
     * @param path as the process names it
     * @param channel open for reading; closed with this
     * @param sizeBytes of the file at that moment
     */
    public JitMapFile(String path, SeekableByteChannel channel, long sizeBytes) {
        this.path = path;
        this.channel = channel;
        this.sizeBytes = sizeBytes;
    }

    /** In the process's own mount namespace. */
    public String path() {
        return path;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /**
     * Copies its whole lines, at most {@code bytesMax} of them.
     *
     * @return how many bytes were copied
     */
    public long copyTo(OutputStream target, long bytesMax) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        long wanted = wholeLines(Math.min(sizeBytes, bytesMax));
        long done = 0;
        while (done < wanted) {
            int read = read(chunk, done, wanted);
            if (read == 0) {
                return done; // it was made shorter
            }
            target.write(chunk.array(), 0, read);
            done += read;
        }
        return done;
    }

    /** The end of the last whole line before {@code end}: one is being written, perhaps. */
    private long wholeLines(long end) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        long from = Math.max(0, end - CHUNK_BYTES);
        for (int at = read(chunk, from, end) - 1; at >= 0; at--) {
            if (chunk.get(at) == '\n') {
                return from + at + 1;
            }
        }
        return 0;
    }

    private int read(ByteBuffer chunk, long from, long end) throws IOException {
        chunk.clear().limit((int) Math.min(chunk.capacity(), end - from));
        channel.position(from);
        while (chunk.hasRemaining() && channel.read(chunk) >= 0) {
            // a read may be short
        }
        return chunk.position();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failed) {
            // nothing was written to it
        }
    }
}
