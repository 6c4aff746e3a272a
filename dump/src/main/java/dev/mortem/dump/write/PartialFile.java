package dev.mortem.dump.write;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * A file that is being written under a temporary name beside its target, for its owner only.
 * Closing it before {@link #complete} removes it. Belongs to one thread, but for {@link #explained}.
 */
public final class PartialFile implements AutoCloseable {
    private final Place place;
    private final FileChannel channel;
    private boolean complete;

    private PartialFile(Place place, FileChannel channel) {
        this.place = place;
        this.channel = channel;
    }

    /** How the file is opened; a test has disks of its own. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, Set<OpenOption> options, FileAttribute<?>... attributes)
                throws IOException;
    }

    /** Where the file comes to be, and what is said of failures there. */
    private record Place(Path target, Path folder, Path partial, boolean direct) {
        static Place of(Path target, boolean direct) throws IOException {
            Path absolute = target.toAbsolutePath();
            Path folder = absolute.getParent();
            if (folder == null || !Files.isDirectory(folder)) {
                throw new NoSuchFileException(
                        target.toString(), null, "its folder does not exist; make it first");
            }
            Path partial = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
            return new Place(absolute, folder, partial, direct);
        }

        FileStore store() throws IOException {
            return Files.getFileStore(folder);
        }

        void refuseExisting() throws IOException {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(
                        target.toString(), null, "it exists; remove it or choose another name");
            }
        }

        /** Of writing: some file systems name the reason otherwise, but have no room. */
        IOException explained(IOException failed, long writtenBytes) {
            return usableBytes() < 1 << 20
                    ? full(failed, writtenBytes)
                    : named(failed, writtenBytes);
        }

        /** Of opening: a file system that can only be read has no room, but is not full. */
        IOException named(IOException failed, long writtenBytes) {
            String message = String.valueOf(failed.getMessage());
            if (message.contains("No space left")) {
                return full(failed, writtenBytes);
            }
            return direct && message.contains("Invalid argument") ? withoutDirect(failed) : failed;
        }

        private IOException full(IOException failed, long writtenBytes) {
            return because(
                    failed,
                    "the disk is full after %,d bytes; the partial file was removed. Free some space, or choose another folder with -o"
                            .formatted(writtenBytes));
        }

        IOException withoutDirect(Exception refused) {
            return because(
                    refused,
                    "the file system of %s has no direct I/O; leave the option for it away, or choose another folder with -o"
                            .formatted(folder));
        }

        private IOException because(Exception cause, String reason) {
            FileSystemException explained =
                    new FileSystemException(target.toString(), null, reason);
            explained.initCause(cause);
            return explained;
        }

        private long usableBytes() {
            try {
                return store().getUsableSpace();
            } catch (IOException unknown) {
                return Long.MAX_VALUE;
            }
        }
    }

    /** Makes the file, following no link and taking no name that is there already. */
    public static PartialFile create(Path target) throws IOException {
        return create(target, false);
    }

    /**
     * The same.
     *
     * @param direct whether the channel takes only whole blocks of {@link #blockBytes}, at such in the
     *     file and from such in memory, and writes them past the kernel's page cache
     * @throws FileSystemException also when direct I/O is wanted where there is none
     */
    public static PartialFile create(Path target, boolean direct) throws IOException {
        return create(target, direct, FileChannel::open);
    }

    static PartialFile create(Path target, boolean direct, Opener opener) throws IOException {
        Place place = Place.of(target, direct);
        place.refuseExisting();
        boolean opened = false;
        try {
            PartialFile file = new PartialFile(place, open(place, opener));
            opened = true;
            return file;
        } catch (UnsupportedOperationException refused) {
            if (direct) {
                throw place.withoutDirect(refused);
            }
            throw refused;
        } catch (IOException failed) {
            throw place.named(failed, 0);
        } finally {
            if (!opened) {
                // open(2) with O_DIRECT makes the file, then says that it cannot be opened so
                Files.deleteIfExists(place.partial);
            }
        }
    }

    public FileChannel channel() {
        return channel;
    }

    /** The size of the file system's blocks. */
    public long blockBytes() throws IOException {
        return place.store().getBlockSize();
    }

    /** Gives the file its name. */
    public void complete() throws IOException {
        try {
            channel.close();
        } catch (IOException failed) {
            throw explained(failed, Files.size(place.partial)); // file systems over a network
        }
        place.refuseExisting();
        Files.move(place.partial, place.target);
        complete = true;
    }

    /**
     * What to tell a person about a failure to write: a full disk is named as such, and so is one that
     * takes no direct I/O. Any thread may ask.
     */
    public IOException explained(IOException failed, long writtenBytes) {
        return place.explained(failed, writtenBytes);
    }

    /** What to tell a person where the file system's blocks are none for direct I/O. */
    public IOException withoutDirect() {
        return place.withoutDirect(new UnsupportedOperationException("direct I/O"));
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            if (!complete) {
                Files.deleteIfExists(place.partial);
            }
        }
    }

    private static FileChannel open(Place place, Opener opener) throws IOException {
        Set<OpenOption> options = new HashSet<>(Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE,
                LinkOption.NOFOLLOW_LINKS));
        if (place.direct) {
            options.add(directOption());
        }
        return place.store().supportsFileAttributeView("posix")
                ? opener.open(
                        place.partial,
                        options,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))
                : opener.open(place.partial, options);
    }

    /**
     * ExtendedOpenOption.DIRECT of module jdk.unsupported. By its name: javac warns of all of that
     * module, and knows no annotation against it.
     */
    private static OpenOption directOption() {
        try {
            Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
            return (OpenOption) options.getField("DIRECT").get(options);
        } catch (ReflectiveOperationException absent) {
            throw new UnsupportedOperationException("this Java has no direct I/O", absent);
        }
    }
}
