package dev.mortem.os.linux.proc;

import dev.mortem.os.JitMapFile;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Opens the JIT symbol map of a process: {@code /tmp/perf-PID.map}, by the pid in its own namespace, in
 * its own root (Linux, tools/perf/Documentation/jit-interface.txt).
 *
 * <p>Everybody may write to /tmp, and a container's root is its owner's: neither /tmp nor the map may be a
 * link, the map must be a regular file of the process's user or of root, and must have been written to
 * since the process started. It is opened by way of its folder, so that nobody can put another file in
 * between.
 */
public final class PerfMaps {
    private static final Path FOLDER = Path.of("tmp");
    private static final long ROOT = 0;

    /** The kernel tells when it booted in whole seconds, and so when a process started. */
    private static final Duration START_ERROR = Duration.ofSeconds(2);

    private PerfMaps() {}

    /** What came of looking for a map. */
    public sealed interface Found {
        /** There is none. */
        record None() implements Found {}

        /** Open; the receiver closes it. */
        record Open(JitMapFile file) implements Found {}

        /** There is something of that name which is not believed; {@code why} completes "the file …". */
        record Refused(String path, String why) implements Found {}
    }

    /**
     * @param root the process's root folder, as {@code /proc/PID/root}
     * @param pid in the process's own pid namespace
     * @param status of the process, for its users
     */
    public static Found open(Path root, long pid, StatusFile status, Optional<Instant> startedAt) {
        Path name = Path.of("perf-" + pid + ".map");
        String path = "/tmp/" + name;
        // most processes have none, and stand while they are asked
        if (!Files.exists(root.resolve(FOLDER).resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            return new Found.None();
        }
        try (DirectoryStream<Path> top = Files.newDirectoryStream(root)) {
            if (!(top instanceof SecureDirectoryStream<Path> safeTop)) {
                return new Found.Refused(path, "cannot be opened safely on this system");
            }
            try (SecureDirectoryStream<Path> folder =
                    safeTop.newDirectoryStream(FOLDER, LinkOption.NOFOLLOW_LINKS)) {
                return open(folder, root.resolve(FOLDER).resolve(name), path, status, startedAt);
            }
        } catch (NoSuchFileException gone) {
            return new Found.None();
        } catch (IOException | UnsupportedOperationException failed) {
            return new Found.Refused(path, "cannot be opened: " + failed.getMessage());
        }
    }

    private static Found open(
            SecureDirectoryStream<Path> folder,
            Path file,
            String path,
            StatusFile status,
            Optional<Instant> startedAt)
            throws IOException {
        Path name = Objects.requireNonNull(file.getFileName());
        BasicFileAttributes before = attributes(folder, name);
        Map<String, Object> named =
                Files.readAttributes(file, "unix:uid,fileKey", LinkOption.NOFOLLOW_LINKS);
        Optional<String> why = refusal(before, named, status, startedAt);
        if (why.isPresent()) {
            return new Found.Refused(path, why.get());
        }
        SeekableByteChannel channel = folder.newByteChannel(
                name, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        BasicFileAttributes after = attributes(folder, name);
        if (!Objects.equals(before.fileKey(), after.fileKey())) {
            channel.close();
            return new Found.Refused(path, "was replaced while it was opened");
        }
        return new Found.Open(new JitMapFile(path, channel, channel.size()));
    }

    private static Optional<String> refusal(
            BasicFileAttributes file,
            Map<String, Object> named,
            StatusFile status,
            Optional<Instant> startedAt) {
        if (!file.isRegularFile()) {
            return Optional.of("is no regular file");
        }
        if (!Objects.equals(file.fileKey(), named.get("fileKey"))) {
            return Optional.of("was replaced while it was opened");
        }
        String uid = String.valueOf(named.get("uid"));
        List<String> users = List.of(status.value("Uid").orElse("").split("\\s+", -1));
        if (!uid.equals(Long.toString(ROOT)) && !users.contains(uid)) {
            return Optional.of("belongs to user " + uid + ", not to the process's");
        }
        FileTime written = file.lastModifiedTime();
        boolean stale = startedAt
                .filter(start -> written.toInstant().plus(START_ERROR).isBefore(start))
                .isPresent();
        return stale
                ? Optional.of("was last written before the process started: it is another's")
                : Optional.empty();
    }

    private static BasicFileAttributes attributes(SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        return folder.getFileAttributeView(
                        name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }
}
