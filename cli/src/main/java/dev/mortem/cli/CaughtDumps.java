package dev.mortem.cli;

import dev.mortem.dump.sidecar.DumpSidecar;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The dumps with a sidecar in some folders. */
final class CaughtDumps {
    /** A folder of dumps has hundreds; one with more sidecars is passed over from there on. */
    private static final int SIDECARS_MAX = 10_000;

    private static final String SUFFIX = ".json";

    private CaughtDumps() {}

    /**
     * One dump that is still there.
     *
     * @param takenAt by its sidecar; the start of time where that does not say
     */
    record Caught(Path path, DumpSidecar sidecar, Instant takenAt) {
        /** Whether that is the image's name, its pid, or what its file is called begins so. */
        boolean isOf(String name) {
            return sidecar.image().filter(name::equals).isPresent()
                    || Long.toString(sidecar.pid().orElse(-1)).equals(name)
                    || String.valueOf(path.getFileName()).startsWith(name + "__");
        }
    }

    /** The newest first. */
    static List<Caught> in(List<Path> folders) {
        Set<Path> all = new LinkedHashSet<>();
        folders.forEach(folder -> all.add(folder.toAbsolutePath().normalize()));
        List<Caught> caught = new ArrayList<>();
        all.forEach(folder -> addFrom(folder, caught));
        caught.sort(Comparator.comparing(Caught::takenAt).reversed().thenComparing(Caught::path));
        return caught;
    }

    private static void addFrom(Path folder, List<Caught> caught) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            int sidecars = 0;
            for (Path file : files) {
                if (++sidecars > SIDECARS_MAX) {
                    return;
                }
                dumpOf(file).ifPresent(caught::add);
            }
        } catch (IOException | DirectoryIteratorException gone) {
            // a folder that is no more has no dumps
        }
    }

    private static Optional<Caught> dumpOf(Path sidecarFile) {
        String name = String.valueOf(sidecarFile.getFileName());
        Path dump = sidecarFile.resolveSibling(name.substring(0, name.length() - SUFFIX.length()));
        return Files.isRegularFile(dump)
                ? DumpSidecar.readBeside(dump, unread -> {})
                        .map(sidecar ->
                                new Caught(dump, sidecar, sidecar.takenAt().orElse(Instant.EPOCH)))
                : Optional.empty();
    }
}
