package dev.mortem.dump.container;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;

import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.xxhash.XXHashFactory;

import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * A container's content as a stream that does not throw: it ends early and says why. Belongs to one
 * thread, which closes it.
 */
final class UnpackingStream implements AutoCloseable {
    private static final int XZ_MEMORY_KIB_MAX = 128 << 10; // xz -9 needs 65 MiB
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream content;
    private Optional<String> failure;

    private UnpackingStream(InputStream content, Optional<String> failure) {
        this.content = content;
        this.failure = failure;
    }

    static UnpackingStream open(Container container, InputStream packed) {
        try {
            return new UnpackingStream(decoder(container, packed), Optional.empty());
        } catch (IOException | RuntimeException broken) {
            return new UnpackingStream(InputStream.nullInputStream(), message(broken));
        }
    }

    /** Fills the buffer; fewer bytes come only at the end, or where the stream fails. */
    int fill(byte[] buffer) {
        int filled = 0;
        try {
            while (filled < buffer.length) {
                int read = content.read(buffer, filled, buffer.length - filled);
                if (read < 0) {
                    break;
                }
                filled += read;
            }
        } catch (IOException | RuntimeException broken) {
            // The decoders are others' code: on hostile input some throw what their type is not
            // for.
            failure = message(broken);
        }
        return filled;
    }

    /** Why the stream ended early; empty while it has not. */
    Optional<String> failure() {
        return failure;
    }

    @Override
    public void close() throws IOException {
        content.close();
    }

    private static InputStream decoder(Container container, InputStream packed) throws IOException {
        return switch (container) {
            case GZ -> new GZIPInputStream(packed, BUFFER_BYTES);
            case BZ2 -> new BZip2CompressorInputStream(packed, true);
            case XZ -> new XZInputStream(packed, XZ_MEMORY_KIB_MAX);
            // the safe instances: neither a native library to unpack nor Unsafe
            case LZ4 ->
                new LZ4FrameInputStream(
                        packed,
                        LZ4Factory.safeInstance().safeDecompressor(),
                        XXHashFactory.safeInstance().hash32());
            case ZST -> new ZstdInputStreamNoFinalizer(packed);
        };
    }

    private static Optional<String> message(Exception broken) {
        String text = broken.getMessage();
        return Optional.of(text == null ? broken.getClass().getSimpleName() : text);
    }
}
