package dev.mortem.os.linux.proc;

import dev.mortem.os.RuntimeKind;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a process runs on, told by the files it has mapped, and for Go by its executable: Go links
 * everything into one file, near whose start stands the build id's note. Safe for any thread.
 */
public final class RuntimeKinds {
    /**
     * The Go linker puts its note into the first page of the file; where an external linker was used, it
     * is among the notes behind the program headers, also in front.
     */
    private static final int GO_SEARCH_BYTES = 8192;

    /** Executables asked about once; a list of a machine has some hundred. */
    private static final int REMEMBERED_MAX = 10_000;

    private record Library(String namePart, RuntimeKind kind) {}

    private static final List<Library> LIBRARIES = List.of(
            new Library("/libjvm.so", RuntimeKind.JVM),
            new Library("/libcoreclr.so", RuntimeKind.DOTNET),
            new Library("/libpython", RuntimeKind.PYTHON),
            new Library("/libnode.so", RuntimeKind.NODE));

    private final ProcFolder proc;
    private final Map<String, Boolean> isGoByFile = new ConcurrentHashMap<>();

    public RuntimeKinds(ProcFolder proc) {
        this.proc = proc;
    }

    public RuntimeKind of(long pid, Optional<String> executable) {
        String name = executable
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .orElse("");
        if (name.equals("node") || name.equals("nodejs")) {
            return RuntimeKind.NODE;
        }
        if (name.matches("python[0-9.]*|pypy[0-9.]*")) {
            return RuntimeKind.PYTHON;
        }
        String maps = ProcFolder.text(proc.of(pid).resolve("maps")).orElse("");
        for (Library library : LIBRARIES) {
            if (maps.contains(library.namePart)) {
                return library.kind;
            }
        }
        return isGo(pid, maps) ? RuntimeKind.GO : RuntimeKind.NATIVE;
    }

    private boolean isGo(long pid, String maps) {
        Path exe = proc.of(pid).resolve("exe");
        // the file's identity, not its name: containers have each their own /app
        String identity = maps.lines().findFirst().map(RuntimeKinds::fileOf).orElse("");
        if (isGoByFile.size() > REMEMBERED_MAX) {
            isGoByFile.clear();
        }
        return identity.isEmpty()
                ? hasGoNote(exe)
                : isGoByFile.computeIfAbsent(identity, _ -> hasGoNote(exe));
    }

    /** Device, inode and path of a line of maps. */
    private static String fileOf(String line) {
        String[] fields = line.split("\\s+", 4);
        return fields.length > 3 && line.indexOf('/') > 0 ? fields[3] : "";
    }

    private static boolean hasGoNote(Path executable) {
        try (InputStream file = Files.newInputStream(executable)) {
            String start =
                    new String(file.readNBytes(GO_SEARCH_BYTES), StandardCharsets.ISO_8859_1);
            // NT_GO_BUILD_ID: namesz 4, descsz, type 4, "Go\0\0" (cmd/link/internal/ld/elf.go)
            return start.contains("\4\0\0\0Go\0\0");
        } catch (IOException | SecurityException unseen) {
            return false; // another user's, or gone: then it is called native, as most are
        }
    }
}
