package dev.mortem.stack.locate;

import dev.mortem.stack.fetch.StoreSource;
import dev.mortem.stack.fetch.SymbolSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where files of modules are looked for.
 *
 * @param symbolPaths files and folders that the user named. A folder may hold files under any name, a
 *     tree by build id (with or without {@code .build-id}), a copy of the machine's file tree,
 *     Breakpad symbol files, or PE images: under their own names or as symbol servers keep them,
 *     {@code NAME/CODEID/NAME}
 * @param root a prefix for the paths in the snapshot, such as {@code /proc/PID/root} for a container's
 *     files; the paths as they stand where it is empty
 * @param liveProcess {@code /proc/PID} of a process that is alive and stopped: its {@code map_files}
 *     lead to the mapped files themselves, even deleted ones
 * @param debugFolders folders of separate debug files, under {@code root} and as they stand
 * @param jitMap the map of code made at run time that was kept with the dump
 * @param servers asked last, by build id, and only when told to: see {@link ModuleImages#fetch}
 * @param stores asked last as well, for files of Windows modules and for Breakpad symbol files
 * @param dump as the user named it, for the commands that a report advises; empty where there is none
 */
public record ModuleSearch(
        List<Path> symbolPaths,
        Optional<Path> root,
        Optional<Path> liveProcess,
        List<Path> debugFolders,
        Optional<Path> jitMap,
        SymbolSource servers,
        StoreSource stores,
        Optional<Path> dump) {
    private static final List<Path> DEBUG_FOLDERS = List.of(Path.of("/usr/lib/debug"));

    public ModuleSearch {
        symbolPaths = List.copyOf(symbolPaths);
        debugFolders = List.copyOf(debugFolders);
    }

    /** A search without a JIT map, that asks no servers. */
    public ModuleSearch(
            List<Path> symbolPaths,
            Optional<Path> root,
            Optional<Path> liveProcess,
            List<Path> debugFolders) {
        this(
                symbolPaths,
                root,
                liveProcess,
                debugFolders,
                Optional.empty(),
                SymbolSource.NONE,
                StoreSource.NONE,
                Optional.empty());
    }

    /** The places of this machine, for a dump that was made on it or on one like it. */
    public static ModuleSearch ofThisMachine() {
        return new ModuleSearch(List.of(), Optional.empty(), Optional.empty(), DEBUG_FOLDERS);
    }

    /** The files of a live process, through its own mount namespace. */
    public static ModuleSearch ofProcess(Path procPid) {
        return new ModuleSearch(
                List.of(),
                Optional.of(procPid.resolve("root")),
                Optional.of(procPid),
                DEBUG_FOLDERS);
    }

    /** Only memory and what the user names: nothing of this machine. */
    public static ModuleSearch nowhere() {
        return new ModuleSearch(
                List.of(), Optional.of(Path.of("/nonexistent")), Optional.empty(), List.of());
    }

    /** This search with the files and folders that the user named. */
    public ModuleSearch withSymbolPaths(List<Path> paths) {
        return new ModuleSearch(
                paths, root, liveProcess, debugFolders, jitMap, servers, stores, dump);
    }

    /** This search below another root. */
    public ModuleSearch withRoot(Path newRoot) {
        return new ModuleSearch(
                symbolPaths,
                Optional.of(newRoot),
                liveProcess,
                debugFolders,
                jitMap,
                servers,
                stores,
                dump);
    }

    /** This search with the map of code made at run time that was kept with the dump. */
    public ModuleSearch withJitMap(Path map) {
        return new ModuleSearch(
                symbolPaths,
                root,
                liveProcess,
                debugFolders,
                Optional.of(map),
                servers,
                stores,
                dump);
    }

    /** This search with servers that are asked last. */
    public ModuleSearch withServers(SymbolSource source) {
        return new ModuleSearch(
                symbolPaths, root, liveProcess, debugFolders, jitMap, source, stores, dump);
    }

    /** This search with symbol stores that are asked last. */
    public ModuleSearch withStores(StoreSource source) {
        return new ModuleSearch(
                symbolPaths, root, liveProcess, debugFolders, jitMap, servers, source, dump);
    }

    /** This search for that dump's modules. */
    public ModuleSearch withDump(Path file) {
        return new ModuleSearch(
                symbolPaths,
                root,
                liveProcess,
                debugFolders,
                jitMap,
                servers,
                stores,
                Optional.of(file));
    }

    /** A path of the snapshot as this machine names it; a relative one as it stands. */
    Path underRoot(Path path) {
        if (root.isEmpty() || !path.isAbsolute()) {
            return path;
        }
        // a module of a broken dump may be named "/", which has no parts
        return path.getNameCount() == 0
                ? root.get()
                : root.get().resolve(path.subpath(0, path.getNameCount()));
    }
}
