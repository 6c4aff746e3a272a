package dev.mortem.stack.locate;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbKind;
import dev.mortem.format.pdb.PortablePdb;
import dev.mortem.stack.fetch.StoreFile;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * PDBs: those that the user named, those in his folders ({@code NAME.pdb}) and symbol stores ({@code
 * NAME.pdb/ID/NAME.pdb}), one beside the image, and those of symbol stores. One is used only when its
 * GUID and age are those of the module's debug id. Safe for any thread; the owner closes it.
 */
final class PdbSearch implements AutoCloseable {
    /**
     * A file that belongs to the module.
     *
     * @param path where it is on this machine
     */
    record Located(Path path, PdbFile file) {}

    /** What came of opening a file. */
    private sealed interface Opened {
        record Pdb(PdbFile file) implements Opened {}

        /** @param id of a Portable PDB */
        record Unusable(String why, Optional<DebugId> id) implements Opened {}
    }

    private final NamedFiles names;
    private final List<Path> symbolPaths;
    private final FetchedStoreFiles stores;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Map<Path, Opened> opened = new HashMap<>();
    private final List<MappedFile> mapped = new ArrayList<>();
    private boolean closed;

    /** @param stores what they gave is looked at last */
    PdbSearch(
            NamedFiles names,
            List<Path> symbolPaths,
            FetchedStoreFiles stores,
            Limits limits,
            Diagnostics diagnostics) {
        this.names = names;
        this.symbolPaths = symbolPaths;
        this.stores = stores;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * The module's PDB.
     *
     * @param name as its image has it, without its folder
     * @param id of the module; without one nothing is shown to belong to it
     * @param image where the image was found
     * @param refusals gets why a file of that name is not used
     */
    synchronized Optional<Located> find(
            String name, Optional<DebugId> id, Optional<Path> image, List<String> refusals) {
        for (Path candidate : candidates(name, id, image)) {
            boolean named = NamedFiles.sameName(candidate, name);
            if (!named && !NamedFiles.hasPdbSuffix(candidate)) {
                continue;
            }
            switch (open(candidate)) {
                case Opened.Pdb(PdbFile file) -> {
                    if (id.isPresent() && id.get().equals(file.id())) {
                        return Optional.of(new Located(candidate, file));
                    }
                    if (named) {
                        refusals.add(candidate + otherBuild(file.id(), id));
                    }
                }
                case Opened.Unusable(String why, Optional<DebugId> portable) -> {
                    boolean same = portable.isPresent() && portable.equals(id);
                    if (named || same) {
                        refusals.add(candidate + " " + why);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static String otherBuild(DebugId found, Optional<DebugId> wanted) {
        return " is another build: its debug id is " + found + ", "
                + wanted.map(id -> "the module's " + id).orElse("the module's is not known");
    }

    private Set<Path> candidates(String name, Optional<DebugId> id, Optional<Path> image) {
        Set<Path> found = new LinkedHashSet<>();
        for (Path path : symbolPaths) {
            if (Files.isDirectory(path)) {
                id.ifPresent(known ->
                        found.addAll(names.below(path, List.of(name, known.toString(), name))));
                found.addAll(names.below(path, List.of(name)));
            } else {
                found.add(path);
            }
        }
        image.map(Path::toAbsolutePath)
                .flatMap(file -> Optional.ofNullable(file.getParent()))
                .ifPresent(folder -> found.addAll(names.below(folder, List.of(name))));
        id.flatMap(known -> StoreFile.pdb(name, known)).flatMap(stores::file).ifPresent(found::add);
        found.removeIf(path -> !Files.isRegularFile(path));
        return found;
    }

    /** Opens each file once. */
    private Opened open(Path path) {
        if (closed) {
            throw new IllegalStateException("the module files are closed");
        }
        return opened.computeIfAbsent(path, this::openNow);
    }

    private Opened openNow(Path path) {
        MappedFile file;
        try {
            file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN);
        } catch (IOException | SecurityException failed) {
            return unusable("is not readable: " + failed.getMessage());
        }
        PdbKind kind = PdbKind.of(file.source());
        try {
            if (kind == PdbKind.PDB_7) {
                PdbFile pdb = PdbFile.open(file.source(), limits, diagnostics);
                mapped.add(file);
                return new Opened.Pdb(pdb);
            }
            Opened why = unusable(kind, file);
            file.close();
            return why;
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the file is not used");
            file.close();
            return unusable("is a broken PDB: " + malformed.problem());
        }
    }

    private static Opened unusable(PdbKind kind, MappedFile file) throws MalformedException {
        return switch (kind) {
            case PORTABLE ->
                new Opened.Unusable(
                        "is a Portable PDB, of .NET code: no names or lines of native code",
                        Optional.of(PortablePdb.read(file.source()).id()));
            case PDB_2 ->
                unusable("is a PDB of Visual C++ 6.0 or earlier, a format that is not read");
            case PDB_7, NONE -> unusable("is not a PDB");
        };
    }

    private static Opened unusable(String why) {
        return new Opened.Unusable(why, Optional.empty());
    }

    @Override
    public synchronized void close() {
        closed = true;
        mapped.forEach(MappedFile::close);
        mapped.clear();
        opened.clear();
    }
}
