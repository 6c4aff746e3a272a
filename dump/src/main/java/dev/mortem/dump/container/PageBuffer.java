package dev.mortem.dump.container;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Memory outside of the heap that starts at a page, as direct I/O wants it: the kernel and the
 * compressor work on it as it is. One thread at a time uses it; any may close it, and nothing that
 * it gave out may be used after that.
 */
public final class PageBuffer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    /** Of {@code sizeBytes} zeros. */
    public PageBuffer(int sizeBytes) {
        this.segment = arena.allocate(sizeBytes, ZeroPages.PAGE_BYTES);
    }

    /** The bytes from {@code from} to before {@code to}, as they are read into. */
    public MemorySegment segment(int from, int to) {
        return segment.asSlice(from, to - from);
    }

    /** The first {@code sizeBytes}, as they are written from. */
    public ByteBuffer bytes(int sizeBytes) {
        return segment(0, sizeBytes).asByteBuffer();
    }

    /** Sets the bytes from {@code from} to before {@code to} to zero. */
    public void clear(int from, int to) {
        segment(from, to).fill((byte) 0);
    }

    /** Which of the pages of the first {@code sizeBytes} hold zeros only; a cut one counts. */
    public BitSet zeroPages(int sizeBytes) {
        return ZeroPages.of(segment, sizeBytes);
    }

    @Override
    public void close() {
        arena.close();
    }
}
