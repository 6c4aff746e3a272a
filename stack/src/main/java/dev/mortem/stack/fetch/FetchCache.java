package dev.mortem.stack.fetch;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was fetched, in a folder that all processes of one user share: {@code BUILDID/debuginfo},
 * {@code BUILDID/executable}, {@code BUILDID/source-HASH}, {@code FILE-ID/FILE} of a symbol store. A
 * file has its name only when it is whole: it is written under another one in the same folder and
 * renamed. That a server does not have a file is kept as an empty file {@code NAME.404-HASH} for an
 * hour. Safe for any thread and any number of processes.
 */
final class FetchCache {
    static final Limit CACHE_BYTES = new Limit(
            "the files fetched from symbol servers",
            10L << 30,
            "bytes",
            "the debug files of a whole distribution's daemons have 2 to 5 GB");

    /** More build ids than a user meets; a folder that holds more is cleared as far as it is seen. */
    private static final int ENTRIES_MAX = 100_000;

    /** A package may be published meanwhile; an hour spares the server and hardly delays anyone. */
    static final Duration ABSENT_FOR = Duration.ofHours(1);

    /** Nobody still writes to it. */
    private static final Duration PART_FOR = Duration.ofDays(1);

    private static final String PART = ".part-";
    private static final String ABSENT = ".404-";

    private final Path root;
    private final UserPrincipal owner;
    private final InstantSource clock;
    private final Limits limits;
    private final CacheStep.Listener steps;

    private FetchCache(
            Path root,
            UserPrincipal owner,
            InstantSource clock,
            Limits limits,
            CacheStep.Listener steps) {
        this.root = root;
        this.owner = owner;
        this.clock = clock;
        this.limits = limits;
        this.steps = steps;
    }

    /**
     * Opens the cache, and makes its folder where there is none.
     *
     * @throws IOException when it cannot be made or written, or others could write to it; the message
     *     says so
     */
    static FetchCache open(Path root, InstantSource clock, Limits limits, CacheStep.Listener steps)
            throws IOException {
        PrivateFolder.make(root);
        Path probe = PrivateFolder.createTemporary(root, PART);
        UserPrincipal owner;
        try {
            owner = Files.getOwner(probe);
        } finally {
            Files.deleteIfExists(probe);
        }
        if (PrivateFolder.attributes(root)
                .filter(found -> PrivateFolder.isOf(owner, found))
                .isEmpty()) {
            throw new FileSystemException(
                    root.toString(),
                    null,
                    "others can write to it, or it is another user's: what it holds cannot be"
                            + " trusted");
        }
        return new FetchCache(root, owner, clock, limits, steps);
    }

    /** The name of a source file in the cache; what servers say of one path may differ. */
    static String sourceName(ServerUrl server, String path) {
        return "source-" + hash(server + "\n" + path);
    }

    /** The file, if it is there, marked as used now. */
    Optional<Path> find(Question.Place place) throws IOException {
        Path file = folder(place).resolve(place.name());
        if (isOurs(folder(place), true) && isOurs(file, false)) {
            touch(file);
            return Optional.of(file);
        }
        return Optional.empty();
    }

    /** Whether the server said within the last hour that it does not have the file. */
    boolean isAbsent(Question.Place place, ServerUrl server) throws IOException {
        Optional<PosixFileAttributes> marker = PrivateFolder.attributes(absent(place, server));
        return marker.filter(found ->
                        PrivateFolder.isOf(owner, found) && !isOutdated(found.lastModifiedTime()))
                .isPresent();
    }

    void rememberAbsent(Question.Place place, ServerUrl server) throws IOException {
        PrivateFolder.make(folder(place));
        Path marker = absent(place, server);
        try {
            PrivateFolder.create(marker).close();
        } catch (FileAlreadyExistsException there) {
            // an old one, or another process's: its time is set anew below
        }
        touch(marker);
    }

