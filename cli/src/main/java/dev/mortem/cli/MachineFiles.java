package dev.mortem.cli;

import dev.mortem.format.minidump.StreamType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The files of Linux that Breakpad keeps with a minidump, as they are now. */
final class MachineFiles {
    /** /proc/cpuinfo has some 1.5 KB a processor; the first few dozen tell what all are. */
    private static final int BYTES_MAX = 64 << 10;

    private MachineFiles() {}

    /**
     * By stream type; what cannot be read is left out.
     *
     * @param root where the process's own root folder is seen from here
     */
    static Map<Integer, byte[]> of(long pid, Optional<Path> root) {
        Map<Integer, byte[]> files = new TreeMap<>();
        put(files, StreamType.LINUX_CPU_INFO, Path.of("/proc/cpuinfo"));
        put(files, StreamType.LINUX_PROC_STATUS, Path.of("/proc/" + pid + "/status"));
        put(
                files,
                StreamType.LINUX_LSB_RELEASE,
                root.orElse(Path.of("/")).resolve("etc/lsb-release"));
        return files;
    }

    private static void put(Map<Integer, byte[]> files, int type, Path path) {
        if (Files.isRegularFile(path)) {
            try (InputStream input = Files.newInputStream(path)) {
                byte[] content = input.readNBytes(BYTES_MAX);
                if (content.length > 0) {
                    files.put(type, content);
                }
            } catch (IOException unreadable) {
                // the process may be gone by now, and a container's root out of reach
            }
        }
    }
}
