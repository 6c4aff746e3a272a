package dev.mortem.stack.fetch;

import dev.mortem.base.text.Escape;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code file.ptr} of a symbol store (SymStore, "/p"; SymSrv): {@code PATH:} and where the file is, or
 * {@code MSG:} and words about it. Whoever fills a store could name any file of this machine, so a path is
 * followed only into folders that the user named.
 *
 * @param folders those that the user named
 */
record FilePointer(List<Path> folders) {
    /** A path, or a sentence. */
    static final int BYTES_MAX = 4096;

    private static final int SHOWN_CHARS_MAX = 300;

    sealed interface Target {
        /** @param path a file that is there, without links */
        record File(Path path) implements Target {}

        record Nowhere(String why) implements Target {}
    }

    FilePointer {
        folders = List.copyOf(folders);
    }

    Target read(String text) {
        String line = text.strip();
        if (line.regionMatches(true, 0, "MSG:", 0, 4)) {
            return new Target.Nowhere(
                    "file.ptr says: " + shown(line.substring(4).strip()));
        }
        String path =
                line.regionMatches(true, 0, "PATH:", 0, 5) ? line.substring(5).strip() : line;
        if (path.startsWith("\\\\")) {
            return new Target.Nowhere("file.ptr leads to " + shown(path)
                    + ", a Windows share; mount it, and name its folder with --symbols");
        }
        return follow(path);
    }

    private Target follow(String text) {
        try {
            Path named = Path.of(text);
            if (!named.isAbsolute() || !Files.isRegularFile(named)) {
                return new Target.Nowhere(
                        "file.ptr leads to " + shown(text) + ", which is no file here");
            }
            Path real = named.toRealPath();
            for (Path folder : folders) {
                if (Files.isDirectory(folder) && real.startsWith(folder.toRealPath())) {
                    return new Target.File(real);
                }
            }
        } catch (IOException | InvalidPathException unusable) {
            return new Target.Nowhere(
                    "file.ptr leads to " + shown(text) + ", which is no file here");
        }
        return new Target.Nowhere("file.ptr leads to " + shown(text)
                + ", which is in no folder that --symbols names: it is not followed");
    }

    private static String shown(String text) {
        String visible = Escape.visible(text);
        return visible.length() <= SHOWN_CHARS_MAX
                ? visible
                : visible.substring(0, SHOWN_CHARS_MAX) + "…";
    }
}
