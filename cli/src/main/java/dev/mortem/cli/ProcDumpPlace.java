package dev.mortem.cli;

import dev.mortem.cli.procdump.DumpFileName;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Where ProcDump's dumps go, and how they are called. */
record ProcDumpPlace(Path folder, DumpFileName name) {
    /**
     * What was given behind the process: a folder that exists, or else a file's name, perhaps with folders.
     *
     * @param given empty for the current folder
     */
    static ProcDumpPlace of(Optional<String> given) throws CommandFailure {
        if (given.isEmpty()) {
            return new ProcDumpPlace(Path.of("."), DumpFileName.usual());
        }
        Path path = path(given.get());
        Path last = path.getFileName();
        if (Files.isDirectory(path) || given.get().endsWith("/") || last == null) {
            return new ProcDumpPlace(path, DumpFileName.usual());
        }
        Path parent = path.getParent();
        return new ProcDumpPlace(
                parent == null ? Path.of(".") : parent, DumpFileName.of(last.toString()));
    }

    /** The folder behind -x, whether it exists or not. */
    static ProcDumpPlace ofFolder(String given) throws CommandFailure {
        return new ProcDumpPlace(path(given), DumpFileName.usual());
    }

    private static Path path(String given) throws CommandFailure {
        try {
            return Path.of(given);
        } catch (InvalidPathException noPath) {
            throw new CommandFailure(
                    ExitCode.WRONG_USAGE,
                    "\"" + Shown.oneLine(given) + "\" is no path: " + noPath.getReason(),
                    noPath);
        }
    }

    String folderText() {
        return folder.toAbsolutePath().normalize().toString();
    }
}
