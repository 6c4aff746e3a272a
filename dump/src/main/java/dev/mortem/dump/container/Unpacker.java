package dev.mortem.dump.container;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Unpacks a container once, as a stream, to a temporary file for its owner only; zeros become
 * holes. A stream that is cut or broken, or goes on beyond the limits, gives what came before.
 */
public final class Unpacker {
    public static final Limit UNPACKED_BYTES = new Limit(
            "an unpacked dump",
            1L << 40,
            "bytes",
            "the largest servers have a terabyte; a few kilobytes can claim to unpack to more");

    /** Space that stays free, as everywhere in Mortem: other programs need the disk too. */
    private static final double KEEP_FREE_PART = 0.10;

    private static final long KEEP_FREE_BYTES = 5_000_000_000L;

    /** Small dumps open on any disk with room for them. */
    private static final long ALWAYS_ALLOWED_BYTES = 64 << 20;

    private static final int BUFFER_BYTES = 1 << 16;

    private final Path folder;
    private final Limits limits;
    private final Diagnostics diagnostics;

    /**
     * @param folder for the temporary files
     */
    public Unpacker(Path folder, Limits limits, Diagnostics diagnostics) {
        this.folder = folder;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * Unpacks {@code file}.
     *
     * @throws IOException when the temporary file cannot be made or written
     */
    public UnpackedFile unpack(Path file, Container container) throws IOException {
        Path temporary = Files.createTempFile(folder, "mortem-", ".unpacked"); // 0600 on POSIX
        boolean done = false;
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            boolean whole = copy(file, container, channel);
            done = true;
            return new UnpackedFile(temporary, container, !whole);
        } finally {
            if (!done) {
                Files.deleteIfExists(temporary); // also where a decoder's library cannot be loaded
            }
        }
    }

    private boolean copy(Path file, Container container, FileChannel channel) throws IOException {
        SparseOutput output = new SparseOutput(channel);
        long room = roomBytes();
        byte[] buffer = new byte[BUFFER_BYTES];
        long sizeBytes = 0;
        Optional<String> cutWhy = Optional.empty();
        try (InputStream packed =
                        new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
                UnpackingStream stream = UnpackingStream.open(container, packed)) {
            int read = buffer.length;
            while (read == buffer.length && cutWhy.isEmpty()) {
                read = stream.fill(buffer);
                cutWhy = stopReason(sizeBytes + read, output.allocatedBytes() + read, room);
                if (cutWhy.isEmpty()) {
                    output.write(sizeBytes, buffer, read);
                    sizeBytes += read;
                    cutWhy = stream.failure();
                }
            }
        }
        output.finish(sizeBytes);
        if (cutWhy.isPresent()) {
            diagnostics.report(
                    String.valueOf(file.getFileName()),
                    "the %s stream ends early, after %,d bytes unpacked: %s"
                            .formatted(container.label(), sizeBytes, cutWhy.get()),
                    "the dump is read as a truncated one");
        }
        return cutWhy.isEmpty();
    }

    private Optional<String> stopReason(long sizeBytes, long allocatedBytes, long room) {
        if (!limits.allows(UNPACKED_BYTES, sizeBytes)) {
            return Optional.of(
                    "at most %,d bytes are unpacked".formatted(limits.max(UNPACKED_BYTES)));
        }
        if (allocatedBytes > room) {
            return Optional.of("no more room in %s; name another folder with -Dmortem.tmp=FOLDER"
                    .formatted(folder));
        }
        return Optional.empty();
    }

    private long roomBytes() throws IOException {
        FileStore store = Files.getFileStore(folder);
        long kept = Math.max(KEEP_FREE_BYTES, (long) (store.getTotalSpace() * KEEP_FREE_PART));
        long usable = store.getUsableSpace();
        return Math.max(Math.min(usable, ALWAYS_ALLOWED_BYTES), usable - kept);
    }
}
