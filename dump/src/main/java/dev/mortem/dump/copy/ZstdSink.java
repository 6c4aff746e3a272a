package dev.mortem.dump.copy;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;

import dev.mortem.dump.container.FileOutput;
import dev.mortem.dump.container.PageBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** The core in one zstd frame (RFC 8878) of level 1 with a checksum. */
final class ZstdSink implements ChunkSink {
    /** Higher levels gain nothing on memory and are slower than a disk. */
    private static final int LEVEL = 1;

    /** The largest block of a frame (section 3.1.1.2.3): holes are fed one by one of these. */
    private static final int ZEROS_BYTES = 1 << 17;

    /** What is written at once: whole blocks of the file system, so that none is copied again. */
    private static final int PACKED_BYTES = 1 << 20;

    private final FileOutput output;
    private final ZstdCompressCtx compressor =
            new ZstdCompressCtx().setLevel(LEVEL).setChecksum(true);
    private final PageBuffer zeroMemory = new PageBuffer(ZEROS_BYTES);
    private final PageBuffer packedMemory = new PageBuffer(PACKED_BYTES);
    private final ByteBuffer zeros = zeroMemory.bytes(ZEROS_BYTES);
    private final ByteBuffer packed = packedMemory.bytes(PACKED_BYTES);
    private long position;
    private long packedOffset;

    ZstdSink(FileOutput output) {
        this.output = output;
    }

    @Override
    public void write(long fileOffset, ByteBuffer bytes, BitSet zeroPages) throws IOException {
        zerosUpTo(fileOffset);
        compress(bytes, EndDirective.CONTINUE);
        position += bytes.limit();
    }

    @Override
    public long finish(long sizeBytes) throws IOException {
        zerosUpTo(sizeBytes);
        compress(zeros.limit(0), EndDirective.END);
        writePacked();
        output.finish(packedOffset);
        return packedOffset;
    }

    @Override
    public void close() {
        compressor.close();
        zeroMemory.close();
        packedMemory.close();
    }

    private void zerosUpTo(long fileOffset) throws IOException {
        while (position < fileOffset) {
            int size = (int) Math.min(ZEROS_BYTES, fileOffset - position);
            compress(zeros.clear().limit(size), EndDirective.CONTINUE);
            position += size;
        }
    }

    /** Takes all of {@code bytes}; at the end, also what the compressor still holds. */
    private void compress(ByteBuffer bytes, EndDirective directive) throws IOException {
        boolean flushed;
        do {
            flushed = compressOnce(bytes, directive);
            if (!packed.hasRemaining()) {
                writePacked();
            }
        } while (bytes.hasRemaining() || (directive == EndDirective.END && !flushed));
    }

    private boolean compressOnce(ByteBuffer bytes, EndDirective directive) throws IOException {
        try {
            return compressor.compressDirectByteBufferStream(packed, bytes, directive);
        } catch (ZstdException failed) {
            throw new IOException("the dump cannot be compressed: " + failed.getMessage(), failed);
        }
    }

    private void writePacked() throws IOException {
        packed.flip();
        int size = packed.limit();
        output.write(packed, packedOffset);
        packedOffset += size;
        packed.clear();
    }
}
