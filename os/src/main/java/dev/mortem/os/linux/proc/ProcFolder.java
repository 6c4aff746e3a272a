package dev.mortem.os.linux.proc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A /proc, ours or one that a test made. Safe for any thread; keeps nothing. */
public final class ProcFolder {
    private final Path root;

    public ProcFolder(Path root) {
        this.root = root;
    }

    /** The folder of one process, or of one thread by its id. */
    public Path of(long pid) {
        return root.resolve(Long.toString(pid));
    }

    public Path root() {
        return root;
    }

    public Path task(long pid, long tid) {
        return of(pid).resolve("task").resolve(Long.toString(tid));
    }

    /** The ids of all processes, ascending. */
    public List<Long> pids() {
        return numbers(root);
    }

    /** The ids of a process's threads, ascending; empty when it has ended or may not be seen. */
    public List<Long> tids(long pid) {
        return numbers(of(pid).resolve("task"));
    }

    public Optional<StatFile> stat(long pid) {
        return text(of(pid).resolve("stat")).flatMap(StatFile::parse);
    }

    public Optional<StatusFile> status(long pid) {
        return text(of(pid).resolve("status")).map(StatusFile::parse);
    }

    /** The whole file; empty when it cannot be read, for whatever reason. */
    public static Optional<byte[]> bytes(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (IOException | SecurityException gone) {
            // the process ended, or is not ours to look at: absence is the answer
            return Optional.empty();
        }
    }

    /** The whole file as UTF-8; bytes that are none become U+FFFD. */
    public static Optional<String> text(Path file) {
        return bytes(file).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** Texts that each end with a NUL, as in cmdline and environ. */
    public static List<String> strings(Path file) {
        byte[] bytes = bytes(file).orElse(new byte[0]);
        List<String> strings = new ArrayList<>();
        int start = 0;
        for (int index = 0; index <= bytes.length; index++) {
            boolean ends = index == bytes.length ? index > start : bytes[index] == 0;
            if (ends) {
                strings.add(new String(bytes, start, index - start, StandardCharsets.UTF_8));
                start = index + 1;
            }
        }
        return strings;
    }

    /** Where a link of proc(5) points: exe, root, an open file. */
    public static Optional<String> link(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link).toString());
        } catch (IOException | SecurityException | UnsupportedOperationException gone) {
            return Optional.empty(); // as above
        }
    }

    private static List<Long> numbers(Path folder) {
        List<Long> numbers = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                Numbers.parseUnsigned(String.valueOf(entry.getFileName())).ifPresent(numbers::add);
            }
        } catch (IOException | DirectoryIteratorException gone) {
            return List.of(); // the process ended while its threads were listed
        }
        numbers.sort(null);
        return numbers;
    }
}
