package dev.mortem.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * A file on a disk that fills up: writes go to a real channel until there is no room, as ENOSPC comes
 * from pwrite(2), with what still fits written before. What a writer of dumps does not call is not
 * there.
 */
public final class FullDisk extends FileChannel {
    private enum Kind {
        FILLS_UP,
        CANNOT_KEEP,
        BROKEN
    }

    private final FileChannel disk;
    private final Kind kind;
    private long roomBytes;

    private FullDisk(FileChannel disk, Kind kind, long roomBytes) {
        this.disk = disk;
        this.kind = kind;
        this.roomBytes = roomBytes;
    }

    /** With room for so many bytes. */
    public static FullDisk after(FileChannel disk, long roomBytes) {
        return new FullDisk(disk, Kind.FILLS_UP, roomBytes);
    }

    /** That takes every byte, and says only when it is asked to keep them that it cannot. */
    public static FullDisk atTheEnd(FileChannel disk) {
        return new FullDisk(disk, Kind.CANNOT_KEEP, Long.MAX_VALUE);
    }

    /** Of which no write ends as a write may. */
    public static FullDisk broken(FileChannel disk) {
        return new FullDisk(disk, Kind.BROKEN, 0);
    }

    @Override
    public int write(ByteBuffer bytes, long position) throws IOException {
        if (kind == Kind.BROKEN) {
            throw new AssertionError("for the test");
        }
        int size = (int) Math.min(roomBytes, bytes.remaining());
        if (size == 0) {
            throw full();
        }
        int written = disk.write(bytes.slice(bytes.position(), size), position);
        bytes.position(bytes.position() + written);
        roomBytes -= written;
        return written;
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        disk.truncate(size);
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        if (kind == Kind.CANNOT_KEEP) {
            throw full();
        }
        disk.force(metaData);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        disk.close();
        if (kind == Kind.CANNOT_KEEP) {
            throw full();
        }
    }

    private static IOException full() {
        return new IOException("No space left on device");
    }

    @Override
    public int write(ByteBuffer bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] bytes, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long size() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
