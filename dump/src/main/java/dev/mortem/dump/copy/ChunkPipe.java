package dev.mortem.dump.copy;

import dev.mortem.dump.container.PageBuffer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Hands chunks from the thread that reads memory to one that writes them, so that both go on at
 * once. A few buffers go round. Closing it waits for the writing thread; what was not written yet
 * is given up then, unless {@link #finish} came before.
 */
final class ChunkPipe implements AutoCloseable {
    static final int CHUNK_BYTES = 1 << 20;
    private static final int BUFFERS = 4;

    /** A buffer's first bytes and their place in the file; or, in place of a chunk, the end. */
    private sealed interface Step {
        record Chunk(long fileOffset, PageBuffer buffer, int sizeBytes, BitSet zeroPages)
                implements Step {}

        record End() implements Step {}
    }

    private final ChunkSink sink;
    private final List<PageBuffer> buffers = new ArrayList<>();
    private final BlockingQueue<PageBuffer> free = new ArrayBlockingQueue<>(BUFFERS);

    /** Has room for every buffer and the end: nobody waits to put something in. */
    private final BlockingQueue<Step> full = new ArrayBlockingQueue<>(BUFFERS + 1);

    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final Thread writer;
    private volatile boolean givenUp;
    private boolean ended;

    ChunkPipe(ChunkSink sink) {
        this.sink = sink;
        for (int index = 0; index < BUFFERS; index++) {
            buffers.add(new PageBuffer(CHUNK_BYTES));
        }
        free.addAll(buffers);
        this.writer = Thread.ofPlatform().daemon().name("dump-writer").start(this::writeAll);
    }

    /** A buffer of {@link #CHUNK_BYTES} to fill and submit; waits for one. What it holds is old. */
    PageBuffer buffer() throws IOException {
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
    void submit(long fileOffset, PageBuffer buffer, int sizeBytes) {
        full.add(new Step.Chunk(fileOffset, buffer, sizeBytes, buffer.zeroPages(sizeBytes)));
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

    /** Never gives up waiting: the thread writes from the buffers that are freed here. */
    @Override
    public void close() {
        givenUp = true;
        end();
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        buffers.forEach(PageBuffer::close);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        if (!ended) {
            ended = true;
            full.add(new Step.End());
        }
    }

    /** After a failure the chunks are only given back, so that nobody waits for ever. */
    private void writeAll() {
        try {
            while (full.take() instanceof Step.Chunk chunk) {
                if (failure.get() == null && !givenUp) {
                    write(chunk);
                }
                free.add(chunk.buffer);
            }
        } catch (InterruptedException interrupted) {
            failure.compareAndSet(null, asIo(interrupted));
        }
    }

    private void write(Step.Chunk chunk) {
        try {
            sink.write(chunk.fileOffset, chunk.buffer.bytes(chunk.sizeBytes), chunk.zeroPages);
        } catch (IOException failed) {
            failure.set(failed);
        } catch (RuntimeException | Error ourBug) {
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
