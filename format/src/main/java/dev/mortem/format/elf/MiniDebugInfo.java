package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import org.jspecify.annotations.Nullable;
import org.tukaani.xz.SeekableInputStream;
import org.tukaani.xz.SeekableXZInputStream;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * MiniDebugInfo (GDB manual, Debugging Information in a Special Section): {@code .gnu_debugdata} holds an
 * ELF file, compressed with xz, whose {@code .symtab} names the functions that {@code .dynsym} does not.
 *
 * <p>How large it is inflated stands in the xz index (The .xz File Format 1.2.1, section 4) and is checked
 * first; the file is inflated when it is first asked for, outside the Java heap. Safe for any thread while
 * the bytes below are open.
 */
public final class MiniDebugInfo {
    /** The whole inner file. */
    public static final Limit INFLATED_BYTES = new Limit(
            "MiniDebugInfo when inflated",
            64 << 20,
            "bytes",
            "that of a browser's largest library has some 20 MB; a kilobyte of xz can claim any size");

    /** What the xz decoder may take while it works. */
    public static final Limit DECODER_KIB = new Limit(
            "memory of the decoder of MiniDebugInfo",
            80 << 10,
            "KiB",
            "xz -9 needs 65 MiB to decode, xz as distributions run it 9 MiB; headers may claim 4 GiB");

    static final String SECTION = ".gnu_debugdata";

    private static final int CHUNK_BYTES = 1 << 16;

    private final ByteSource stored;
    private final long inflatedSizeBytes;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private @Nullable ElfFile file;

    private MiniDebugInfo(
            ByteSource stored, long inflatedSizeBytes, Limits limits, Diagnostics diagnostics) {
        this.stored = stored;
        this.inflatedSizeBytes = inflatedSizeBytes;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** Reads the index at the end of the stream; inflates nothing. */
    static MiniDebugInfo read(ByteSource stored, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        try (SeekableXZInputStream stream = open(stored, limits)) {
            long sizeBytes = stream.length();
            if (!limits.allows(INFLATED_BYTES, sizeBytes)) {
                throw stored.malformed(
                        "xz index",
                        0,
                        "%,d bytes inflated".formatted(sizeBytes),
                        "at most %,d".formatted(limits.max(INFLATED_BYTES)));
            }
            return new MiniDebugInfo(stored, sizeBytes, limits, diagnostics);
        } catch (IOException | RuntimeException broken) {
            throw broken(stored, broken);
        }
    }

    /** As the index says; at most {@link #INFLATED_BYTES}. */
    public long inflatedSizeBytes() {
        return inflatedSizeBytes;
    }

    /** The inner file; inflated once and then kept. */
    public synchronized ElfFile file() throws MalformedException {
        ElfFile known = file;
        if (known == null) {
            known = ElfFile.read(inflate(), limits, diagnostics);
            file = known;
        }
        return known;
    }

    private ByteSource inflate() throws MalformedException {
        MemorySegment target = Arena.ofAuto().allocate(Math.max(1, inflatedSizeBytes));
        try (SeekableXZInputStream stream = open(stored, limits)) {
            byte[] chunk = new byte[CHUNK_BYTES];
            long done = 0;
            while (done < inflatedSizeBytes) {
                int wanted = (int) Math.min(CHUNK_BYTES, inflatedSizeBytes - done);
                int read = stream.read(chunk, 0, wanted);
                if (read < 0) {
                    throw new EOFException("%,d of %,d bytes".formatted(done, inflatedSizeBytes));
                }
                MemorySegment.copy(chunk, 0, target, ValueLayout.JAVA_BYTE, done, read);
                done += read;
            }
        } catch (IOException | RuntimeException broken) {
            throw broken(stored, broken);
        }
        return ByteSource.ofSegment(
                stored.name() + " " + SECTION,
                target.asSlice(0, inflatedSizeBytes),
                stored.order());
    }

    private static SeekableXZInputStream open(ByteSource stored, Limits limits) throws IOException {
        return new SeekableXZInputStream(new StoredBytes(stored), limits.maxInt(DECODER_KIB));
    }

    /**
     * The decoder was written for files that nobody tampered with: what it throws on others, checked or
     * not, means the same.
     */
    private static MalformedException broken(ByteSource stored, Exception broken) {
        String message = broken.getMessage();
        return stored.malformed(
                "xz stream",
                0,
                message == null ? broken.getClass().getSimpleName() : message,
                "a sound xz file whose decoder needs little memory");
    }

    /** The stored bytes as the decoder wants them. Belongs to one thread. */
    private static final class StoredBytes extends SeekableInputStream {
        private final ByteSource bytes;
        private long position;

        StoredBytes(ByteSource bytes) {
            this.bytes = bytes;
        }

        @Override
        public long length() {
            return bytes.sizeBytes();
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public void seek(long to) throws IOException {
            if (to < 0) {
                throw new IOException("a seek before the start");
            }
            position = to;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] target, int offset, int sizeBytes) throws IOException {
            long left = bytes.sizeBytes() - position;
            if (sizeBytes == 0) {
                return 0;
            }
            if (left <= 0) {
                return -1;
            }
            int size = (int) Math.min(left, sizeBytes);
            try {
                bytes.copyTo("xz stream", position, target, offset, size);
            } catch (MalformedException cutWhileMapped) {
                throw new IOException(cutWhileMapped.problem(), cutWhileMapped);
            }
            position += size;
            return size;
        }
    }
}
