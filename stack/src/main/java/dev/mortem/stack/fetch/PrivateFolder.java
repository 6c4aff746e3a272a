package dev.mortem.stack.fetch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.Set;

/**
 * Folders and files that this user alone may change: what others could write, or lead elsewhere by a
 * link, is not used.
 */
final class PrivateFolder {
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private PrivateFolder() {}

    /** Makes the folder, mode 0700, if it is not there; folders above it as the user's mask has them. */
    static void make(Path folder) throws IOException {
        Path above = folder.toAbsolutePath().getParent();
        if (above != null && !Files.isDirectory(above)) {
            Files.createDirectories(above, FOLDER_MODE);
        }
        try {
            Files.createDirectory(folder, FOLDER_MODE);
        } catch (FileAlreadyExistsException there) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileSystemException(folder.toString(), null, "is no folder");
            }
        }
    }

    /** An empty file, mode 0600, that was not there before, for writing. */
    static OutputStream create(Path file) throws IOException {
        return Channels.newOutputStream(FileChannel.open(
                file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), FILE_MODE));
    }

    /** An empty file of an unused name. */
    static Path createTemporary(Path folder, String prefix) throws IOException {
        return Files.createTempFile(folder, prefix, "", FILE_MODE);
    }

    /** Puts a copy of a file's content in place of what an existing file has; its mode stays. */
    static void fill(Path file, Path from) throws IOException {
        try (OutputStream out = Files.newOutputStream(
                file,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING,
                LinkOption.NOFOLLOW_LINKS)) {
            Files.copy(from, out);
        }
    }

    /** What a path is, links not followed; empty where there is nothing. */
    static Optional<PosixFileAttributes> attributes(Path path) throws IOException {
        try {
            return Optional.of(Files.readAttributes(
                    path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    /** Whether only {@code owner} may change it. */
    static boolean isOf(UserPrincipal owner, PosixFileAttributes found) {
        return found.owner().equals(owner)
                && !found.permissions().contains(PosixFilePermission.GROUP_WRITE)
                && !found.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    }

    /** A rename in the folder is on the disk. */
    static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
