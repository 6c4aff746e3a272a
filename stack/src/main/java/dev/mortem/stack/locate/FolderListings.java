package dev.mortem.stack.locate;

import dev.mortem.base.diagnostic.Diagnostics;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Finds files whose names may be written in other letters, upper or lower, than they are asked for by:
 * Windows tells none apart. Each folder is listed once. Belongs to one thread at a time.
 */
final class FolderListings {
    /** A symbol store of many products has some ten thousand names at its top. */
    private static final int ENTRIES_PER_FOLDER_MAX = 1 << 17;

    /** Deeper paths are no module's. */
    private static final int PATH_PARTS_MAX = 64;

    private final Diagnostics diagnostics;
    private final Map<Path, Map<String, List<Path>>> listings = new HashMap<>();

    FolderListings(Diagnostics diagnostics) {
        this.diagnostics = diagnostics;
    }

    /** What there is below a folder under these names, each in the one before. */
    List<Path> below(Path folder, List<String> names) {
        if (names.size() > PATH_PARTS_MAX) {
            return List.of();
        }
        List<Path> paths = List.of(folder);
        for (String name : names) {
            List<Path> next = new ArrayList<>();
            for (Path path : paths) {
                // A listing never holds "..": a dump's path cannot lead out of the user's folder.
                next.addAll(listing(path).getOrDefault(lower(name), List.of()));
            }
            paths = next;
        }
        return paths;
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** What a folder holds, by name in lower case; nothing where it is no folder. */
    private Map<String, List<Path>> listing(Path folder) {
        return listings.computeIfAbsent(folder, this::list);
    }

    private Map<String, List<Path>> list(Path folder) {
        Map<String, List<Path>> found = new HashMap<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        int seen = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (seen++ >= ENTRIES_PER_FOLDER_MAX) {
                    diagnostics.report(
                            folder.toString(),
                            "more than %,d files".formatted(ENTRIES_PER_FOLDER_MAX),
                            "those behind are not looked at");
                    break;
                }
                Path name = entry.getFileName();
                if (name != null) {
                    found.computeIfAbsent(lower(name.toString()), key -> new ArrayList<>())
                            .add(entry);
                }
            }
        } catch (IOException | DirectoryIteratorException | SecurityException failed) {
            diagnostics.report(
                    folder.toString(),
                    "not readable: " + failed.getMessage(),
                    "modules in it are not found");
        }
        return found;
    }
}
