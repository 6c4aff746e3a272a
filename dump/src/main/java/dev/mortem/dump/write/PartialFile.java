package dev.mortem.dump.write;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * A file that is being written under a temporary name beside its target, for its owner only.
 * Closing it before {@link #complete} removes it. Belongs to one thread.
 */
public final class PartialFile implements AutoCloseable {
    private final Path target;
    private final Path partial;
    private final FileChannel channel;
    private boolean complete;

    private PartialFile(Path target, Path partial, FileChannel channel) {
        this.target = target;
        this.partial = partial;
        this.channel = channel;
    }

    /** Makes the file, following no link and taking no name that is there already. */
    public static PartialFile create(Path target) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path folder = absolute.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    target.toString(), null, "its folder does not exist; make it first");
        }
        refuseExisting(absolute);
        Path partial = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
        Set<java.nio.file.OpenOption> options = Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE,
                LinkOption.NOFOLLOW_LINKS);
        boolean posix = Files.getFileStore(folder).supportsFileAttributeView("posix");
        FileChannel channel = posix
                ? FileChannel.open(
                        partial,
                        options,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))
                : FileChannel.open(partial, options);
        return new PartialFile(absolute, partial, channel);
    }

    public FileChannel channel() {
        return channel;
    }

    /** Gives the file its name. */
    public void complete() throws IOException {
        channel.close();
        refuseExisting(target);
        Files.move(partial, target);
        complete = true;
    }

    /** What to tell a person about a failure to write: a full disk is named as such. */
    public IOException explained(IOException failed, long writtenBytes) {
        long usable = usableBytes();
        boolean full =
                usable < 1 << 20 || String.valueOf(failed.getMessage()).contains("No space left");
        if (!full) {
            return failed;
        }
        FileSystemException explained = new FileSystemException(
                target.toString(),
                null,
                ("the disk is full after %,d bytes; the partial file was removed. Free some"
                                + " space, or choose another folder with -o")
                        .formatted(writtenBytes));
        explained.initCause(failed);
        return explained;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (!complete) {
            Files.deleteIfExists(partial);
        }
    }

    private long usableBytes() {
        try {
            return Files.getFileStore(partial).getUsableSpace();
        } catch (IOException unknown) {
            return Long.MAX_VALUE;
        }
    }

    private static void refuseExisting(Path target) throws IOException {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(
                    target.toString(), null, "it exists; remove it or choose another name");
        }
    }
}
