package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where Mortem keeps what must outlast a command: who watches what, and which folders have dumps. The
 * system's for root, a user's own otherwise. Nothing that is kept here is needed to take a dump: what cannot
 * be written is not.
 */
final class StateFolder {
    /** So that tests, and several installations on one machine, do not share theirs. */
    private static final String PROPERTY = "mortem.state";

    /** Folders that dumps went to; the oldest are forgotten. */
    private static final int FOLDERS_MAX = 200;

    private final Path folder;

    StateFolder(Path folder) {
        this.folder = folder;
    }

    static StateFolder ofThisUser(Map<String, String> environment) {
        Optional<String> named = Optional.ofNullable(System.getProperty(PROPERTY))
                .or(() -> Optional.ofNullable(environment.get("MORTEM_STATE")));
        if (named.isPresent()) {
            return new StateFolder(Path.of(named.get()));
        }
        if (System.getProperty("user.name", "").equals("root")) {
            return new StateFolder(Path.of("/var/lib/mortem"));
        }
        String home = environment.getOrDefault("HOME", "/");
        String states = environment.getOrDefault("XDG_STATE_HOME", home + "/.local/state");
        return new StateFolder(Path.of(states, "mortem"));
    }

    /** The folder of the watches that run, made where it is not there. */
    Path watches() throws IOException {
        Path watches = folder.resolve("watches");
        Files.createDirectories(
                watches,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return watches;
    }

    /** Folders that dumps went to, the latest first. */
    List<Path> dumpFolders() {
        try {
            List<Path> folders = new ArrayList<>(Files.readAllLines(foldersFile()).stream()
                    .filter(line -> !line.isBlank())
                    .map(Path::of)
                    .toList());
            return folders.reversed();
        } catch (IOException | RuntimeException none) {
            return List.of(); // nothing was caught yet, or somebody wrote it who should not have
        }
    }

    /** Notes that a dump went to that folder. */
    void rememberDumpFolder(Path place) {
        try {
            Path absolute = place.toAbsolutePath().normalize();
            List<Path> known = dumpFolders();
            if (known.indexOf(absolute) == 0 || absolute.toString().indexOf('\n') >= 0) {
                return;
            }
            Set<Path> all = new LinkedHashSet<>(known.reversed());
            all.remove(absolute);
            all.add(absolute);
            List<String> lines = all.stream().map(Path::toString).toList();
            watches();
            PrivateFile.write(
                    foldersFile(),
                    String.join(
                                    "\n",
                                    lines.subList(
                                            Math.max(0, lines.size() - FOLDERS_MAX), lines.size()))
                            + "\n");
        } catch (IOException notKept) {
            // "dumps list" then has to be told where to look
        }
    }

    private Path foldersFile() {
        return folder.resolve("dump-folders");
    }
}
