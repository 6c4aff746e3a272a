package dev.mortem.stack.locate;

import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.breakpad.SymModule;
import dev.mortem.stack.fetch.StoreFile;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Breakpad symbol files in the places that the user named: {@code .sym} files themselves, trees as {@code
 * symupload} and symbol servers keep them ({@code NAME/DEBUGID/NAME.sym}), folders with files of any
 * name. Names and ids are looked for as they are written, then in any letters, upper or lower.
 * One is used only when its MODULE record has the module's debug id. Safe for any thread; the owner
 * closes it.
 */
final class SymbolFiles implements AutoCloseable {
    private static final String SUFFIX = ".sym";

    /** As of {@link UserFiles}: of a folder with more, files are found by their names alone. */
    private static final int FILES_PER_FOLDER_MAX = 4096;

    /**
     * A file that belongs to the module.
     *
     * @param path where it is on this machine
     */
    record Located(Path path, SymFile file) {}

    private record Entry(MappedFile mapped, Optional<SymModule> module) {}

    private final List<Path> symbolPaths;
    private final FetchedStoreFiles stores;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Map<Path, Optional<Entry>> entries = new HashMap<>();
    private final Map<Path, SymFile> files = new HashMap<>();
    private final Map<Path, Map<String, List<Path>>> byDebugId = new HashMap<>();
    private final NamedFiles listings;

    /** @param stores what they gave is looked at last */
    SymbolFiles(
            List<Path> symbolPaths,
            FetchedStoreFiles stores,
            Limits limits,
            Diagnostics diagnostics) {
        this.symbolPaths = symbolPaths;
        this.stores = stores;
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.listings = new NamedFiles(diagnostics);
    }

    /**
     * The file about this build of the module.
     *
     * @param buildId the ELF build id in hex, from which the debug id follows where the dump does not
     *     name the module's
     * @param refusals gets why a file of the module's name is not used
     */
    synchronized Optional<Located> find(
            LoadedModule module, Optional<String> buildId, List<String> refusals) {
        Optional<DebugId> id = debugId(module, buildId);
        Optional<String> debugId = id.map(known -> known.toString().toUpperCase(Locale.ROOT));
        Set<Path> asWritten = candidates(module, debugId);
        inStores(module, id).flatMap(stores::file).ifPresent(asWritten::add);
        Optional<Located> found = first(asWritten, module, debugId, refusals);
        if (found.isPresent()) {
            return found;
        }
        Set<Path> inOtherLetters = inAnyLetters(module, debugId);
        inOtherLetters.removeAll(asWritten);
        return first(inOtherLetters, module, debugId, refusals);
    }

    private Optional<Located> first(
            Set<Path> candidates,
            LoadedModule module,
            Optional<String> debugId,
            List<String> refusals) {
        for (Path candidate : candidates) {
            Optional<SymModule> about = entry(candidate).flatMap(Entry::module);
            if (about.isEmpty()) {
                continue;
            }
            String found = about.get().debugId();
            if (debugId.isPresent() && found.equalsIgnoreCase(debugId.get())) {
                return Optional.of(new Located(candidate, file(candidate)));
            }
            if (names(module).stream().anyMatch(about.get().name()::equalsIgnoreCase)) {
                refusals.add(candidate + " is about another build: its debug id is " + found
                        + ", "
                        + debugId.map(known -> "the module's " + known)
                                .orElse("the module's is not known"));
            }
        }
        return Optional.empty();
    }

    /** The file as stores know it; empty where the module has no id. */
    static Optional<StoreFile> storeFile(LoadedModule module, Optional<String> buildId) {
        return inStores(module, debugId(module, buildId));
    }

    private static Optional<StoreFile> inStores(LoadedModule module, Optional<DebugId> id) {
        String name =
                module.identity().flatMap(ImageIdentity::debugFileName).orElseGet(module::name);
        return id.flatMap(known -> StoreFile.sym(name, known));
    }

    /** The dump's own, else what follows from the build id. */
    private static Optional<DebugId> debugId(LoadedModule module, Optional<String> buildId) {
        return module.identity()
                .flatMap(ImageIdentity::debugId)
                .or(() -> buildId.flatMap(SymbolFiles::debugId));
    }

    private static Optional<DebugId> debugId(String buildId) {
        try {
            return Optional.of(DebugId.ofBuildId(HexFormat.of().parseHex(buildId)));
        } catch (IllegalArgumentException noHex) {
            return Optional.empty();
        }
    }

    private Set<Path> candidates(LoadedModule module, Optional<String> debugId) {
        Set<Path> found = new LinkedHashSet<>();
        for (Path path : symbolPaths) {
            if (Files.isDirectory(path)) {
                inFolder(path, module, debugId, found);
            } else if (path.toString().endsWith(SUFFIX)) {
                found.add(path);
            }
        }
        return found;
    }

