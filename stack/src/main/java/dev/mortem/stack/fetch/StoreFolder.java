package dev.mortem.stack.fetch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * A symbol store in a folder that the user named: {@code NAME/ID/FILE}, or, where {@code index2.txt} lies
 * at its top, {@code NA/NAME/ID/FILE}. Names are found in any case. Safe for any thread and any number of
 * processes: a file has its name only when it is whole.
 */
public final class StoreFolder {
    /** At the top of a store of two tiers (SymStore, "/2"). */
    static final String TWO_TIERS = "index2.txt";

    static final String POINTER = "file.ptr";

    /** A store of many products has some ten thousand names at its top. */
    private static final int ENTRIES_PER_FOLDER_MAX = 1 << 17;

    private static final String PART = ".mortem-part-";

    /** Nobody still writes to it. */
    private static final Duration PART_FOR = Duration.ofDays(1);

    /** In what form a store has a file. */
    sealed interface Held {
        record Plain(Path file) implements Held {}

        /** In a cabinet. */
        record Packed(Path file) implements Held {}

        /** A text that leads elsewhere. */
        record Pointer(Path file) implements Held {}
    }

    private final Path root;

    /** @param root made when something is put in */
    public StoreFolder(Path root) {
        this.root = root;
    }

    /** In all forms in which it is there, the best first. */
    List<Held> find(StoreFile file) {
        List<Held> found = new ArrayList<>();
        for (Path folder : folders(file)) {
            entry(folder, file.fileName()).map(Held.Plain::new).ifPresent(found::add);
            entry(folder, file.packedName()).map(Held.Packed::new).ifPresent(found::add);
            entry(folder, POINTER).map(Held.Pointer::new).ifPresent(found::add);
        }
        return found;
    }

    /** Copies a whole file in under its name. */
    Path put(StoreFile file, Path whole, InstantSource clock) throws IOException {
        Path top = isTwoTier() ? root.resolve(firstTier(file.name())) : root;
        return put(top.resolve(file.name()).resolve(file.id()), file.fileName(), whole, clock);
    }

    /**
     * Copies a file of ELF in as gdb looks for it: {@code .build-id/xx/yyyy}, with {@code .debug} behind
     * a debug file's.
     *
     * @param buildId lower-case hex, more than two digits
     * @return where it is then
     * @throws IOException when it cannot be written; nothing has its name then
     */
    public Path putBuild(String buildId, boolean debugFile, Path whole, InstantSource clock)
            throws IOException {
        return put(
                root.resolve(".build-id").resolve(buildId.substring(0, 2)),
                buildId.substring(2) + (debugFile ? ".debug" : ""),
                whole,
                clock);
    }

    private static Path put(Path folder, String name, Path whole, InstantSource clock)
            throws IOException {
        Files.createDirectories(folder);
        removeOldParts(folder, clock);
        Path part = folder.resolve(PART + ProcessHandle.current().pid() + "-" + UUID.randomUUID());
        try {
            // the user's mask decides who may read it: a store may be a team's
            try (FileChannel from = FileChannel.open(whole, StandardOpenOption.READ);
                    FileChannel to = FileChannel.open(
                            part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                copy(from, to);
                to.force(true);
            }
            Path target = folder.resolve(name);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            PrivateFolder.sync(folder);
            return target;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void copy(FileChannel from, FileChannel to) throws IOException {
        long size = from.size();
        for (long done = 0; done < size; ) {
            long moved = from.transferTo(done, size - done, to);
            if (moved <= 0) {
                throw new IOException("the file became shorter while it was copied");
            }
            done += moved;
        }
    }

    private static void removeOldParts(Path folder, InstantSource clock) throws IOException {
        Instant old = clock.instant().minus(PART_FOR);
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, PART + "*")) {
            for (Path part : parts) {
                if (Files.getLastModifiedTime(part, LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .isBefore(old)) {
                    Files.deleteIfExists(part);
                }
            }
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
    }

    private boolean isTwoTier() {
        return Files.isRegularFile(root.resolve(TWO_TIERS));
    }

    /** The first two letters: {@code nt} of ntdll.pdb. */
    static String firstTier(String name) {
        return name.substring(0, Math.min(2, name.length())).toLowerCase(Locale.ROOT);
    }

    private List<Path> folders(StoreFile file) {
        List<Path> found = new ArrayList<>();
        if (isTwoTier()) {
            below(List.of(firstTier(file.name()), file.name(), file.id())).ifPresent(found::add);
        }
        below(List.of(file.name(), file.id())).ifPresent(found::add);
        return found;
    }

    private Optional<Path> below(List<String> names) {
        Path folder = root;
        for (String name : names) {
            Optional<Path> next = entry(folder, name);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            folder = next.get();
        }
        return Optional.of(folder);
    }

    /** What a folder has under the name, in its own case, in small letters, else in any. */
    private static Optional<Path> entry(Path folder, String name) {
        for (String spelled : List.of(name, name.toLowerCase(Locale.ROOT))) {
            Path path = folder.resolve(spelled);
            if (Files.exists(path)) {
                return Optional.of(path);
            }
        }
        int seen = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (seen++ >= ENTRIES_PER_FOLDER_MAX) {
                    break;
                }
                if (String.valueOf(entry.getFileName()).equalsIgnoreCase(name)) {
                    return Optional.of(entry);
                }
            }
        } catch (IOException | DirectoryIteratorException | SecurityException unreadable) {
            return Optional.empty(); // what cannot be listed has nothing for us
        }
        return Optional.empty();
    }
}
