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

    DumpFolder(Path folder, Optional<Long> keepFreeBytes) {
        this.folder = folder;
        this.keepFreeBytes = keepFreeBytes;
    }

    /**
     * Refuses a folder without room for a dump of that size.
     *
     * @return what is worth a warning about the place
     */
    List<String> check(long expectedBytes) throws CommandFailure {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure(
                    ExitCode.STORAGE, folder + " is no folder; create it, or name another with -o");
        }
        if (!Files.isWritable(folder)) {
            throw new CommandFailure(
                    ExitCode.STORAGE, folder + " may not be written; name another with -o");
        }
        try {
            FileStore store = Files.getFileStore(folder);
            long keep = keepFreeBytes.orElse(
                    Math.max(store.getTotalSpace() / 100 * KEEP_FREE_PERCENT, KEEP_FREE_BYTES_MIN));
            long free = store.getUsableSpace();
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
            return warnings(store);
        } catch (IOException unknown) {
            return List.of(
                    "the space in " + folder + " could not be found out: " + unknown.getMessage());
        }
    }

    private List<String> warnings(FileStore store) throws IOException {
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
