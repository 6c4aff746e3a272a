package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.linux.proc.ProcFolder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a snapshot must not leave behind: processes, stopped threads, threads and open files of ours. */
final class Remains {
    private static final ProcFolder PROC = new ProcFolder(Path.of("/proc"));

    private Remains() {}

    /** For a target that has no children of its own. */
    static void assertNone(long pid) {
        LiveTarget.await("no tracer of ours", () -> !isTracedByUs(pid));
        LiveTarget.await("no copy", () -> copies(pid).isEmpty());
        LiveTarget.await("no children", () -> children(pid).isEmpty());
        LiveTarget.assertUntouched(pid);
    }

    private static boolean isTracedByUs(long pid) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("mortem-tracer-" + pid));
    }

    /** Other processes with the executable and the command line of this one. */
    static List<Long> copies(long pid) {
        return PROC.pids().stream()
                .filter(other -> other != pid)
                .filter(other -> is(other, pid))
                .toList();
    }

    private static boolean is(long other, long pid) {
        Path its = PROC.of(other);
        Path known = PROC.of(pid);
        return ProcFolder.link(known.resolve("exe"))
                        .map(exe -> ProcFolder.link(its.resolve("exe"))
                                .map(exe::equals)
                                .orElse(false))
                        .orElse(false)
                && ProcFolder.strings(its.resolve("cmdline"))
                        .equals(ProcFolder.strings(known.resolve("cmdline")));
    }

    /** Zombies too. */
    static List<Long> children(long pid) {
        return PROC.pids().stream()
                .filter(other ->
                        PROC.stat(other).map(stat -> stat.parentPid() == pid).orElse(false))
                .toList();
    }

    /** How many files this JVM has open. */
    static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            long count = files.count();
            assertThat(count).isPositive();
            return count;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
