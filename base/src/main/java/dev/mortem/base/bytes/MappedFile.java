package dev.mortem.base.bytes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file mapped into memory for reading: of any size, nothing of it in the Java heap. The opener closes
 * it; {@link #source} may be used by any thread until then.
 *
 * <p>A file that is truncated while it is mapped is no crash: reads beyond its new end throw
 * {@link MalformedException}.
 */
public final class MappedFile implements AutoCloseable {
    private final Arena arena;
    private final ByteSource source;

    private MappedFile(Arena arena, ByteSource source) {
        this.arena = arena;
        this.source = source;
    }

    /**
     * Maps a regular file.
     *
     * @throws NoSuchFileException when there is none
     * @throws IOException when it is no regular file, or may not be read; the message says which
     */
    public static MappedFile open(Path path, ByteOrder order) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such file");
        }
        if (!Files.isRegularFile(path)) {
            String kind = Files.isDirectory(path) ? "a directory" : "no regular file";
            throw new FileSystemException(
                    path.toString(), null, kind + ", not a file that can be read as a dump");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            String name = String.valueOf(path.getFileName());
            return new MappedFile(
                    arena,
                    new ByteSource(name, "file", bytes, 0, order == ByteOrder.LITTLE_ENDIAN));
        } catch (IOException | RuntimeException failed) {
            arena.close();
            throw failed;
        }
    }

    public ByteSource source() {
        return source;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
