package dev.mortem.dump.core;

import dev.mortem.dump.container.SparseOutput;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.BitSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Hands chunks from the thread that reads memory to one that writes them, so that both go on at
 * once. A few buffers go round. Closing it waits for the writing thread.
 */
final class ChunkPipe implements AutoCloseable {
    static final int CHUNK_BYTES = 1 << 20;
    private static final int BUFFERS = 4;
    private static final Chunk END = new Chunk(0, new byte[0], -1, new BitSet());

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Chunk(long fileOffset, byte[] buffer, int sizeBytes, BitSet zeroPages) {
        boolean isEnd() {
            return sizeBytes < 0;
        }
    }

    private final ChunkSink sink;
    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(BUFFERS);
    private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(BUFFERS + 1);
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final Thread writer;
    private boolean ended;

    ChunkPipe(ChunkSink sink) {
        this.sink = sink;
        for (int index = 0; index < BUFFERS; index++) {
            free.add(new byte[CHUNK_BYTES]);
        }
        this.writer = Thread.ofPlatform().daemon().name("core-writer").start(this::writeAll);
    }

    /** A buffer to fill and submit; waits for one. */
    byte[] buffer() throws IOException {
        throwFailure();
        try {
            return free.take();
        } catch (InterruptedException interrupted) {
            throw asIo(interrupted);
        }
    }

    /**
     * Gives a filled buffer to the writing thread, which has more to do than this one: which pages hold
     * zeros is found out here.
     */
    void submit(long fileOffset, byte[] buffer, int sizeBytes) throws IOException {
        put(new Chunk(fileOffset, buffer, sizeBytes, SparseOutput.zeroPages(buffer, sizeBytes)));
    }

    /** Waits until all is written. */
    void finish() throws IOException {
        end();
        try {
            writer.join();
        } catch (InterruptedException interrupted) {
            throw asIo(interrupted);
        }
        throwFailure();
    }

    @Override
    public void close() throws IOException {
        end();
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException again) {
                interrupted =
                        true; // the sink must not be closed under the thread that writes to it
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() throws IOException {
        if (!ended) {
            ended = true;
            put(END);
        }
    }

    private void put(Chunk chunk) throws IOException {
        try {
            full.put(chunk);
        } catch (InterruptedException interrupted) {
            throw asIo(interrupted);
        }
    }

    /** After a failure the chunks are only given back, so that nobody waits for ever. */
    private void writeAll() {
        try {
            for (Chunk chunk = full.take(); !chunk.isEnd(); chunk = full.take()) {
                if (failure.get() == null) {
                    write(chunk);
                }
                free.add(chunk.buffer);
            }
        } catch (InterruptedException interrupted) {
            failure.compareAndSet(null, asIo(interrupted));
        }
    }

    private void write(Chunk chunk) {
        try {
            sink.write(chunk.fileOffset, chunk.buffer, chunk.sizeBytes, chunk.zeroPages);
        } catch (IOException failed) {
            failure.set(failed);
        } catch (RuntimeException ourBug) {
            failure.set(new IOException("the dump cannot be written: " + ourBug, ourBug));
        }
    }

    private void throwFailure() throws IOException {
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    private static IOException asIo(InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        InterruptedIOException failed =
                new InterruptedIOException("interrupted while the dump was written");
        failed.initCause(interrupted);
        return failed;
    }
}