    /** Listing the folders of a large tree takes time, so only where the names as written lead nowhere. */
    private Set<Path> inAnyLetters(LoadedModule module, Optional<String> debugId) {
        Set<Path> found = new LinkedHashSet<>();
        for (Path path : symbolPaths) {
            if (Files.isDirectory(path)) {
                for (String each : relative(module, debugId)) {
                    listings.below(path, List.of(each.split("/", -1))).stream()
                            .filter(Files::isRegularFile)
                            .forEach(found::add);
                }
            }
        }
        return found;
    }

    /** Where a folder may have the module's file. */
    private static Set<String> relative(LoadedModule module, Optional<String> debugId) {
        Set<String> relative = new LinkedHashSet<>();
        for (String name : names(module)) {
            int dot = name.lastIndexOf('.');
            String stem = dot > 0 ? name.substring(0, dot) : name;
            debugId.ifPresent(id -> {
                relative.add(name + "/" + id + "/" + name + SUFFIX);
                relative.add(name + "/" + id + "/" + stem + SUFFIX);
                relative.add(stem + ".pdb/" + id + "/" + stem + SUFFIX);
                relative.add(id + SUFFIX);
            });
            relative.add(name + SUFFIX);
            relative.add(stem + SUFFIX);
        }
        return relative;
    }

    private void inFolder(
            Path folder, LoadedModule module, Optional<String> debugId, Set<Path> found) {
        for (String each : relative(module, debugId)) {
            OpenFiles.pathOf(each)
                    .filter(path -> !path.isAbsolute())
                    .map(folder::resolve)
                    .map(Path::normalize)
                    // a dump's name with ".." must not lead out of the user's folder
                    .filter(path -> path.startsWith(folder.normalize()))
                    .filter(Files::isRegularFile)
                    .ifPresent(found::add);
        }
        debugId.ifPresent(id -> found.addAll(
                byDebugId.computeIfAbsent(folder, this::indexFolder).getOrDefault(id, List.of())));
    }

    /**
     * What trees call the module: by its debug file first, which Windows names differently for some
     * (32-bit ntdll.dll has wntdll.pdb), and whose letters servers write small where the linker did not.
     */
    private static Set<String> names(LoadedModule module) {
        Set<String> names = new LinkedHashSet<>();
        module.identity().flatMap(ImageIdentity::debugFileName).ifPresent(name -> {
            names.add(name);
            names.add(name.toLowerCase(Locale.ROOT));
        });
        names.add(module.name());
        return names;
    }

    /** Symbol files of any name by their debug id. */
    private Map<String, List<Path>> indexFolder(Path folder) {
        Map<String, List<Path>> index = new HashMap<>();
        int seen = 0;
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path path : inside) {
                if (seen++ >= FILES_PER_FOLDER_MAX) {
                    diagnostics.report(
                            folder.toString(),
                            "more than " + FILES_PER_FOLDER_MAX + " symbol files",
                            "those behind are only found by name or in a tree");
                    break;
                }
                entry(path)
                        .flatMap(Entry::module)
                        .ifPresent(about -> index.computeIfAbsent(
                                        about.debugId().toUpperCase(Locale.ROOT),
                                        id -> new ArrayList<>())
                                .add(path));
            }
        } catch (IOException | DirectoryIteratorException | SecurityException failed) {
            diagnostics.report(
                    folder.toString(),
                    "not readable: " + failed.getMessage(),
                    "symbol files in it are only found by name");
        }
        return index;
    }

    /** The file mapped, and what it is about; empty where it cannot be opened. */
    private Optional<Entry> entry(Path path) {
        Optional<Entry> known = entries.get(path);
        if (known == null) {
            known = open(path);
            entries.put(path, known);
        }
        return known;
    }

    private Optional<Entry> open(Path path) {
        try {
            MappedFile mapped = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN);
            return Optional.of(new Entry(mapped, SymFile.moduleOf(mapped.source())));
        } catch (IOException | SecurityException failed) {
            diagnostics.report(
                    path.toString(), "not readable: " + failed.getMessage(), "it is not used");
            return Optional.empty();
        }
    }

    private SymFile file(Path path) {
        return files.computeIfAbsent(
                path,
                wanted -> SymFile.read(
                        entry(wanted).orElseThrow().mapped().source(), limits, diagnostics));
    }

    @Override
    public synchronized void close() {
        entries.values().forEach(entry -> entry.ifPresent(open -> open.mapped().close()));
        entries.clear();
        files.clear();
    }
}
