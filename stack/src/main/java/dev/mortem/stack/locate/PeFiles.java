package dev.mortem.stack.locate;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * PE files in the folders that the user named: which may be a module's, and what is in them. Safe for any
 * thread.
 */
final class PeFiles implements AutoCloseable {
    /** What came of opening a file. */
    sealed interface Opened {
        record Image(Path path, PeImage image) implements Opened {}

        record Unusable(String why) implements Opened {}
    }

    private final NamedFiles names;
    private final List<Path> symbolPaths;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Map<Path, Opened> opened = new HashMap<>();
    private final List<MappedFile> mapped = new ArrayList<>();
    private boolean closed;

    PeFiles(NamedFiles names, List<Path> symbolPaths, Limits limits, Diagnostics diagnostics) {
        this.names = names;
        this.symbolPaths = List.copyOf(symbolPaths);
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * Files that have the module's name: those that the user named, those in a folder (FILE), in a
     * symbol store (FILE/CODEID/FILE), and in a copy of the machine's file tree.
     */
    synchronized Set<Path> candidates(LoadedModule module, Optional<CodeId> id) {
        String name = module.name();
        Set<Path> found = new LinkedHashSet<>();
        for (Path path : symbolPaths) {
            if (Files.isDirectory(path)) {
                id.ifPresent(known ->
                        found.addAll(names.below(path, List.of(name, known.toString(), name))));
                found.addAll(names.below(path, List.of(name)));
                found.addAll(names.below(path, parts(module.path())));
            } else if (NamedFiles.sameName(path, name)) {
                found.add(path);
            }
        }
        found.removeIf(path -> !Files.isRegularFile(path));
        return found;
    }

    /** "C:\Windows\System32\ntdll.dll" without its drive. */
    private static List<String> parts(String path) {
        return Arrays.stream(path.split("[\\\\/]", -1))
                .filter(part -> !part.isEmpty() && !part.endsWith(":"))
                .toList();
    }

    /** Opens each file once. */
    synchronized Opened open(Path path) {
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
            return new Opened.Unusable("is not readable: " + failed.getMessage());
        }
        if (!PeHeader.hasDosMagic(file.source())) {
            file.close();
            return new Opened.Unusable("is not a PE file");
        }
        try {
            PeImage image = PeImage.open(file.source(), PeLayout.FILE, limits, diagnostics);
            mapped.add(file);
            return new Opened.Image(path, image);
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the file is not used");
            file.close();
            return new Opened.Unusable("is a broken PE file: " + malformed.problem());
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        mapped.forEach(MappedFile::close);
        mapped.clear();
        opened.clear();
    }
}
