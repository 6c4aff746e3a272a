package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** A file that is to be replaced: put aside until the new one is whole, and back where there is none. */
final class ReplacedFile implements AutoCloseable {
    private final Path path;
    private final Optional<Path> aside;

    private ReplacedFile(Path path, Optional<Path> aside) {
        this.path = path;
        this.aside = aside;
    }

    /** Nothing is to be replaced. */
    static ReplacedFile none(Path path) {
        return new ReplacedFile(path, Optional.empty());
    }

    /** Does nothing where there is no such file. */
    static ReplacedFile putAside(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return new ReplacedFile(path, Optional.empty());
        }
        Path aside = path.resolveSibling("." + path.getFileName() + ".replaced");
        Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
        return new ReplacedFile(path, Optional.of(aside));
    }

    /** Where the new one is to be. */
    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        if (aside.isEmpty()) {
            return;
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(aside.get());
        } else {
            Files.move(aside.get(), path, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
