package dev.mortem.stack.locate;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Opens each file once and closes all at the end. Safe for any thread. */
final class OpenFiles implements AutoCloseable {
    /** What came of opening a file. */
    sealed interface Opened {
        /** An ELF file, mapped. */
        record Elf(Path path, ElfFile file, Optional<String> buildId) implements Opened {}

        /** There is none of that name. */
        record Absent(Path path) implements Opened {}

        /** There is something, but not an ELF file that can be read. */
        record Unusable(Path path, String why) implements Opened {}
    }

    private record Entry(Opened opened, Optional<MappedFile> mapped) {}

    private final ByteOrder order;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Map<Path, Entry> entries = new HashMap<>();
    private boolean closed;

    OpenFiles(ByteOrder order, Limits limits, Diagnostics diagnostics) {
        this.order = order;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** Opens a regular file; links are followed, but never into a device, a pipe or a socket. */
    synchronized Opened open(Path path) {
        requireOpen();
        return entries.computeIfAbsent(path, this::openNow).opened;
    }

    synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the module files are closed");
        }
    }

    Diagnostics diagnostics() {
        return diagnostics;
    }

    /** The path that text of a dump means, where it can be one on this machine. */
    static Optional<Path> pathOf(String text) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
        } catch (InvalidPathException hostile) {
            return Optional.empty(); // a NUL, or bytes that this machine's names cannot have
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (Entry entry : entries.values()) {
            entry.mapped.ifPresent(MappedFile::close);
        }
        entries.clear();
    }

    private Entry openNow(Path path) {
        try {
            if (!Files.exists(path)) {
                return new Entry(new Opened.Absent(path), Optional.empty());
            }
            if (!Files.isRegularFile(path)) {
                return unusable(path, "no regular file");
            }
            return read(path, MappedFile.open(path, order));
        } catch (NoSuchFileException gone) {
            return new Entry(new Opened.Absent(path), Optional.empty());
        } catch (AccessDeniedException denied) {
            return unusable(path, "not readable for this user");
        } catch (FileSystemException failed) {
            return unusable(path, Optional.ofNullable(failed.getReason()).orElse("not readable"));
        } catch (IOException | SecurityException failed) {
            return unusable(path, "not readable: " + failed.getMessage());
        }
    }

    private Entry read(Path path, MappedFile mapped) {
        if (!ElfHeader.isElf(mapped.source())) {
            mapped.close();
            return unusable(path, "not an ELF file");
        }
        try {
            ElfFile file = ElfFile.read(mapped.source(), limits, diagnostics);
            return new Entry(new Opened.Elf(path, file, file.buildId()), Optional.of(mapped));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the file is not used for symbols");
            mapped.close();
            return unusable(path, "a broken ELF file: " + malformed.problem());
        }
    }

    private static Entry unusable(Path path, String why) {
        return new Entry(new Opened.Unusable(path, why), Optional.empty());
    }
}
