package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The folder that a dump goes to: whether there is room, and whether it is a good place. */
final class DumpFolder {
    private static final long KEEP_FREE_BYTES_MIN = 5_000_000_000L;
    private static final int KEEP_FREE_PERCENT = 10;
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "devtmpfs");

    private final Path folder;
    private final Optional<Long> keepFreeBytes;
    private final Space space;

    /** @param keepFreeBytes space that stays free; empty for the default */
    DumpFolder(Path folder, Optional<Long> keepFreeBytes, Space space) {
        this.folder = folder.toAbsolutePath().normalize();
        this.keepFreeBytes = keepFreeBytes;
        this.space = space;
    }

    /** How much room a file system has, in bytes; a test has disks of its own. */
    interface Space {
        long totalBytes(Path folder) throws IOException;

        /** What this user may still write. */
        long usableBytes(Path folder) throws IOException;

        /** What the system says, anew each time. */
        static Space ofThisMachine() {
            return new Space() {
                @Override
                public long totalBytes(Path folder) throws IOException {
                    return Files.getFileStore(folder).getTotalSpace();
                }

                @Override
                public long usableBytes(Path folder) throws IOException {
                    return Files.getFileStore(folder).getUsableSpace();
                }
            };
        }
    }

    /**
     * What was found before a dump is written.
     *
     * @param free how much room there is, as it stands in a sentence
     * @param warnings what is worth one about the place
     */
    record Room(String free, List<String> warnings) {}

    /** Refuses a folder without room for a dump of that size. */
    Room check(long expectedBytes) throws CommandFailure {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure(
                    ExitCode.STORAGE, folder + " is no folder; create it, or name another with -o");
        }
        if (!Files.isWritable(folder)) {
            throw new CommandFailure(
                    ExitCode.STORAGE, folder + " may not be written; name another with -o");
        }
        try {
            long keep = keptBytes();
            long free = space.usableBytes(folder);
            if (free - expectedBytes < keep) {
                throw new CommandFailure(
                        ExitCode.STORAGE,
                        "%s has %s free; a dump of %s would leave less than the %s kept free. "
                                        .formatted(
                                                folder,
                                                Quantities.size(free),
                                                Quantities.size(expectedBytes),
                                                Quantities.size(keep))
                                + "Name another folder with -o, or keep less with --keep-free.");
            }
            return new Room(
                    "%s has %s free, %s stay free"
                            .formatted(folder, Quantities.size(free), Quantities.size(keep)),
                    warnings());
        } catch (IOException unknown) {
            return new Room("how much is free is not known", List.of(unknown(unknown)));
        }
    }

    /** For looking on while one dump is written. */
    SpaceWatch watch() {
        try {
            return new SpaceWatch(folder, space, keptBytes());
        } catch (IOException unknown) {
            return new SpaceWatch(folder, space, 0); // a full disk says so by itself
        }
    }

    private long keptBytes() throws IOException {
        return keepFreeBytes.isPresent()
                ? keepFreeBytes.get()
                : Math.max(space.totalBytes(folder) / 100 * KEEP_FREE_PERCENT, KEEP_FREE_BYTES_MIN);
    }

    private String unknown(IOException failure) {
        return "the space in " + folder + " could not be found out: " + failure.getMessage();
    }

    private List<String> warnings() throws IOException {
        FileStore store = Files.getFileStore(folder);
        List<String> warnings = new ArrayList<>();
        if (IN_MEMORY.contains(store.type())) {
            warnings.add(folder + " is in memory (" + store.type()
                    + "): the dump takes memory from the machine");
        } else if (store.equals(Files.getFileStore(Path.of("/")))) {
            warnings.add(folder + " is on the root file system: a full one stops more than dumps");
        }
        return warnings;
    }
}
