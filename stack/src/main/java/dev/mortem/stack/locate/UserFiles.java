package dev.mortem.stack.locate;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.locate.OpenFiles.Opened;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The files and folders that the user named: which of them may belong to a module. Whether one does is
 * shown elsewhere. Safe for any thread.
 */
final class UserFiles {
    /** A folder of symbols has some hundred files; opening each of a whole /usr/lib would take minutes. */
    private static final int FILES_PER_FOLDER_MAX = 4096;

    private final List<Path> symbolPaths;
    private final OpenFiles files;
    private final Map<Path, Map<String, List<Path>>> byBuildId = new HashMap<>();

    UserFiles(List<Path> symbolPaths, OpenFiles files) {
        this.symbolPaths = symbolPaths;
        this.files = files;
    }

    /** Candidates, likelier ones first; most of them do not exist. */
    Collection<Path> candidates(
            LoadedModule module, Optional<String> buildId, Optional<String> debugLinkName) {
        List<String> names = new ArrayList<>();
        debugLinkName.ifPresent(names::add);
        names.add(module.name());
        names.add(module.name() + ".debug");
        names.add(module.path().replaceFirst("^/+", "")); // a copy of the machine's file tree
        buildId.ifPresent(id -> {
            names.add(module.name() + "/elf-buildid-" + id + "/" + module.name());
            names.add("_.debug/elf-buildid-sym-" + id + "/_.debug"); // in a symbol server's store
        });
        return candidates(buildId, names);
    }

    /**
     * Files that may be the one of that build id.
     *
     * @param names relative to a folder that the user named, where it is not stored by its build id
     */
    synchronized Collection<Path> candidates(Optional<String> buildId, List<String> names) {
        Set<Path> found = new LinkedHashSet<>();
        for (Path path : symbolPaths) {
            if (Files.isDirectory(path)) {
                inFolder(path, buildId, names, found);
            } else {
                found.add(path);
            }
        }
        return found;
    }

    private void inFolder(
            Path folder, Optional<String> buildId, List<String> otherNames, Set<Path> found) {
        List<String> names = new ArrayList<>();
        buildId.ifPresent(id -> names.addAll(namesInBuildIdTree(id)));
        names.addAll(otherNames);
        for (String name : names) {
            OpenFiles.pathOf(name)
                    .filter(relative -> !relative.isAbsolute())
                    .map(folder::resolve)
                    .map(Path::normalize)
                    // a dump's path with ".." must not lead out of the user's folder
                    .filter(path -> path.startsWith(folder.normalize()))
                    .ifPresent(found::add);
        }
        buildId.ifPresent(id -> found.addAll(
                byBuildId.computeIfAbsent(folder, this::indexFolder).getOrDefault(id, List.of())));
    }

    /** GDB's tree (GDB manual, Separate Debug Files) and the cache of debuginfod-find. */
    private static List<String> namesInBuildIdTree(String id) {
        if (id.length() < 4) {
            return List.of();
        }
        String inTree = id.substring(0, 2) + "/" + id.substring(2);
        return List.of(
                ".build-id/" + inTree + ".debug",
                ".build-id/" + inTree,
                inTree + ".debug",
                inTree,
                id + "/debuginfo",
                id + "/executable",
                id + ".debug",
                id);
    }

    /** Files of any name by their build id; what is no ELF file is passed over. */
    private Map<String, List<Path>> indexFolder(Path folder) {
        Map<String, List<Path>> index = new HashMap<>();
        int seen = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (seen++ >= FILES_PER_FOLDER_MAX) {
                    files.diagnostics()
                            .report(
                                    folder.toString(),
                                    "more than " + FILES_PER_FOLDER_MAX + " files",
                                    "those behind are only found by name or build-id tree");
                    break;
                }
                if (Files.isRegularFile(entry)
                        && files.open(entry) instanceof Opened.Elf elf
                        && elf.buildId().isPresent()) {
                    index.computeIfAbsent(elf.buildId().get(), id -> new ArrayList<>())
                            .add(entry);
                }
            }
        } catch (IOException | DirectoryIteratorException | SecurityException failed) {
            files.diagnostics()
                    .report(
                            folder.toString(),
                            "not readable: " + failed.getMessage(),
                            "symbols in it are only found by name");
        }
        return index;
    }
}