    /** An empty file to write to; the caller stores or deletes it. */
    Path begin(Question.Place place) throws IOException {
        PrivateFolder.make(folder(place));
        Path part = PrivateFolder.createTemporary(folder(place), PART);
        steps.done(CacheStep.BEGUN);
        return part;
    }

    /** Gives a whole file its name; another process's file of that name is replaced by an equal one. */
    Path store(Path part, Question.Place place) throws IOException {
        Path folder = folder(place);
        Path file = folder.resolve(place.name());
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        steps.done(CacheStep.SYNCED);
        touch(part);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        steps.done(CacheStep.NAMED);
        PrivateFolder.sync(folder);
        steps.done(CacheStep.KEPT);
        return file;
    }

    void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    private record Entry(Path file, long sizeBytes, FileTime usedAt) {}

    /** How many bytes a cache at {@code root} holds now, as far as this user can see it. */
    static long sizeBytes(Path root) throws IOException {
        long total = 0;
        for (Path folder : children(root)) {
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                for (Path file : children(folder)) {
                    total += PrivateFolder.attributes(file)
                            .map(PosixFileAttributes::size)
                            .orElse(0L);
                }
            }
        }
        return total;
    }

    /**
     * Removes what was used longest ago until the rest is within {@link #CACHE_BYTES}, and what is of
     * no use any more.
     *
     * @param inUse are kept
     */
    void trim(Set<Path> inUse) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path folder : children(root)) {
            if (isOurs(folder, true)) {
                for (Path file : children(folder)) {
                    PrivateFolder.attributes(file)
                            .ifPresent(found -> entries.add(
                                    new Entry(file, found.size(), found.lastModifiedTime())));
                }
            }
            if (entries.size() > ENTRIES_MAX) {
                break;
            }
        }
        entries.sort(Comparator.comparing(Entry::usedAt));
        long total = entries.stream().mapToLong(Entry::sizeBytes).sum();
        for (Entry entry : entries) {
            boolean tooMuch = total > limits.max(CACHE_BYTES) && !isPart(entry.file);
            if (isStale(entry) || (tooMuch && !inUse.contains(entry.file) && !isUsedSince(entry))) {
                Files.deleteIfExists(entry.file);
                total -= entry.sizeBytes;
            }
        }
    }

    /** By another process, since the folder was read: it is about to open the file. */
    private static boolean isUsedSince(Entry entry) throws IOException {
        return PrivateFolder.attributes(entry.file)
                .filter(now -> !now.lastModifiedTime().equals(entry.usedAt))
                .isPresent();
    }

    private boolean isStale(Entry entry) {
        if (isPart(entry.file)) {
            return isOlder(entry.usedAt, PART_FOR);
        }
        return String.valueOf(entry.file.getFileName()).contains(ABSENT)
                && isOutdated(entry.usedAt);
    }

    private static boolean isPart(Path file) {
        return String.valueOf(file.getFileName()).startsWith(PART);
    }

    private static List<Path> children(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (found.size() >= ENTRIES_MAX) {
                    break;
                }
                found.add(entry);
            }
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
        return found;
    }

    private boolean isOurs(Path path, boolean folder) throws IOException {
        return PrivateFolder.attributes(path)
                .filter(found -> folder ? found.isDirectory() : found.isRegularFile())
                .filter(found -> PrivateFolder.isOf(owner, found))
                .isPresent();
    }

    private boolean isOlder(FileTime time, Duration age) {
        return time.toInstant().isBefore(clock.instant().minus(age));
    }

    /** Old, or of a time to come: from before the clock was set back. */
    private boolean isOutdated(FileTime time) {
        return isOlder(time, ABSENT_FOR)
                || time.toInstant().isAfter(clock.instant().plus(ABSENT_FOR));
    }

    private void touch(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
    }

    private Path folder(Question.Place place) {
        return root.resolve(place.folder());
    }

    private Path absent(Question.Place place, ServerUrl server) {
        return folder(place).resolve(place.name() + ABSENT + hash(server.toString()));
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
