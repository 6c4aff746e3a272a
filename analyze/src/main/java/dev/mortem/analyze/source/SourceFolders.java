package dev.mortem.analyze.source;

import dev.mortem.analyze.report.RepositoryPath;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files below the folders that the user named, by name. Links are not followed, so nothing outside is
 * ever found. Walked when first asked; safe for any thread.
 */
final class SourceFolders {
    /** All folders together. */
    static final Limit ENTRIES = new Limit(
            "files and folders below --source",
            500_000,
            "entries",
            "a kernel has 90,000, a browser 400,000; a home or a root would be walked for minutes");

    /** What fits a path best. */
    sealed interface Match {
        record None() implements Match {}

        record One(Path file) implements Match {}

        /** Equally well, so that none is right for sure. */
        record Several(List<Path> files) implements Match {}
    }

    private final List<Path> folders;
    private final Limits limits;
    private final Map<String, List<Path>> byName = new HashMap<>();
    private boolean walked;
    private long entries;

    SourceFolders(List<Path> folders, Limits limits) {
        this.folders = folders.stream()
                .map(folder -> folder.toAbsolutePath().normalize())
                .distinct()
                .toList();
        this.limits = limits;
    }

    /** The file whose path has the longest end in common with the compiler's; whole names count. */
    synchronized Match find(String compilerPath) {
        List<String> wanted = parts(RepositoryPath.of(compilerPath));
        if (wanted.isEmpty() || folders.isEmpty()) {
            return new Match.None();
        }
        walk();
        List<Path> best = new ArrayList<>();
        int bestCommon = 0;
        for (Path file : byName.getOrDefault(wanted.getLast(), List.of())) {
            int common = commonEnd(wanted, file);
            if (common > bestCommon) {
                best.clear();
                bestCommon = common;
            }
            if (common == bestCommon) {
                best.add(file);
            }
        }
        return switch (best.size()) {
            case 0 -> new Match.None();
            case 1 -> new Match.One(best.getFirst());
            default -> new Match.Several(best);
        };
    }

    private static int commonEnd(List<String> wanted, Path file) {
        int common = 0;
        while (common < wanted.size()
                && common < file.getNameCount()
                && wanted.get(wanted.size() - 1 - common)
                        .equals(file.getName(file.getNameCount() - 1 - common).toString())) {
            common++;
        }
        return common;
    }

    /** Without "." and "..", of a path of Windows as well. */
    private static List<String> parts(String path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("[/\\\\]", -1)) {
            if (part.equals("..") && !parts.isEmpty()) {
                parts.removeLast();
            } else if (!part.isEmpty() && !part.equals(".") && !part.equals("..")) {
                parts.add(part);
            }
        }
        return parts;
    }

    private void walk() {
        if (walked) {
            return;
        }
        walked = true;
        for (Path folder : folders) {
            if (!limits.allows(ENTRIES, entries)) {
                return;
            }
            try {
                Files.walkFileTree(folder, new Collector());
            } catch (IOException unreadable) {
                // what cannot be read has no sources for this user
            }
        }
    }

    /** What was not looked at; empty where all was. */
    synchronized Optional<String> stopped() {
        return limits.allows(ENTRIES, entries)
                ? Optional.empty()
                : Optional.of(
                        "looking below --source stopped after %,d files and folders; name the folder"
                                        .formatted(limits.max(ENTRIES))
                                + " that holds this program's sources alone");
    }

    private final class Collector extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes facts) {
            return count();
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes facts) {
            if (facts.isRegularFile() && file.getFileName() != null) {
                List<Path> same = byName.computeIfAbsent(
                        String.valueOf(file.getFileName()), name -> new ArrayList<>());
                if (!same.contains(file)) { // where one folder that was named holds another
                    same.add(file);
                }
            }
            return count();
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException unreadable) {
            return count();
        }

        private FileVisitResult count() {
            entries++;
            return limits.allows(ENTRIES, entries)
                    ? FileVisitResult.CONTINUE
                    : FileVisitResult.TERMINATE;
        }
    }
}
